//! Answers of the object store.

use http::{Request, Response};
use mss_core::{MAX_EXCERPT, ObsError, explain, is_unfit_for_a_line};

const TOKEN: &str = "PLANTED-signature-0123456789";

/// Whatever stands in an answer, its texts fit one line; of the string to sign nothing shows, and
/// what explains it hides the signature of the URL. What was read and is written as the store
/// writes it is read again.
pub(crate) fn check(body: &[u8]) {
    let error = ObsError::parse(&Response::new(body.to_vec()));
    for text in texts(&error).into_iter().flatten() {
        assert!(!text.is_empty() && text.len() <= MAX_EXCERPT, "{text:?}");
        assert!(!text.contains(is_unfit_for_a_line), "{text:?}");
        assert_eq!(text.trim(), text);
    }
    if error.string_to_sign.is_some() {
        assert!(format!("{error:?}").contains("Secret(hidden)"));
    }
    let url = format!("https://b.obs.example/k?Expires=1&Signature={TOKEN}");
    let sent = Request::put(url).body(()).expect("these parts make one");
    let shown = explain::object_store(&error, Some(&sent)).to_string();
    assert!(!shown.contains(TOKEN), "{shown}");
    let acts = |c: char| c != '\n' && is_unfit_for_a_line(c);
    assert!(!shown.contains(acts), "{shown:?}");
    if error.code.is_some() {
        is_read_again(&error);
    }
}

fn is_read_again(error: &ObsError) {
    let element = |name: &str, text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        format!("<{name}>{text}</{name}>")
    };
    let [code, message, id] = texts(error);
    let xml = format!(
        "<?xml version=\"1.0\"?><Error>{}{}{}</Error>",
        element("Code", code),
        element("Message", message),
        element("RequestId", id)
    );
    let again = ObsError::parse(&Response::new(xml.into_bytes()));
    for (text, again) in texts(error).into_iter().zip(texts(&again)) {
        // Of a cut one the mark of the cut may be lost.
        let text = text.as_deref().unwrap_or_default();
        if !text.ends_with('…') {
            assert_eq!(text, again.as_deref().unwrap_or_default());
        }
    }
}

fn texts(error: &ObsError) -> [&Option<String>; 3] {
    [&error.code, &error.message, &error.request_id]
}
