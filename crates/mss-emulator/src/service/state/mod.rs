//! All that the emulator remembers of assets and files.

mod asset;
mod content;
mod file;

use std::collections::HashMap;

use time::OffsetDateTime;

pub(super) use self::{
    asset::{AssetRecord, Created, Life},
    content::Content,
    file::{Announced, FileRecord},
};
use crate::{
    object_store::StoredObject,
    review::ReviewScript,
    view::{AssetView, FileState, FileView},
};

/// All kept content together never takes more than this many bytes.
const KEPT_LIMIT: usize = 256 * 1024 * 1024;

pub(super) struct State {
    /// In the order of registration, deleted ones included.
    files: Vec<FileRecord>,
    file_index: HashMap<String, usize>,
    /// In the order of creation, deleted ones included.
    assets: Vec<AssetRecord>,
    asset_index: HashMap<String, usize>,
    review: ReviewScript,
    body_limit: usize,
    kept: usize,
}

impl State {
    pub(super) fn new(body_limit: usize) -> Self {
        Self {
            files: Vec::new(),
            file_index: HashMap::new(),
            assets: Vec::new(),
            asset_index: HashMap::new(),
            review: ReviewScript::none(),
            body_limit,
            kept: 0,
        }
    }

    /// A file that hasn't been deleted.
    pub(super) fn file(&self, file_id: &str) -> Option<&FileRecord> {
        let file = self.files.get(*self.file_index.get(file_id)?)?;
        (file.state != FileState::Deleted).then_some(file)
    }

    pub(super) fn file_mut(&mut self, file_id: &str) -> Option<&mut FileRecord> {
        let file = self.files.get_mut(*self.file_index.get(file_id)?)?;
        (file.state != FileState::Deleted).then_some(file)
    }

    /// An asset, deleted or not.
    pub(super) fn asset(&self, asset_id: &str) -> Option<&AssetRecord> {
        self.assets.get(*self.asset_index.get(asset_id)?)
    }

    pub(super) fn files_of<'a>(
        &'a self,
        asset: &'a AssetRecord,
    ) -> impl Iterator<Item = &'a FileRecord> {
        let indices = asset.files.iter();
        indices.filter_map(|index| self.files.get(*index))
    }

    /// The newest main file of the asset.
    pub(super) fn main_file(&self, asset: &AssetRecord) -> Option<&FileRecord> {
        self.files.get(asset.main_file?)
    }

    pub(super) fn add_asset(&mut self, asset: AssetRecord) {
        let index = self.assets.len();
        self.asset_index.insert(asset.asset_id.clone(), index);
        self.assets.push(asset);
    }

    pub(super) fn register(&mut self, file: FileRecord, now: OffsetDateTime) {
        if self.asset(&file.asset_id).is_none() {
            self.add_asset(AssetRecord::unnamed(file.asset_id.clone(), now));
        }
        let index = self.files.len();
        self.file_index.insert(file.file_id.clone(), index);
        let asset = self.asset_index.get(&file.asset_id);
        if let Some(asset) = asset.and_then(|index| self.assets.get_mut(*index)) {
            asset.files.push(index);
            asset.updated_at = now;
            if file.category == "MAIN" {
                asset.main_file = Some(index);
            }
        }
        self.files.push(file);
    }

    /// Whether content of this size should be kept while it comes in.
    pub(super) fn keeps(&self, size: u64) -> bool {
        usize::try_from(size)
            .is_ok_and(|size| size <= self.body_limit && size <= KEPT_LIMIT - self.kept)
    }

    /// Takes content in; what was there before is gone.
    pub(super) fn store(&mut self, file_id: &str, part: Option<usize>, mut object: StoredObject) {
        let index = self.file_index.get(file_id);
        let file = index.and_then(|index| self.files.get_mut(*index));
        let Some(slot) = file
            .filter(|file| file.state != FileState::Deleted)
            .and_then(|file| file.content.slot(part))
        else {
            return;
        };
        self.kept -= slot.as_ref().map_or(0, StoredObject::kept_bytes);
        // Others may have come in meanwhile.
        if object.kept_bytes() > KEPT_LIMIT - self.kept {
            object.body = None;
        }
        self.kept += object.kept_bytes();
        *slot = Some(object);
    }

    /// Whether there was such a file.
    pub(super) fn delete_file(&mut self, file_id: &str) -> bool {
        let Some(file) = self.file_mut(file_id) else {
            return false;
        };
        file.state = FileState::Deleted;
        let freed = file.content.clear();
        self.kept -= freed;
        true
    }

    /// Whether there was such an asset.
    pub(super) fn delete_asset(&mut self, asset_id: &str, for_good: bool) -> bool {
        let index = self.asset_index.get(asset_id);
        let Some(asset) = index
            .and_then(|index| self.assets.get_mut(*index))
            .filter(|asset| asset.life != Life::Deleted)
        else {
            return false;
        };
        if !for_good {
            asset.life = Life::Binned;
            return true;
        }
        asset.life = Life::Deleted;
        let files = self.asset(asset_id).map(|asset| self.files_of(asset));
        let ids: Vec<_> = files
            .into_iter()
            .flatten()
            .map(|file| file.file_id.clone())
            .collect();
        for file_id in ids {
            self.delete_file(&file_id);
        }
        true
    }

    pub(super) fn set_review(&mut self, script: ReviewScript) {
        self.review = script;
    }

    pub(super) fn review(&self) -> ReviewScript {
        self.review
    }

    /// Notes that the asset's files were shown, which is what moves a review on.
    pub(super) fn shown(&mut self, asset_id: &str) {
        let index = self.asset_index.get(asset_id);
        let Some(asset) = index.and_then(|index| self.assets.get(*index)) else {
            return;
        };
        for index in &asset.files {
            if let Some(file) = self.files.get_mut(*index) {
                file.move_review_on();
            }
        }
    }

    pub(super) fn view(&self, file_id: &str) -> Option<FileView> {
        let file = self.files.get(*self.file_index.get(file_id)?)?;
        Some(file.view())
    }

    pub(super) fn views(&self) -> Vec<FileView> {
        self.files.iter().map(FileRecord::view).collect()
    }

    pub(super) fn asset_views(&self) -> Vec<AssetView> {
        let view = |asset: &AssetRecord| asset.view(self.main_file(asset));
        self.assets.iter().map(view).collect()
    }
}
