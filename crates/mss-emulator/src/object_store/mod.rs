//! The object store's part: pre-signed URLs, received content, errors as XML.

mod error;
mod presigned;
mod receiving;

pub(crate) use self::{
    error::StoreError,
    presigned::{Admitted, ObjectPath, PREFIX, StoreKeys, Terms},
    receiving::{Receiving, StoredObject},
};
