//! An asset with its files.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::{AssetFile, AssetId, AssetState, AssetType, FileId};

/// An asset, as ShowAsset shows it. What the service left out is `None` or empty.
///
/// Source: [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Asset {
    /// Id of the asset.
    pub asset_id: AssetId,
    /// Its state.
    pub asset_state: Option<AssetState>,
    /// Its type.
    pub asset_type: Option<AssetType>,
    /// Its name.
    pub asset_name: Option<String>,
    /// Its description.
    pub asset_description: Option<String>,
    /// The project that it belongs to.
    pub project_id: Option<String>,
    /// The service's mark for content made by a machine.
    pub produce_id: Option<String>,
    /// The `X-App-UserId` with which it was created.
    pub app_user_id: Option<String>,
    /// When it was created, as the service writes it.
    pub create_time: Option<String>,
    /// When it was changed last, as the service writes it.
    pub update_time: Option<String>,
    /// Which review failed: `AUTOMATIC_REVIEW_REJECT` or `MANUAL_REVIEW_REJECT`.
    pub fail_type: Option<String>,
    /// Number of the reason for which it is frozen.
    pub block_reason_code: Option<String>,
    /// Why it failed, is frozen, or is no longer frozen.
    pub reason: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Its files.
    #[serde(default, deserialize_with = "or_default")]
    pub files: Vec<AssetFile>,
    /// Everything else in the answer.
    #[serde(flatten)]
    pub more: AssetExtras,
}

impl Asset {
    /// The file with this id.
    pub fn file(&self, file_id: &FileId) -> Option<&AssetFile> {
        self.files.iter().find(|file| file.file_id == *file_id)
    }
}

/// Fields of an asset that this version doesn't know, as JSON. Nobody says that there are no
/// signed URLs among them, so `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct AssetExtras(Map<String, Value>);

impl AssetExtras {
    /// The fields by name.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl fmt::Debug for AssetExtras {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Takes `null` for an empty list.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
