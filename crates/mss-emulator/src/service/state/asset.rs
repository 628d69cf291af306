//! One asset.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::FileRecord;
use crate::view::{AssetView, FileState};

pub(in super::super) struct AssetRecord {
    pub(in super::super) asset_id: String,
    /// `None` for an asset that was never created, but named by a file.
    pub(in super::super) created: Option<Created>,
    pub(in super::super) created_at: OffsetDateTime,
    pub(in super::super) updated_at: OffsetDateTime,
    pub(in super::super) life: Life,
    /// Places in the list of all files.
    pub(super) files: Vec<usize>,
    pub(super) main_file: Option<usize>,
}

/// What `CreateDigitalAsset` said and answered.
pub(in super::super) struct Created {
    pub(in super::super) produce_id: String,
    pub(in super::super) asset_type: String,
    pub(in super::super) app_user_id: Option<String>,
    /// All fields that `ShowAsset` repeats as they came.
    pub(in super::super) fields: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Life {
    Live,
    /// In the recycle bin.
    Binned,
    /// Gone for good.
    Deleted,
}

impl AssetRecord {
    pub(in super::super) fn created(
        asset_id: String,
        created: Created,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            created: Some(created),
            ..Self::unnamed(asset_id, now)
        }
    }

    pub(super) fn unnamed(asset_id: String, now: OffsetDateTime) -> Self {
        Self {
            asset_id,
            created: None,
            created_at: now,
            updated_at: now,
            life: Life::Live,
            files: Vec::new(),
            main_file: None,
        }
    }

    pub(in super::super) fn asset_type(&self) -> Option<&str> {
        Some(self.created.as_ref()?.asset_type.as_str())
    }

    /// The state as the wire spells it; it follows from the main file.
    pub(in super::super) fn state(&self, main_file: Option<&FileRecord>) -> &'static str {
        match self.life {
            Life::Binned => return "DELETING",
            Life::Deleted => return "DELETED",
            Life::Live => {}
        }
        match main_file.map(FileRecord::shown_state) {
            Some(FileState::Failed) => "FAILED",
            Some(FileState::Uploaded | FileState::Review) => "UNACTIVED",
            Some(FileState::Created) => "ACTIVED",
            Some(FileState::Block) => "BLOCK",
            None | Some(FileState::Creating | FileState::Cancelled | FileState::Deleted) => {
                "CREATING"
            }
        }
    }

    pub(super) fn view(&self, main_file: Option<&FileRecord>) -> AssetView {
        let created = self.created.as_ref();
        let name = created.and_then(|created| created.fields.get("asset_name"));
        AssetView {
            asset_id: self.asset_id.clone(),
            asset_name: name.and_then(Value::as_str).map(str::to_owned),
            asset_type: self.asset_type().map(str::to_owned),
            app_user_id: created.and_then(|created| created.app_user_id.clone()),
            state: self.state(main_file).to_owned(),
        }
    }
}
