//! The object store's part: pre-signed URLs, received content, errors as XML.

mod error;
mod presigned;
mod receiving;

pub(crate) use self::{
    error::StoreError,
    presigned::{ObjectPath, PREFIX, StoreKeys, UploadTerms},
    receiving::{Receiving, StoredObject},
};
