//! `POST /v3.0/OS-CREDENTIAL/securitytokens`: IAM gives keys for a user token.

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice, header,
    issued::Issued,
    request::Request,
};
use crate::identity::Standing;

pub(super) fn answer(
    service: &mut Service,
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let request = Request::parse(body, Voice::Iam)?;
    request.needs_method("token")?;
    let in_body = request.optional_text("/auth/identity/token/id")?;
    let token = in_body.or_else(|| header(headers, "x-auth-token"));
    let token = token.ok_or_else(|| request.refused())?;
    let duration = request.seconds("/auth/identity/token/duration_seconds", 900..=86_400, 900)?;
    let standing = service.identity.tokens.standing(token, now);
    if !matches!(standing, Standing::Good(_)) {
        return Err(Refusal::Spoken {
            voice: Voice::Iam,
            status: StatusCode::UNAUTHORIZED,
            message: "The token is unknown or has expired.".to_owned(),
        });
    }
    let issued = Issued::new(service, duration, now);
    Ok(Reply::json(StatusCode::CREATED, &issued.credential()))
}
