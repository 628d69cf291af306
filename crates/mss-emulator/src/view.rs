//! What the emulator shows of its inside.

use std::fmt;

use serde::{Serialize, Serializer};

/// A call that the emulator knows, to aim an injected failure at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /v1/{project_id}/files`
    CreateFile,
    /// The `PUT` of the content to the pre-signed URL.
    PutObject,
    /// `POST /v1/{project_id}/files/{file_id}/complete`
    ConfirmFileUpload,
}

/// Where a file stands between registration and confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileState {
    /// Registered; nothing was confirmed so far.
    Creating,
    /// Confirmed as uploaded.
    Created,
    /// Confirmed as failed.
    Failed,
    /// Confirmed as cancelled by the user.
    Cancelled,
}

impl FileState {
    /// The word that the wire uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Created => "CREATED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for FileState {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for FileState {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Serialize for FileState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One registered file, as `GET /_emulator/files` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileView {
    /// The id that `CreateFile` gave out.
    pub file_id: String,
    /// The announced name.
    pub file_name: String,
    /// The announced size in bytes.
    pub file_size: u64,
    /// The announced MD5, as base64 of its 16 bytes.
    pub file_md5: String,
    /// The announced type, by convention the extension.
    pub file_type: String,
    /// The asset that the file belongs to.
    pub asset_id: String,
    /// The role of the file in its asset, such as `MAIN`.
    pub category: String,
    /// The `X-App-UserId` of the registration.
    pub app_user_id: Option<String>,
    /// What has been confirmed.
    pub state: FileState,
    /// What the object store received; `None` until a `PUT` succeeded.
    pub put: Option<PutView>,
}

/// The stored content of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PutView {
    /// Received bytes.
    pub size: u64,
    /// MD5 of the received bytes, as base64 of its 16 bytes.
    pub md5: String,
    /// Whether the bytes were small enough to be kept.
    pub body_kept: bool,
}

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestView {
    /// The method.
    pub method: String,
    /// The path as sent; the query, which may hold a signature, is left out.
    pub path: String,
    /// The answered status; `None` while the request is being read, and for ever when its
    /// sender went away before the end of the body.
    pub status: Option<u16>,
    /// The `X-Request-Id` of the answer.
    pub request_id: String,
    /// The file that the request was about, as far as one is known.
    pub file_id: Option<String>,
}
