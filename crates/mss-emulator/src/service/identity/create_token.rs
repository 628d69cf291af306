//! `POST /v3/auth/tokens`: a user logs in by password.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html>

use http::{StatusCode, request::Parts};
use time::OffsetDateTime;

use super::{
    super::{Service, query, refusal::Refusal, reply::Reply},
    Voice,
    request::Request,
    scope::Scope,
    token::{self, Wanted},
};
use crate::identity::Login;

pub(super) fn answer(
    service: &mut Service,
    head: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let request = Request::parse(body, Voice::Iam)?;
    request.needs_method("password")?;
    let user = request.text("/auth/identity/password/user/name")?;
    let domain = request.text("/auth/identity/password/user/domain/name")?;
    let password = request.text("/auth/identity/password/user/password")?;

    let account = &service.identity.account;
    let user_is_known = user == account.user_name && domain == account.domain_name;
    match service
        .identity
        .logins
        .attempt(user_is_known, password, now)
    {
        Login::Good => {}
        Login::Wrong => return Err(unauthorized("The username or password is wrong.")),
        Login::Locked => {
            return Err(unauthorized(
                "The account is locked after too many wrong passwords.",
            ));
        }
    }
    let wanted = Wanted {
        method: "password",
        scope: Scope::of(service, &request)?,
        with_catalog: query::value(head, "nocatalog").is_none_or(|value| value.is_empty()),
        identity_provider: None,
    };
    Ok(token::issue(service, &wanted, now))
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::Spoken {
        voice: Voice::Iam,
        status: StatusCode::UNAUTHORIZED,
        message: message.to_owned(),
    }
}
