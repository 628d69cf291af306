//! `GET /v5/caller-identity`: STS says to whom a key belongs.

use http::StatusCode;
use serde_json::json;

use super::super::{Service, reply::Reply};

pub(super) fn answer(service: &Service) -> Reply {
    let account = &service.identity.account;
    let body = json!({
        "account_id": account.domain_id,
        "principal_id": account.user_id,
        "principal_urn": format!("iam::{}:user:{}", account.domain_id, account.user_name),
    });
    Reply::json(StatusCode::OK, &body)
}
