//! `POST /v5/agencies/assume-with-oidc`: STS gives keys for an id token.

use http::StatusCode;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice,
    issued::Issued,
    request::Request,
};

pub(super) fn answer(
    service: &mut Service,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let request = Request::parse(body, Voice::Sts)?;
    let provider = request.text("/provider_urn")?;
    let agency = request.text("/agency_urn")?;
    let session = request.text("/agency_session_name")?;
    let id_token = request.text("/id_token")?;
    let duration = request.seconds("/duration_seconds", 900..=43_200, 3_600)?;
    if !service.identity.id_token.matches(id_token.as_bytes()) {
        return Err(Refusal::Spoken {
            voice: Voice::Sts,
            status: StatusCode::UNAUTHORIZED,
            message: "The id token is not accepted.".to_owned(),
        });
    }
    let issued = Issued::new(service, duration, now);
    let body = json!({
        "assumed_agency": {"urn": format!("{agency}/{session}"), "id": session},
        "credentials": issued.credentials(),
        "provider": provider,
    });
    Ok(Reply::json(StatusCode::OK, &body))
}
