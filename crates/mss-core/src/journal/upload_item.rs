//! An upload as its record holds it: enough to begin anew in another process.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::AssetId;

/// A file to be uploaded, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // each is a choice of its own
pub struct UploadItem {
    /// Absolute path of the file.
    pub path: String,
    /// Its size in bytes when the batch began; none when it couldn't be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was changed last, in nanoseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_ns: Option<i64>,
    /// Where it goes.
    pub into: AssetPlan,
    /// Its category within the asset.
    pub category: String,
    /// The name to register, where it isn't the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The type, where it isn't the name's extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// Size and MD5 (base64) that the caller gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<(u64, String)>,
    /// In whose name the calls are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_user_id: Option<String>,
    /// Whether the asset is looked at in any case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub verify: bool,
    /// Whether the content is read a second time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub verify_source: bool,
    /// How long the review is waited for, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Whether what may be this file is cancelled.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cancel_orphan: bool,
    /// Whether the asset that was made for it is deleted when it fails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub delete_asset_on_failure: bool,
    /// Number of parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_count: Option<u32>,
    /// Whether the file is left open, for somebody else to confirm.
    #[serde(default, skip_serializing_if = "is_false")]
    pub leave_open: bool,
}

/// The asset of a file to be uploaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetPlan {
    /// One that exists.
    AssetId(AssetId),
    /// A new one of this type, named after the file.
    NewAsset(String),
    /// A new one, made with these fields of CreateDigitalAsset.
    CreateAsset(Map<String, Value>),
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants it so
fn is_false(value: &bool) -> bool {
    !value
}
