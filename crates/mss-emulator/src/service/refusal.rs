//! Every way to say no, in the shape of the part that says it.

use http::{StatusCode, request::Parts};
use serde_json::json;

use super::reply::Reply;
use crate::{gateway::Rejection, object_store::StoreError};

/// The error codes of `MetaStudio` itself.
const UNAUTHORIZED: (&str, &str) = ("MSS.00000001", "Unauthorized");
const NOT_FOUND: (&str, &str) = ("MSS.00000002", "Not Found");
const INVALID: (&str, &str) = ("MSS.00000003", "Invalid parameter");
const INTERNAL: (&str, &str) = ("MSS.00000004", "Internal Error");

#[derive(Debug)]
pub(super) enum Refusal {
    /// No such path, or another method there.
    UnknownApi,
    /// Neither signature nor token.
    Anonymous,
    /// Wrong signature or token.
    Incorrect(String),
    WrongProject,
    /// The quota, in calls a second, is used up.
    Throttled(u32),
    TooLarge,
    Stalled,
    NotFound,
    /// The detail goes in brackets behind the documented text.
    Invalid(String),
    /// Ordered by a test.
    Injected(StatusCode),
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
            Self::Injected(status) => injected(status, gateway),
            Self::Store { error, host_id } => {
                let xml = error.to_xml(head.uri.path(), request_id, &host_id);
                Reply::xml(error.status, xml, host_id)
            }
        }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Anonymous => Self::Anonymous,
            Rejection::Incorrect(text) => Self::Incorrect(text),
        }
    }
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
fn injected(status: StatusCode, gateway: impl Fn(u16, &str, &str) -> Reply) -> Reply {
    match status.as_u16() {
        400 => service(status, INVALID, None),
        401 => service(status, UNAUTHORIZED, None),
        404 => service(status, NOT_FOUND, None),
        500 => service(status, INTERNAL, None),
        429 => gateway(429, "APIGW.0308", &throttled(None)),
        502 => gateway(502, "APIGW.0202", "The backend can't be reached"),
        503 => gateway(503, "APIGW.0613", "IAM can't be reached at present"),
        504 => gateway(504, "APIGW.0203", "The backend did not answer in time"),
        other => gateway(other, "APIGW.0201", "This failure was asked for"),
    }
}
