//! Errors in the object store's spelling.

use std::borrow::Cow;

use http::StatusCode;
use quick_xml::escape::escape;

/// An error as the object store reports it.
#[derive(Debug)]
pub(crate) struct StoreError {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: &'static str,
    /// What the store itself signed; with `SignatureDoesNotMatch` only.
    pub(crate) string_to_sign: Option<String>,
}

impl StoreError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message,
            string_to_sign: None,
        }
    }

    pub(crate) fn access_denied(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    }

    pub(crate) fn signature(string_to_sign: String) -> Self {
        Self {
            string_to_sign: Some(string_to_sign),
            ..Self::new(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                "The URL's signature doesn't fit this request",
            )
        }
    }

    pub(crate) fn expired() -> Self {
        Self::access_denied("Request has expired")
    }

    /// The error that a status from outside stands for, or that a code names.
    pub(crate) fn injected(status: StatusCode, code: Option<String>) -> Self {
        let usual = match status.as_u16() {
            400 => "IncompleteBody",
            403 => "AccessDenied",
            404 => "NoSuchBucket",
            408 => "RequestTimeout",
            411 => "MissingContentLength",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            _ => "InternalError",
        };
        Self {
            code: code.map_or(Cow::Borrowed(usual), Cow::Owned),
            ..Self::new(status, usual, "This failure was asked for")
        }
    }

    pub(crate) fn to_xml(&self, resource: &str, request_id: &str, host_id: &str) -> String {
        let string_to_sign = self
            .string_to_sign
            .as_deref()
            .map(|text| format!("<StringToSign>{}</StringToSign>", escape(text)))
            .unwrap_or_default();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
             <Error><Code>{}</Code><Message>{}</Message><Resource>{}</Resource>\
             <RequestId>{request_id}</RequestId><HostId>{host_id}</HostId>{string_to_sign}</Error>",
            escape(&*self.code),
            escape(self.message),
            escape(resource),
        )
    }
}
