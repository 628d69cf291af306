//! An answer that a test has made up.

use http::{HeaderValue, StatusCode};

/// An answer that is given in place of the real one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) request_id: bool,
    pub(crate) applied: bool,
}

impl Answer {
    pub(super) fn new(status: u16) -> Self {
        Self {
            status,
            code: None,
            retry_after: None,
            location: None,
            content_type: None,
            body: None,
            request_id: true,
            applied: false,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Answer {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !(200..=999).contains(&self.status) {
            return Some("status must be 200 to 999");
        }
        let headers = [&self.retry_after, &self.location, &self.content_type];
        let mut texts = headers.into_iter().flatten();
        texts
            .any(|text| HeaderValue::from_str(text).is_err())
            .then_some(
                "retry_after, location and content_type must be texts that a header can hold",
            )
    }
}

/// The status of the object store's error codes.
/// Source: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0115.html
pub(super) fn status_of(code: &str) -> u16 {
    match code {
        "TemporaryRedirect" => 307,
        "BadDigest" | "EntityTooLarge" | "EntityTooSmall" | "IncompleteBody" | "InvalidDigest"
        | "InvalidRequest" | "RequestTimeout" => 400,
        "AccessDenied"
        | "InvalidAccessKeyId"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch" => 403,
        "NoSuchBucket" | "NoSuchKey" => 404,
        "MethodNotAllowed" => 405,
        "MissingContentLength" => 411,
        "PreconditionFailed" => 412,
        "ServiceUnavailable" | "SlowDown" => 503,
        _ => 500,
    }
}
