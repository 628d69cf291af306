//! `GET /openstack/latest/securitykey`: the metadata service gives keys, with a token or without.

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice, header,
    issued::{A_DAY, Issued},
};
use crate::identity::MetadataService;

pub(super) fn answer(
    service: &mut Service,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    check_is_direct(headers)?;
    let metadata = &service.identity.metadata;
    if !metadata.admits(header(headers, "x-metadata-token"), now) {
        return Err(refused(
            StatusCode::UNAUTHORIZED,
            "401 Unauthorized\nX-Metadata-Token is missing, unknown or expired",
        ));
    }
    if metadata.service == MetadataService::NoAgency {
        return Err(refused(
            StatusCode::UNAUTHORIZED,
            "401 Unauthorized\nPlease configure Cloud Service Agency first",
        ));
    }
    let issued = Issued::new(service, A_DAY, now);
    Ok(Reply::json(StatusCode::OK, &issued.credential()))
}

/// What a proxy hands on for others isn't answered.
pub(super) fn check_is_direct(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key("x-forwarded-for") {
        let text = "403 Forbidden\nX-Forwarded-For is not for the metadata service";
        return Err(refused(StatusCode::FORBIDDEN, text));
    }
    Ok(())
}

fn refused(status: StatusCode, text: &str) -> Refusal {
    Refusal::Spoken {
        voice: Voice::Metadata,
        status,
        message: text.to_owned(),
    }
}
