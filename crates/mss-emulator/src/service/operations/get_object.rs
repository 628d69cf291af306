//! The `GET` of content from the download URL that `ShowAsset` shows.

use http::{StatusCode, request::Parts};
use time::OffsetDateTime;

use super::super::{Service, reply::Reply};
use crate::object_store::StoreError;

pub(in super::super) fn answer(
    service: &Service,
    head: &Parts,
    host_id: &str,
    now: OffsetDateTime,
) -> Result<Reply, StoreError> {
    let object = service.store.verify(head, now)?.object;
    let file_id = object.file_id().unwrap_or_default();
    let body = service.file_body(file_id).ok_or_else(|| {
        StoreError::new(
            StatusCode::NOT_FOUND,
            "NoSuchKey",
            "There is no such object, or it was too large to keep",
        )
    })?;
    Ok(Reply::content(body, host_id.to_owned()).about(file_id))
}
