//! Errors of the object store (OBS): XML.

use http::Response;
use quick_xml::{Reader, events::Event};

use crate::{Secret, operations::obs_request_id, service_error::excerpt};

/// What an error answer of the object store says.
///
/// Source: [OBS error codes](https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0115.html).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObsError {
    /// `BadDigest`, `AccessDenied`, ...; none if the body has none.
    pub code: Option<String>,
    /// The message; of a body that is no such XML the beginning of its text.
    pub message: Option<String>,
    /// The store's id of the request, from the header or else from the body.
    pub request_id: Option<String>,
    /// What the store computed a signature from that it refused, line ends and all. It may hold
    /// a security token; [`explain::object_store`](crate::explain::object_store) shows the rest.
    pub string_to_sign: Option<Secret>,
}

impl ObsError {
    /// Whether the store refused for a reason that passes: the bytes didn't arrive as announced.
    /// It says so with status 400, which otherwise means that nothing will change.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("RequestTimeout" | "IncompleteBody")
        )
    }

    /// Whether the store says that the URL's time is over. The documents name no text for it; it
    /// is refused as any other access is, and the message tells.
    pub fn is_expiry(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        self.code.as_deref() == Some("AccessDenied")
            && message.to_ascii_lowercase().contains("expired")
    }

    /// Reads an answer, whatever its body holds.
    pub fn parse(answer: &Response<Vec<u8>>) -> Self {
        let mut error = from_xml(answer.body()).unwrap_or_default();
        if error.code.is_none() {
            error.message = excerpt(answer.body());
        }
        if let Some(id) = obs_request_id(answer) {
            error.request_id = Some(id.to_owned());
        }
        error
    }
}

/// Reads `<Error><Code/><Message/><RequestId/>...</Error>`; other elements are passed over.
fn from_xml(body: &[u8]) -> Option<ObsError> {
    let mut reader = Reader::from_str(str::from_utf8(body).ok()?);
    let mut error = ObsError::default();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                path.push(AsRef::<str>::as_ref(&element.name()).to_owned());
                text.clear();
            }
            Event::Text(piece) => text.push_str(piece.as_ref()),
            Event::CData(piece) => text.push_str(piece.as_ref()),
            Event::GeneralRef(name) => text.push(entity(&name)?),
            Event::End(_) => {
                if let [root, leaf] = path.as_slice()
                    && root == "Error"
                {
                    if leaf == "StringToSign" {
                        error.string_to_sign = Some(Secret::new(text.as_str()));
                    }
                    let field = match leaf.as_str() {
                        "Code" => Some(&mut error.code),
                        "Message" => Some(&mut error.message),
                        "RequestId" => Some(&mut error.request_id),
                        _ => None,
                    };
                    if let Some(field) = field {
                        *field = excerpt(text.as_bytes());
                    }
                }
                path.pop();
                text.clear();
            }
            Event::Eof => return Some(error),
            _ => {}
        }
    }
}

fn entity(name: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Some(c) = name.resolve_char_ref().ok()? {
        return Some(c);
    }
    let text = quick_xml::escape::resolve_predefined_entity(name.as_ref())?;
    text.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> ObsError {
        ObsError::parse(&Response::new(body.as_bytes().to_vec()))
    }

    #[test]
    fn code_message_and_request_id_are_found() {
        let error = parsed(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Error><Code>BadDigest</Code>\
             <Message>a &lt;b&gt; &amp; &#99;</Message><Resource>/b/k</Resource><RequestId>r-1</RequestId>\
             <HostId>h</HostId></Error>",
        );
        assert_eq!(error.code.as_deref(), Some("BadDigest"));
        assert_eq!(error.message.as_deref(), Some("a <b> & c"));
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
    }

    #[test]
    fn a_string_to_sign_keeps_its_lines_and_stays_hidden() {
        let error = parsed(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>\
             <StringToSign>PUT\n\na/b\n1\nx-obs-security-token:PLANTED\n/b/k&amp;c</StringToSign></Error>",
        );
        let text = error.string_to_sign.as_ref().unwrap().expose();
        assert_eq!(text, "PUT\n\na/b\n1\nx-obs-security-token:PLANTED\n/b/k&c");
        assert!(!format!("{error:?}").contains("PLANTED"));
    }

    #[test]
    fn anything_else_gives_its_text() {
        for body in [
            "",
            "no xml",
            "<Error><Code>x",
            "<html><Code>x</Code></html>",
            "<a></b>",
            "{}",
        ] {
            let error = parsed(body);
            assert_eq!(error.code, None, "{body}");
            assert_eq!(error.message.unwrap_or_default(), body);
        }
    }

    #[test]
    fn the_header_wins_over_the_body() {
        let answer = Response::builder()
            .header("x-obs-request-id", "from-header")
            .body(b"<Error><Code>C</Code><RequestId>from-body</RequestId></Error>".to_vec())
            .unwrap();
        assert_eq!(
            ObsError::parse(&answer).request_id.as_deref(),
            Some("from-header")
        );
    }
}
