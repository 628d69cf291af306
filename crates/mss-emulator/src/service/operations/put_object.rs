//! The `PUT` of content to its pre-signed URL.

use http::{StatusCode, request::Parts};
use time::OffsetDateTime;

use super::super::{Service, exchange, reply::Reply};
use crate::object_store::{Admitted, Receiving, StoreError};

/// The largest object, or part of one, that the store takes at once, in bytes.
const MAX_OBJECT: u64 = 5 * 1024 * 1024 * 1024;

/// Decides by the head whether the content may come.
pub(in super::super) fn admit(
    service: &mut Service,
    head: &Parts,
    now: OffsetDateTime,
) -> Result<Receiving, StoreError> {
    let Admitted { object, part } = service.store.verify(head, now)?;
    // The signature covers the key, so what is missing here was deleted.
    let file = object
        .file_id()
        .and_then(|file_id| service.state.file(file_id))
        .ok_or_else(|| {
            StoreError::new(
                StatusCode::NOT_FOUND,
                "NoSuchKey",
                "There is no such object",
            )
        })?;
    let length = exchange::content_length(head).ok_or_else(|| {
        StoreError::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLength",
            "Content-Length is required",
        )
    })?;
    if part.is_none() && Some(length) != file.file_size {
        return Err(StoreError::new(
            StatusCode::BAD_REQUEST,
            "InvalidContentLength",
            "Content-Length isn't the announced size of the file",
        ));
    }
    if length > MAX_OBJECT {
        return Err(StoreError::new(
            StatusCode::BAD_REQUEST,
            "EntityTooLarge",
            "A part has up to 5 GB",
        ));
    }
    Ok(Receiving::new(
        file.file_id.clone(),
        part,
        file.content.announced_md5().map(str::to_owned),
        length,
        service.state.keeps(file.file_size.unwrap_or(length)),
    ))
}

/// Takes the content in, when it is what was announced.
pub(in super::super) fn store(
    service: &mut Service,
    receiving: Receiving,
    host_id: &str,
) -> Result<Reply, StoreError> {
    let file_id = receiving.file_id().to_owned();
    let part = receiving.part();
    let object = receiving.finish()?;
    let reply = Reply::stored(object.etag(), host_id.to_owned()).about(&file_id);
    service.state.store(&file_id, part, object);
    Ok(reply)
}
