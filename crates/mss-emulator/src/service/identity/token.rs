//! A user token, and what IAM tells about it.

use http::{HeaderName, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    super::{Service, reply::Reply},
    scope::Scope,
};
use crate::{clock, identity};

/// Characters of a token. Real ones hold the catalog, unless that was declined, and are as long.
const LONG: usize = 6_000;
const SHORT: usize = 2_000;

pub(super) struct Wanted {
    pub(super) method: &'static str,
    pub(super) scope: Scope,
    pub(super) with_catalog: bool,
    /// The provider whose user this is.
    pub(super) identity_provider: Option<String>,
}

/// Makes a token that is good from now on.
pub(super) fn issue(service: &mut Service, wanted: &Wanted, now: OffsetDateTime) -> Reply {
    let length = if wanted.with_catalog { LONG } else { SHORT };
    let token = service.ids.token(length);
    let expires_at = identity::end(now, service.identity.token_lifetime);
    let tokens = &mut service.identity.tokens;
    tokens.add(&token, expires_at, wanted.scope.project_id());
    let body = json!({"token": describe(service, wanted, now, expires_at)});
    Reply::json(StatusCode::CREATED, &body).with(HeaderName::from_static("x-subject-token"), token)
}

fn describe(
    service: &Service,
    wanted: &Wanted,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Value {
    let account = &service.identity.account;
    let domain = json!({"id": account.domain_id, "name": account.domain_name});
    let mut user = json!({
        "domain": domain,
        "id": account.user_id,
        "name": account.user_name,
        "password_expires_at": "",
    });
    if let Some(provider) = &wanted.identity_provider {
        user["OS-FEDERATION"] = json!({
            "identity_provider": {"id": provider},
            "protocol": {"id": "oidc"},
            "groups": [],
        });
    }
    let mut token = json!({
        "expires_at": clock::rfc3339_micros(expires_at),
        "issued_at": clock::rfc3339_micros(now),
        "methods": [wanted.method],
        "user": user,
    });
    match &wanted.scope {
        Scope::Project(project) => {
            token["project"] = json!({"domain": domain, "id": project.id, "name": project.name});
        }
        Scope::Domain => token["domain"] = domain,
        Scope::None => return token,
    }
    token["roles"] = json!([{"id": "0", "name": "te_admin"}]);
    token["catalog"] = match &wanted.scope {
        Scope::Project(project) if wanted.with_catalog => catalog(service, &project.name),
        _ => json!([]),
    };
    token
}

/// The one service that is here besides IAM.
fn catalog(service: &Service, region: &str) -> Value {
    json!([{
        "endpoints": [{
            "id": service.identity.account.user_id,
            "interface": "public",
            "region": region,
            "region_id": region,
            "url": service.own_url(),
        }],
        "id": service.identity.account.domain_id,
        "name": "metastudio",
        "type": "metastudio",
    }])
}
