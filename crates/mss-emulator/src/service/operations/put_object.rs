//! The `PUT` of content to its pre-signed URL.

use http::{StatusCode, request::Parts};
use time::OffsetDateTime;

use super::super::{Service, exchange, reply::Reply};
use crate::{
    object_store::{Receiving, StoreError},
    view::Operation,
};

/// Decides by the head whether the content may come.
pub(in super::super) fn admit(
    service: &mut Service,
    head: &Parts,
    now: OffsetDateTime,
) -> Result<Receiving, StoreError> {
    let object = service.store.verify(head, now)?;
    // The signature covers the key, so only an emulator that lost its state gets past here.
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
    if length != file.file_size {
        return Err(StoreError::new(
            StatusCode::BAD_REQUEST,
            "InvalidContentLength",
            "Content-Length isn't the announced size of the file",
        ));
    }
    if let Some(status) = service.failures.take(Operation::PutObject) {
        return Err(StoreError::injected(status));
    }
    Ok(Receiving::new(
        file.file_id.clone(),
        file.file_md5.clone(),
        file.file_size,
        service.state.keeps(file.file_size),
    ))
}

/// Takes the content in, when it is what was announced.
pub(in super::super) fn store(
    service: &mut Service,
    receiving: Receiving,
    host_id: &str,
) -> Result<Reply, StoreError> {
    let file_id = receiving.file_id().to_owned();
    let object = receiving.finish()?;
    let reply = Reply::stored(object.etag(), host_id.to_owned()).about(&file_id);
    service.state.store(&file_id, object);
    Ok(reply)
}
