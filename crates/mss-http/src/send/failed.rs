//! Why one attempt failed.

use std::sync::Arc;

use http::{
    Response,
    header::{LOCATION, RETRY_AFTER},
};
use mss_core::{Failure, FileId, ServiceError, explain::Report, request_id, retry::RetryAfter};
use time::OffsetDateTime;

use crate::{
    ErrorKind,
    error::Redactor,
    transport::{Fault, FaultKind},
};

/// Why one attempt failed, in full.
pub(crate) struct Failed {
    pub(crate) kind: ErrorKind,
    pub(crate) failure: Failure,
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<RetryAfter>,
    /// The file that exists now, though the answer can't be used.
    pub(crate) registered: Option<Box<FileId>>,
    pub(crate) source: Option<std::io::Error>,
    pub(crate) explanation: Option<Arc<Report>>,
}

impl Failed {
    pub(super) fn refused(
        redactor: &Redactor,
        answer: &Response<Vec<u8>>,
        now: OffsetDateTime,
    ) -> Self {
        let status = answer.status();
        let error = ServiceError::parse(&redactor.clean_body(answer.body()));
        let throttled = error
            .code
            .as_deref()
            .is_some_and(|code| code.ends_with(".0308"));
        let kind = ErrorKind::of_status(status.as_u16());
        let message = match kind {
            ErrorKind::UnexpectedRedirect => redirect_text(answer),
            _ => error.message.unwrap_or_else(|| {
                status
                    .canonical_reason()
                    .unwrap_or("no reason given")
                    .to_owned()
            }),
        };
        Self {
            kind,
            failure: Failure::Status {
                status: status.as_u16(),
                throttled,
            },
            status: Some(status.as_u16()),
            error_code: error.code,
            message,
            request_id: request_id(answer.headers())
                .map(str::to_owned)
                .or(error.request_id),
            retry_after: header(answer, &RETRY_AFTER)
                .and_then(|value| RetryAfter::parse(value, now)),
            registered: None,
            source: None,
            explanation: None,
        }
    }
}

impl From<(Fault, Failure)> for Failed {
    fn from((fault, failure): (Fault, Failure)) -> Self {
        Self {
            kind: fault.kind.into(),
            failure,
            status: None,
            error_code: None,
            message: fault.to_string(),
            request_id: None,
            retry_after: None,
            registered: None,
            source: fault.source,
            explanation: None,
        }
    }
}

impl From<FaultKind> for ErrorKind {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Cancelled => Self::Cancelled,
            FaultKind::Timeout => Self::Timeout,
            FaultKind::Resolve => Self::Resolve,
            FaultKind::Connect => Self::Connect,
            FaultKind::Tls => Self::Tls,
            FaultKind::Proxy => Self::Proxy,
            FaultKind::Disconnected => Self::Disconnected,
            FaultKind::Protocol => Self::Protocol,
            FaultKind::TooLong => Self::UnexpectedResponse,
            FaultKind::Source => Self::Source,
        }
    }
}

/// The host of a redirect is worth knowing; the rest of its URL can hold anything.
pub(crate) fn redirect_text(answer: &Response<Vec<u8>>) -> String {
    let location = header(answer, &LOCATION).and_then(|value| value.parse::<http::Uri>().ok());
    match location.as_ref().and_then(http::Uri::host) {
        Some(host) => format!("redirected to {host}; it was not followed"),
        None => "redirected; it was not followed".to_owned(),
    }
}

pub(crate) fn header<'a>(
    answer: &'a Response<Vec<u8>>,
    name: &http::HeaderName,
) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}
