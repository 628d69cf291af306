//! Which answers are a success, and what the others say.

use http::{HeaderMap, Response};

use crate::{FileId, ServiceError, operations::REQUEST_ID_HEADER};

/// An answer with a status of success that can't be taken for one, or that lacks what the
/// document promises. Whether the call was applied is not known then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct UnexpectedAnswer {
    problem: String,
    registered: Option<FileId>,
}

impl UnexpectedAnswer {
    /// An error that says what is wrong with the answer.
    pub fn new(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            registered: None,
        }
    }

    /// As [`UnexpectedAnswer::new`], for an answer that names a file all the same.
    pub fn naming(file_id: FileId, problem: impl Into<String>) -> Self {
        Self {
            registered: Some(file_id),
            ..Self::new(problem)
        }
    }

    /// The file that exists now, though the rest of the answer is of no use.
    pub fn registered(&self) -> Option<&FileId> {
        self.registered.as_ref()
    }
}

/// The service's id of a request, from the answer's headers.
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(REQUEST_ID_HEADER)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

/// Whether an answer of the service means that the call was applied.
///
/// Only 200, 201, 202 or 204 with `X-Request-Id` and a body that is empty or a JSON object
/// without an error code. A login page of a hotel's network has status 200 too.
///
/// With `lenient` the request id may be missing; the body's rule stays.
///
/// # Errors
///
/// [`UnexpectedAnswer`] for every other answer with status 2xx.
pub fn check_success(answer: &Response<Vec<u8>>, lenient: bool) -> Result<(), UnexpectedAnswer> {
    let status = answer.status().as_u16();
    if !matches!(status, 200 | 201 | 202 | 204) {
        return Err(UnexpectedAnswer::new(format!(
            "the service doesn't use status {status}"
        )));
    }
    if !lenient && request_id(answer.headers()).is_none() {
        return Err(UnexpectedAnswer::new(
            "there is no X-Request-Id: the answer may not come from the service",
        ));
    }
    let body = answer.body().trim_ascii();
    if body.is_empty() {
        return Ok(());
    }
    match serde_json::from_slice(body) {
        Ok(serde_json::Value::Object(_)) => {}
        _ => {
            return Err(UnexpectedAnswer::new(
                "the body is no JSON object: a proxy or a login page?",
            ));
        }
    }
    match ServiceError::parse(body).code {
        Some(code) => Err(UnexpectedAnswer::new(format!(
            "the body holds error code {code}"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, request_id: bool, body: &str, lenient: bool) -> bool {
        let mut answer = Response::builder().status(status);
        if request_id {
            answer = answer.header("X-Request-Id", "r-1");
        }
        check_success(&answer.body(body.as_bytes().to_vec()).unwrap(), lenient).is_ok()
    }

    #[test]
    fn f34_a_useless_answer_may_name_a_file_all_the_same() {
        let file_id: FileId = "file-1".parse().unwrap();
        let named = UnexpectedAnswer::naming(file_id.clone(), "no URL");
        assert_eq!(named.registered(), Some(&file_id));
        assert_eq!(named.to_string(), "no URL");
        assert_eq!(UnexpectedAnswer::new("no URL").registered(), None);
    }

    #[test]
    fn f34_only_the_services_own_answers_are_success() {
        for (status, body) in [
            (200, ""),
            (200, " \r\n"),
            (201, "{}"),
            (202, ""),
            (204, ""),
            (200, r#"{"a":1}"#),
        ] {
            assert!(verdict(status, true, body, false), "{status} {body}");
            assert!(!verdict(status, false, body, false), "{status} {body}");
            assert!(verdict(status, false, body, true), "{status} {body}");
        }
        for (status, body) in [
            (200, "<html>Sign in</html>"),
            (200, "OK"),
            (200, "[]"),
            (200, "{"),
            (
                200,
                r#"{"error_code":"MSS.00000004","error_msg":"Internal Error"}"#,
            ),
            (200, r#"{"error":{"code":"X.1","message":"m"}}"#),
            (203, ""),
            (206, "{}"),
            (299, ""),
        ] {
            assert!(!verdict(status, true, body, false), "{status} {body}");
            assert!(!verdict(status, true, body, true), "{status} {body}");
        }
    }
}
