//! The address at which a pod gets its keys.

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice, header,
    issued::{A_DAY, Issued},
};

pub(super) fn answer(
    service: &mut Service,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let token = header(headers, "authorization").unwrap_or_default();
    if !service.identity.pod_token.matches(token.as_bytes()) {
        return Err(Refusal::Spoken {
            voice: Voice::Iam,
            status: StatusCode::UNAUTHORIZED,
            message: "Authorization is not the token of the pod.".to_owned(),
        });
    }
    let issued = Issued::new(service, A_DAY, now);
    Ok(Reply::json(StatusCode::OK, &issued.credential()))
}
