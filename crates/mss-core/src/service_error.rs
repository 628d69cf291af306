//! Error bodies, in all the spellings of the vendor's services.

use serde_json::{Map, Value};

/// Longest part of a text that is kept from an answer, in bytes.
pub const MAX_EXCERPT: usize = 2048;

/// What an error answer of the service, or of the gateway in front of it, says.
///
/// The code is opaque text: the vendor's own tables contradict each other, so nothing but the
/// status decides what an error means.
///
/// Source: [error codes](https://support.huaweicloud.com/intl/en-us/api-metastudio/ErrorCode.html).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// `MSS.00000003`, `APIGW.0301`, ...; none if the body has none.
    pub code: Option<String>,
    /// The message; of a body that is no JSON the beginning of its text, at most
    /// [`MAX_EXCERPT`] bytes.
    pub message: Option<String>,
    /// The request id, where the body repeats it.
    pub request_id: Option<String>,
}

/// The spellings of code and message, in the order in which they are looked for.
const SPELLINGS: [(&str, &str); 3] = [
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("code", "message"),
];

impl ServiceError {
    /// Reads a body, whatever it holds: JSON in any of the spellings, also one level down; else
    /// the text itself becomes the message.
    pub fn parse(body: &[u8]) -> Self {
        Self::parse_with(body, excerpt)
    }

    /// As [`ServiceError::parse`], with texts of any length and with all their characters.
    pub(crate) fn parse_uncut(body: &[u8]) -> Self {
        let whole = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
        Self::parse_with(body, whole)
    }

    /// Whether a code says that the gateway refused key, token or signature. It does so with
    /// status 401; with another status these codes mean something else.
    ///
    /// Source: [the gateway on authentication errors](https://support.huaweicloud.com/intl/en-us/apig_faq/apig-faq-0003.html).
    pub fn is_authentication_refusal(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let number = ["APIGW.", "APIG."]
            .iter()
            .find_map(|prefix| code.strip_prefix(prefix));
        number.is_some_and(|number| {
            number.len() == 4
                && number.starts_with("03")
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    fn parse_with(body: &[u8], keep: fn(&[u8]) -> Option<String>) -> Self {
        match serde_json::from_slice(body.trim_ascii()) {
            Ok(Value::Object(object)) => Self::from_object(&object, keep),
            _ => Self {
                message: keep(body),
                ..Self::default()
            },
        }
    }

    fn from_object(object: &Map<String, Value>, keep: fn(&[u8]) -> Option<String>) -> Self {
        let text = |level: &Map<String, Value>, name: &str| text(level, name, keep);
        let request_id = text(object, "request_id").or_else(|| text(object, "requestId"));
        let nested = object.values().filter_map(Value::as_object);
        for level in std::iter::once(object).chain(nested) {
            for (code, message) in SPELLINGS {
                let plain = code == "code";
                let (code, message) = (text(level, code), text(level, message));
                // Alone and below the top, a field called code can be anything.
                let nested = !std::ptr::eq(level, object);
                if plain && nested && message.is_none() {
                    continue;
                }
                if code.is_some() || (message.is_some() && level.len() <= 2) {
                    let request_id = request_id.clone().or_else(|| text(level, "request_id"));
                    return Self {
                        code,
                        message,
                        request_id,
                    };
                }
            }
        }
        Self {
            message: text(object, "encoded_authorization_message"),
            request_id,
            ..Self::default()
        }
    }
}

/// A field's text; numbers count as text, since some services send numeric codes.
fn text(
    object: &Map<String, Value>,
    name: &str,
    keep: fn(&[u8]) -> Option<String>,
) -> Option<String> {
    let value = match object.get(name)? {
        Value::String(value) => keep(value.as_bytes())?,
        Value::Number(value) => value.to_string(),
        _ => return None,
    };
    (!value.is_empty()).then_some(value)
}

/// The beginning of a foreign text, fit for one line: control characters become blanks.
pub(crate) fn excerpt(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.trim_ascii();
    let cut = &bytes[..bytes.len().min(MAX_EXCERPT - '…'.len_utf8())];
    let text = match str::from_utf8(cut) {
        Ok(text) => text.to_owned(),
        // A character that the cut went through is dropped; other bytes become U+FFFD.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&cut[..error.valid_up_to()]).into_owned()
        }
        Err(_) => String::from_utf8_lossy(cut).into_owned(),
    };
    let mut text = text.replace(is_unfit_for_a_line, " ");
    let mut is_cut = cut.len() < bytes.len();
    // Bytes that are no text have become longer.
    while text.len() > MAX_EXCERPT - '…'.len_utf8() {
        text.pop();
        is_cut = true;
    }
    let text = text.trim();
    let end = if is_cut { "…" } else { "" };
    (!text.is_empty()).then(|| format!("{text}{end}"))
}

/// Whether a character of a foreign text may not be shown: control characters, and those that end
/// a line or turn the direction of what follows them.
pub fn is_unfit_for_a_line(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> (String, String) {
        let error = ServiceError::parse(body.as_bytes());
        (
            error.code.unwrap_or_default(),
            error.message.unwrap_or_default(),
        )
    }

    #[test]
    fn codes_of_authentication_are_the_gateways_03() {
        for (code, expected) in [
            ("APIGW.0301", true),
            ("APIG.0303", true),
            ("APIGW.0101", false),
            ("APIGW.03", false),
            ("APIGW.030x", false),
            ("APIGW.03011", false),
            ("MSS.0301", false),
            ("0301", false),
        ] {
            let error = ServiceError::parse(format!(r#"{{"error_code":"{code}"}}"#).as_bytes());
            assert_eq!(error.is_authentication_refusal(), expected, "{code}");
        }
        assert!(!ServiceError::parse(b"APIGW.0301").is_authentication_refusal());
    }

    #[test]
    fn f35_every_spelling_is_understood() {
        for body in [
            r#"{"error_code":"C.1","error_msg":"m"}"#,
            r#"{"errorCode":"C.1","errorMsg":"m"}"#,
            r#"{"code":"C.1","message":"m"}"#,
            r#"{"error":{"code":"C.1","message":"m"}}"#,
            r#"{"status":400,"error":{"error_code":"C.1","error_msg":"m"}}"#,
        ] {
            assert_eq!(parsed(body), ("C.1".into(), "m".into()), "{body}");
        }
        assert_eq!(
            parsed(r#"{"code":400,"message":"m"}"#),
            ("400".into(), "m".into())
        );
        assert_eq!(parsed(r#"{"error_msg":"m"}"#), (String::new(), "m".into()));
    }

    #[test]
    fn f35_bodies_that_are_no_error_object_give_their_text() {
        assert_eq!(parsed(""), (String::new(), String::new()));
        assert_eq!(parsed("[1]"), (String::new(), "[1]".into()));
        assert_eq!(
            parsed("<Error>\n\tno\r\n</Error>"),
            (String::new(), "<Error>  no  </Error>".into())
        );
        assert_eq!(
            parsed(r#"{"error_code":"C"#),
            (String::new(), r#"{"error_code":"C"#.into())
        );
        assert_eq!(parsed("{}"), (String::new(), String::new()));
        let broken = ServiceError::parse(b"\xff\xfe no text").message.unwrap();
        assert!(broken.ends_with(" no text"), "{broken}");
    }

    #[test]
    fn a_long_text_is_cut_at_a_characters_border() {
        for unit in ["x", "é", "文", "\u{ff}"] {
            let text = excerpt(unit.repeat(5000).as_bytes()).unwrap();
            assert!(
                text.len() <= MAX_EXCERPT && text.len() > MAX_EXCERPT - 8,
                "{}",
                text.len()
            );
            assert!(text.ends_with('…'));
        }
        for count in [1000, 5000] {
            let text = excerpt(&vec![0xff; count]).unwrap();
            assert!(text.len() <= MAX_EXCERPT && text.ends_with('…'), "{text}");
        }
    }

    #[test]
    fn nothing_that_can_be_shown_is_no_text() {
        for count in [0, 1, 5000] {
            assert_eq!(excerpt("\u{1}".repeat(count).as_bytes()), None);
        }
        assert_eq!(excerpt(b"\0 a\x01b \x02").unwrap(), "a b");
    }

    #[test]
    fn the_request_id_of_a_body_is_kept() {
        let body = br#"{"error_code":"APIGW.0301","error_msg":"m","request_id":"r-1"}"#;
        assert_eq!(ServiceError::parse(body).request_id.as_deref(), Some("r-1"));
    }
}
