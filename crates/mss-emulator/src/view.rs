//! What the emulator shows of its inside.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::faults::FaultError;

/// A call that the emulator knows, to aim a fault at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /v1/{project_id}/files`
    CreateFile,
    /// `POST /v1/{project_id}/large-files`
    CreateLargeFile,
    /// The `PUT` of the content, or of a part of it, to its pre-signed URL.
    PutObject,
    /// `POST /v1/{project_id}/files/{file_id}/complete`
    ConfirmFileUpload,
    /// `DELETE /v1/{project_id}/files/{file_id}`
    DeleteFile,
    /// `POST /v1/{project_id}/digital-assets`
    CreateDigitalAsset,
    /// `GET /v1/{project_id}/digital-assets/{asset_id}`
    ShowAsset,
    /// `DELETE /v1/{project_id}/digital-assets/{asset_id}`
    DeleteAsset,
    /// `POST /v3/auth/tokens`: a user logs in by password.
    CreateToken,
    /// `GET /v3/projects`
    ListProjects,
    /// `GET /v3/auth/domains`
    ListDomains,
    /// `PUT /meta-data/latest/api/token`: a cloud server asks its metadata service for a token.
    MetadataToken,
    /// `GET /openstack/latest/securitykey`: ... and for keys.
    MetadataKeys,
    /// `POST` to the address at which a pod gets its keys.
    PodKeys,
    /// `POST /v5/agencies/assume-with-oidc`: keys for an id token.
    AssumeAgency,
    /// `GET /v5/caller-identity`
    CallerIdentity,
    /// `POST /v3.0/OS-AUTH/id-token/tokens`: a user token for an id token.
    ExchangeIdToken,
    /// `POST /v3.0/OS-CREDENTIAL/securitytokens`: keys for a user token.
    CreateTemporaryKeys,
}

impl Operation {
    /// All of them: those of `MetaStudio` in the order of an asset's life, then those by which a
    /// client gets tokens and keys.
    pub const ALL: [Self; 18] = [
        Self::CreateFile,
        Self::CreateLargeFile,
        Self::PutObject,
        Self::ConfirmFileUpload,
        Self::DeleteFile,
        Self::CreateDigitalAsset,
        Self::ShowAsset,
        Self::DeleteAsset,
        Self::CreateToken,
        Self::ListProjects,
        Self::ListDomains,
        Self::MetadataToken,
        Self::MetadataKeys,
        Self::PodKeys,
        Self::AssumeAgency,
        Self::CallerIdentity,
        Self::ExchangeIdToken,
        Self::CreateTemporaryKeys,
    ];

    /// The short word for it, in JSON, in Python and in the command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateFile => "create",
            Self::CreateLargeFile => "create_large",
            Self::PutObject => "put",
            Self::ConfirmFileUpload => "confirm",
            Self::DeleteFile => "delete",
            Self::CreateDigitalAsset => "create_asset",
            Self::ShowAsset => "show_asset",
            Self::DeleteAsset => "delete_asset",
            Self::CreateToken => "create_token",
            Self::ListProjects => "list_projects",
            Self::ListDomains => "list_domains",
            Self::MetadataToken => "metadata_token",
            Self::MetadataKeys => "metadata_keys",
            Self::PodKeys => "pod_keys",
            Self::AssumeAgency => "assume_agency",
            Self::CallerIdentity => "caller_identity",
            Self::ExchangeIdToken => "exchange_id_token",
            Self::CreateTemporaryKeys => "create_temporary_keys",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = FaultError;

    fn from_str(word: &str) -> Result<Self, FaultError> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.as_str() == word)
            .ok_or_else(|| FaultError::no_operation(word))
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileState {
    /// Registered; nothing was confirmed so far.
    Creating,
    /// Confirmed as uploaded, and past a review if there is one.
    Created,
    /// Confirmed as failed.
    Failed,
    /// Confirmed as cancelled by the user.
    Cancelled,
    /// Confirmed as uploaded, and waiting for the review that was ordered.
    Uploaded,
    /// Confirmed as uploaded, and under review.
    Review,
    /// Confirmed as uploaded, and frozen by the review.
    Block,
    /// Deleted, itself or with its asset.
    Deleted,
}

impl FileState {
    /// The word that the wire uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Created => "CREATED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Uploaded => "UPLOADED",
            Self::Review => "REVIEW",
            Self::Block => "BLOCK",
            Self::Deleted => "DELETED",
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
    /// The id that was given out.
    pub file_id: String,
    /// The announced name.
    pub file_name: String,
    /// The announced size in bytes; 0 for a large file that announced none.
    pub file_size: u64,
    /// The announced MD5, as base64 of its 16 bytes; empty for a large file, which announces none.
    pub file_md5: String,
    /// The announced type, by convention the extension.
    pub file_type: String,
    /// The asset that the file belongs to.
    pub asset_id: String,
    /// The role of the file in its asset, such as `MAIN`.
    pub category: String,
    /// The `X-App-UserId` of the registration.
    pub app_user_id: Option<String>,
    /// What has been confirmed, and what a review has made of it so far.
    pub state: FileState,
    /// What the object store received; `None` until a `PUT`, or that of each part, succeeded.
    pub put: Option<PutView>,
    /// The parts of a large file, in order; each is `None` until its `PUT` succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Option<PutView>>,
}

/// The stored content of one file, or of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PutView {
    /// Received bytes.
    pub size: u64,
    /// MD5 of the received bytes, as base64 of its 16 bytes; empty for a file in parts that were
    /// too large to keep.
    pub md5: String,
    /// Whether the bytes were small enough to be kept.
    pub body_kept: bool,
}

/// One asset, as `GET /_emulator/assets` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AssetView {
    /// Its id.
    pub asset_id: String,
    /// Its name; `None` when a file named an asset that nobody had created.
    pub asset_name: Option<String>,
    /// Its type, such as `VIDEO`; `None` as with the name.
    pub asset_type: Option<String>,
    /// The `X-App-UserId` of its creation.
    pub app_user_id: Option<String>,
    /// Its state as `ShowAsset` spells it; `DELETED` when it was deleted for good.
    pub state: String,
}

/// One request as it arrived, and as `GET /_emulator/requests` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestView {
    /// What it asks for; `None` when that is nothing known, and for the `GET` of content.
    pub operation: Option<Operation>,
    /// The method.
    pub method: String,
    /// The path as sent; the query, which may hold a signature, is left out.
    pub path: String,
    /// The status that the service answered, whether or not the answer arrived; `None` while the
    /// request is being read, and for ever when it was cut off before its end.
    pub status: Option<u16>,
    /// The `X-Request-Id` of the answer.
    pub request_id: String,
    /// The file that the request was about, as far as one is known.
    pub file_id: Option<String>,
}

/// The failed authentications of one access key, as `GET /_emulator/authentication_failures` shows
/// them.
///
/// More than five in a row lock a key that exists for five minutes by the emulator's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuthenticationFailures {
    /// The access key, which need not exist.
    pub access_key: String,
    /// Signatures that were looked at and refused, a wrong time included.
    pub failures: u64,
    /// How many of them in a row; a success and a lock begin anew.
    pub consecutive: u32,
    /// Requests that were refused without a look at their signature.
    pub refused_while_locked: u64,
    /// When the last lock ends or has ended, such as `2026-01-02T03:09:05Z`; `None` when there was
    /// none.
    pub locked_until: Option<String>,
}
