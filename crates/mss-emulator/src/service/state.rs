//! All that the emulator remembers of files.

use std::collections::HashMap;

use crate::{
    object_store::StoredObject,
    view::{FileState, FileView, PutView},
};

/// All kept content together never takes more than this many bytes.
const KEPT_LIMIT: usize = 256 * 1024 * 1024;

/// One registered file.
pub(super) struct Record {
    pub(super) file_id: String,
    pub(super) file_name: String,
    pub(super) file_md5: String,
    pub(super) file_size: u64,
    pub(super) file_type: String,
    pub(super) asset_id: String,
    pub(super) category: String,
    pub(super) app_user_id: Option<String>,
    pub(super) state: FileState,
    pub(super) object: Option<StoredObject>,
}

pub(super) struct State {
    /// In the order of registration.
    files: Vec<Record>,
    by_id: HashMap<String, usize>,
    /// The newest main file of each asset.
    main_files: HashMap<String, usize>,
    body_limit: usize,
    kept: usize,
}

impl State {
    pub(super) fn new(body_limit: usize) -> Self {
        Self {
            files: Vec::new(),
            by_id: HashMap::new(),
            main_files: HashMap::new(),
            body_limit,
            kept: 0,
        }
    }

    pub(super) fn file(&self, file_id: &str) -> Option<&Record> {
        self.files.get(*self.by_id.get(file_id)?)
    }

    pub(super) fn file_mut(&mut self, file_id: &str) -> Option<&mut Record> {
        self.files.get_mut(*self.by_id.get(file_id)?)
    }

    /// Whether the asset has a main file that is uploaded or may still be.
    pub(super) fn has_main_file(&self, asset_id: &str) -> bool {
        self.main_files
            .get(asset_id)
            .and_then(|index| self.files.get(*index))
            .is_some_and(|file| matches!(file.state, FileState::Creating | FileState::Created))
    }

    pub(super) fn register(&mut self, file: Record) {
        let index = self.files.len();
        self.by_id.insert(file.file_id.clone(), index);
        if file.category == "MAIN" {
            self.main_files.insert(file.asset_id.clone(), index);
        }
        self.files.push(file);
    }

    /// Whether content of this size should be kept while it comes in.
    pub(super) fn keeps(&self, size: u64) -> bool {
        usize::try_from(size)
            .is_ok_and(|size| size <= self.body_limit && size <= KEPT_LIMIT - self.kept)
    }

    /// Takes content in; what was there before is gone.
    pub(super) fn store(&mut self, file_id: &str, mut object: StoredObject) {
        let Some(file) = self
            .by_id
            .get(file_id)
            .and_then(|index| self.files.get_mut(*index))
        else {
            return;
        };
        let replaced = file.object.as_ref().map_or(0, StoredObject::kept_bytes);
        self.kept -= replaced;
        // Others may have come in meanwhile.
        if object.kept_bytes() > KEPT_LIMIT - self.kept {
            object.body = None;
        }
        self.kept += object.kept_bytes();
        file.object = Some(object);
    }

    pub(super) fn view(&self, file_id: &str) -> Option<FileView> {
        self.file(file_id).map(Record::view)
    }

    pub(super) fn views(&self) -> Vec<FileView> {
        self.files.iter().map(Record::view).collect()
    }
}

impl Record {
    fn view(&self) -> FileView {
        FileView {
            file_id: self.file_id.clone(),
            file_name: self.file_name.clone(),
            file_size: self.file_size,
            file_md5: self.file_md5.clone(),
            file_type: self.file_type.clone(),
            asset_id: self.asset_id.clone(),
            category: self.category.clone(),
            app_user_id: self.app_user_id.clone(),
            state: self.state,
            put: self.object.as_ref().map(|object| PutView {
                size: object.size,
                md5: object.md5_base64(),
                body_kept: object.body.is_some(),
            }),
        }
    }
}
