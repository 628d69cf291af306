//! What an upload reports while it runs.

use mss_core::{ContentMd5, FileId};

/// A step of an upload that has been done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent {
    /// The content has been read once, for its size and MD5.
    Hashed {
        /// Size in bytes.
        size: u64,
        /// MD5 of the content.
        md5: ContentMd5,
    },
    /// The file has been registered.
    Created {
        /// Id of the new file.
        file_id: FileId,
        /// The service's id of the request.
        request_id: String,
    },
    /// The content has been stored.
    Stored {
        /// The object store's id of the request.
        request_id: String,
    },
    /// The file has been confirmed as CREATED.
    Confirmed {
        /// The service's id of the request.
        request_id: String,
    },
}
