//! `POST /v3.0/OS-AUTH/id-token/tokens`: IAM gives a user token for an id token.

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice, header,
    request::Request,
    scope::Scope,
    token::{self, Wanted},
};

pub(super) fn answer(
    service: &mut Service,
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let request = Request::parse(body, Voice::Iam)?;
    let id_token = request.text("/auth/id_token/id")?;
    let provider = header(headers, "x-idp-id").ok_or_else(|| request.refused())?;
    if !service.identity.id_token.matches(id_token.as_bytes()) {
        return Err(Refusal::Spoken {
            voice: Voice::Iam,
            status: StatusCode::UNAUTHORIZED,
            message: "The id token is not accepted.".to_owned(),
        });
    }
    let wanted = Wanted {
        method: "mapped",
        scope: Scope::of(service, &request)?,
        with_catalog: true,
        identity_provider: Some(provider.to_owned()),
    };
    Ok(token::issue(service, &wanted, now))
}
