//! What an upload reports while it runs.

use mss_core::{AssetId, ContentMd5, FileId, FileState};

/// A step of an upload that has been done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent {
    /// The content has been looked at.
    Inspected {
        /// Size in bytes.
        size: u64,
    },
    /// The content has been read once, for its size and MD5.
    Hashed {
        /// Size in bytes.
        size: u64,
        /// MD5 of the content.
        md5: ContentMd5,
    },
    /// An asset has been made for the file.
    AssetCreated {
        /// Id of the new asset.
        asset_id: AssetId,
        /// The service's id of the request.
        request_id: String,
    },
    /// The file has been registered.
    Created {
        /// Id of the new file.
        file_id: FileId,
        /// The service's id of the request.
        request_id: String,
    },
    /// The URL's time was over: the file was confirmed as CANCELLED, and a new one is made.
    Expired {
        /// Id of the file that was given up.
        file_id: FileId,
    },
    /// The content has been stored; CREATED is going to be sent.
    Stored {
        /// The object store's id of the request; of the last one where there are parts.
        request_id: String,
    },
    /// Nobody knows whether a confirmation arrived, so the asset was looked at.
    LookedUp {
        /// State of the file, if it was shown.
        state: Option<FileState>,
    },
    /// The file has been confirmed as CREATED.
    Confirmed {
        /// The service's id of the request.
        request_id: String,
    },
    /// The review goes on.
    Reviewing {
        /// State of the file.
        state: FileState,
    },
}
