//! Bodies of answers that are no success.

use mss_core::{MAX_EXCERPT, ServiceError, check_success, is_unfit_for_a_line};

/// Whatever a body holds, each text of it fits one line, and a body with an error code is never
/// taken for a success.
pub(crate) fn check(body: &[u8]) {
    let error = ServiceError::parse(body);
    let texts = [&error.code, &error.message, &error.request_id];
    for text in texts.into_iter().flatten() {
        assert!(!text.is_empty() && text.len() <= MAX_EXCERPT, "{text:?}");
        assert!(!text.contains(is_unfit_for_a_line), "{text:?}");
        assert_eq!(text.trim(), text);
    }
    if error.is_authentication_refusal() {
        let code = error.code.as_deref().unwrap_or_default();
        assert!(code.starts_with("APIG"), "{code}");
    }
    let answer = http::Response::builder().header("x-request-id", "r-1");
    let answer = answer.body(body.to_vec()).expect("these parts make one");
    let is_object = matches!(
        serde_json::from_slice(body.trim_ascii()),
        Ok(serde_json::Value::Object(_))
    );
    let is_success = body.trim_ascii().is_empty() || (is_object && error.code.is_none());
    assert_eq!(check_success(&answer, false).is_ok(), is_success);

    // What was read and is written again says the same.
    let written = serde_json::json!({
        "error_code": error.code, "error_msg": error.message, "request_id": error.request_id,
    });
    let again = ServiceError::parse(written.to_string().as_bytes());
    if error.code.is_some() {
        let is_same = again == error || was_cut(&error);
        assert!(is_same, "{error:?} {again:?}");
    }
}

/// The beginning of a text that was cut may be cut once more.
fn was_cut(error: &ServiceError) -> bool {
    let texts = [&error.code, &error.message, &error.request_id];
    let mut texts = texts.into_iter().flatten();
    texts.any(|text| text.ends_with('…'))
}
