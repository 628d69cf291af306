//! Every way to say no, in the shape of the part that says it.

use http::{HeaderName, StatusCode, request::Parts};
use serde_json::json;

use super::{identity::Voice, reply::Reply};
use crate::{faults::Answer, gateway::Rejection, object_store::StoreError};

/// The error codes of `MetaStudio` itself.
const UNAUTHORIZED: (&str, &str) = ("MSS.00000001", "Unauthorized");
const NOT_FOUND: (&str, &str) = ("MSS.00000002", "Not Found");
const INVALID: (&str, &str) = ("MSS.00000003", "Invalid parameter");
const INTERNAL: (&str, &str) = ("MSS.00000004", "Internal Error");

/// Of a failure without a text of its own.
const ASKED_FOR: &str = "This failure was asked for";

#[derive(Debug)]
pub(super) enum Refusal {
    /// No such path, or another method there.
    UnknownApi,
    /// Neither signature nor token.
    Anonymous,
    /// Wrong signature or token.
    Incorrect(String),
    TokenExpired,
    WrongProject,
    /// The quota, in calls a second, is used up.
    Throttled(u32),
    TooLarge,
    Stalled,
    NotFound,
    /// The detail goes in brackets behind the documented text.
    Invalid(String),
    /// Of a service that hands out tokens or keys.
    Spoken {
        voice: Voice,
        status: StatusCode,
        message: String,
    },
    /// Ordered by a test.
    Injected {
        answer: Box<Answer>,
        /// Of such a service, when that is who answers.
        voice: Option<Voice>,
        /// Of the object store, when that is who answers.
        host_id: Option<String>,
        /// The file that something was done for nevertheless.
        file_id: Option<String>,
    },
    Store {
        error: StoreError,
        host_id: String,
    },
}

impl Refusal {
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid(detail.into())
    }

    pub(super) fn store(error: StoreError, host_id: String) -> Self {
        Self::Store { error, host_id }
    }

    /// Ordered by a test, before anything was done.
    pub(super) fn ordered(answer: Box<Answer>) -> Self {
        Self::Injected {
            answer,
            voice: None,
            host_id: None,
            file_id: None,
        }
    }

    /// The same, said by a service that hands out tokens or keys.
    pub(super) fn spoken_by(mut self, by: Voice) -> Self {
        if let Self::Injected { voice, .. } = &mut self {
            *voice = Some(by);
        }
        self
    }

    pub(super) fn into_reply(self, request_id: &str, head: &Parts) -> Reply {
        let gateway = |status: u16, code: &str, message: &str| {
            Reply::json(
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                &json!({"error_code": code, "error_msg": message, "request_id": request_id}),
            )
        };
        match self {
            Self::UnknownApi => gateway(
                404,
                "APIGW.0101",
                "There is no such API, or it has another method",
            ),
            Self::Anonymous => service(StatusCode::UNAUTHORIZED, UNAUTHORIZED, None),
            Self::Incorrect(text) => gateway(
                401,
                "APIGW.0301",
                &format!("Incorrect IAM authentication information: {text}"),
            ),
            Self::TokenExpired => gateway(401, "APIGW.0307", "The token must be updated"),
            Self::WrongProject => gateway(
                403,
                "APIGW.0302",
                "These credentials aren't allowed to use this project",
            ),
            Self::Throttled(limit) => gateway(429, "APIGW.0308", &throttled(Some(limit))),
            Self::TooLarge => gateway(413, "APIGW.0201", "The request body is too large"),
            Self::Stalled => gateway(408, "APIGW.0201", "The request body did not come"),
            Self::NotFound => service(StatusCode::NOT_FOUND, NOT_FOUND, None),
            Self::Invalid(detail) => service(StatusCode::BAD_REQUEST, INVALID, Some(&detail)),
            Self::Spoken {
                voice,
                status,
                message,
            } => spoken(voice, status, &message, request_id),
            Self::Injected {
                mut answer,
                voice,
                host_id,
                file_id,
            } => {
                let status = answer.status();
                let is_plain = status.as_u16() < 400 || answer.body.is_some();
                let code = answer.code.take();
                let mut reply = match host_id {
                    _ if is_plain => Reply::bare(status, host_id),
                    Some(host_id) => store(
                        &StoreError::injected(status, code),
                        host_id,
                        request_id,
                        head,
                    ),
                    None => match voice {
                        Some(voice) if code.is_none() => {
                            spoken(voice, status, ASKED_FOR, request_id)
                        }
                        _ => injected(status, code.as_deref(), gateway),
                    },
                };
                reply.file_id = file_id;
                reply.dressed(*answer)
            }
            Self::Store { error, host_id } => store(&error, host_id, request_id, head),
        }
    }
}

/// In the manner of a service that hands out tokens or keys.
fn spoken(voice: Voice, status: StatusCode, message: &str, request_id: &str) -> Reply {
    match voice {
        Voice::Iam => {
            let title = status.canonical_reason().unwrap_or_default();
            let error = json!({"code": status.as_u16(), "message": message, "title": title});
            Reply::json(status, &json!({"error": error})).with(
                HeaderName::from_static("x-iam-trace-id"),
                request_id.to_owned(),
            )
        }
        Voice::Sts => Reply::json(
            status,
            &json!({
                "error_code": format!("STS.{:04}", status.as_u16()),
                "error_msg": message,
                "request_id": request_id,
            }),
        ),
        Voice::Metadata => Reply::text(status, message.to_owned()),
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Anonymous => Self::Anonymous,
            Rejection::Incorrect(text) => Self::Incorrect(text),
            Rejection::TokenExpired => Self::TokenExpired,
        }
    }
}

fn store(error: &StoreError, host_id: String, request_id: &str, head: &Parts) -> Reply {
    let xml = error.to_xml(head.uri.path(), request_id, &host_id);
    Reply::xml(error.status, xml, host_id)
}

/// The documented shape: two texts and nothing else.
fn service(status: StatusCode, (code, message): (&str, &str), detail: Option<&str>) -> Reply {
    let message = match detail {
        Some(detail) => format!("{message} [{detail}]"),
        None => message.to_owned(),
    };
    Reply::json(status, &json!({"error_code": code, "error_msg": message}))
}

fn throttled(limit: Option<u32>) -> String {
    let limit = limit.map_or_else(|| "unknown".to_owned(), |limit| limit.to_string());
    format!("Throttling threshold reached: limit:{limit},time:1 second")
}

/// The shape in which a status really comes.
fn injected(
    status: StatusCode,
    code: Option<&str>,
    gateway: impl Fn(u16, &str, &str) -> Reply,
) -> Reply {
    if let Some(code) = code {
        return gateway(status.as_u16(), code, ASKED_FOR);
    }
    match status.as_u16() {
        400 => service(status, INVALID, None),
        401 => service(status, UNAUTHORIZED, None),
        404 => service(status, NOT_FOUND, None),
        500 => service(status, INTERNAL, None),
        429 => gateway(429, "APIGW.0308", &throttled(None)),
        502 => gateway(502, "APIGW.0202", "The backend can't be reached"),
        503 => gateway(503, "APIGW.0613", "IAM can't be reached at present"),
        504 => gateway(504, "APIGW.0203", "The backend did not answer in time"),
        other => gateway(other, "APIGW.0201", ASKED_FOR),
    }
}
