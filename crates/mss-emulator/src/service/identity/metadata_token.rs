//! `PUT /meta-data/latest/api/token`: the metadata service gives a token, in version 2.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply},
    Voice, header, metadata_keys,
};
use crate::identity::{self, MetadataService};

/// Six hours.
const MAX_SECONDS: u64 = 21_600;

pub(super) fn answer(
    service: &mut Service,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    if service.identity.metadata.service == MetadataService::V1Only {
        return Err(refused(StatusCode::NOT_FOUND, "404 Not Found"));
    }
    metadata_keys::check_is_direct(headers)?;
    let seconds = header(headers, "x-metadata-token-ttl-seconds")
        .and_then(|text| text.parse().ok())
        .filter(|seconds| (1..=MAX_SECONDS).contains(seconds));
    let Some(seconds) = seconds else {
        let text = "400 Bad Request\nX-Metadata-Token-Ttl-Seconds must be from 1 to 21600";
        return Err(refused(StatusCode::BAD_REQUEST, text));
    };
    let token = service.ids.token(56);
    let end = identity::end(now, Duration::from_secs(seconds));
    service.identity.metadata.add(&token, end);
    Ok(Reply::text(StatusCode::OK, token))
}

fn refused(status: StatusCode, text: &str) -> Refusal {
    Refusal::Spoken {
        voice: Voice::Metadata,
        status,
        message: text.to_owned(),
    }
}
