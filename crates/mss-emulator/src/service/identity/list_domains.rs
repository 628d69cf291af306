//! `GET /v3/auth/domains`: the account, of which there is one.

use http::StatusCode;
use serde_json::json;

use super::super::{Service, reply::Reply};

pub(super) fn answer(service: &Service) -> Reply {
    let account = &service.identity.account;
    let address = service.own_url();
    let body = json!({
        "links": {
            "self": format!("{address}/v3/auth/domains"),
            "previous": null,
            "next": null,
        },
        "domains": [{
            "id": account.domain_id,
            "name": account.domain_name,
            "description": "",
            "enabled": true,
            "links": {"self": format!("{address}/v3/domains/{}", account.domain_id)},
        }],
    });
    Reply::json(StatusCode::OK, &body)
}
