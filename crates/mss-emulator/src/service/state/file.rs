//! One registered file.

use super::Content;
use crate::{
    review::ReviewScript,
    view::{FileState, FileView},
};

pub(in super::super) struct FileRecord {
    pub(in super::super) file_id: String,
    pub(in super::super) file_name: String,
    /// A large file needn't announce one.
    pub(in super::super) file_size: Option<u64>,
    pub(in super::super) file_type: String,
    pub(in super::super) asset_id: String,
    pub(in super::super) category: String,
    pub(in super::super) app_user_id: Option<String>,
    pub(in super::super) content: Content,
    /// What was confirmed; the review of a CREATED file stands beside it.
    pub(in super::super) state: FileState,
    pub(in super::super) review: ReviewScript,
    /// How often it was shown since it became CREATED.
    shown: u32,
}

/// What a caller says of a new file.
pub(in super::super) struct Announced<'a> {
    pub(in super::super) file_name: &'a str,
    pub(in super::super) file_size: Option<u64>,
    pub(in super::super) file_type: &'a str,
    pub(in super::super) asset_id: &'a str,
    pub(in super::super) category: &'a str,
}

impl FileRecord {
    pub(in super::super) fn new(
        file_id: String,
        announced: &Announced<'_>,
        app_user_id: Option<String>,
        content: Content,
    ) -> Self {
        Self {
            file_id,
            file_name: announced.file_name.to_owned(),
            file_size: announced.file_size,
            file_type: announced.file_type.to_owned(),
            asset_id: announced.asset_id.to_owned(),
            category: announced.category.to_owned(),
            app_user_id,
            content,
            state: FileState::Creating,
            review: ReviewScript::none(),
            shown: 0,
        }
    }

    /// The state that `ShowAsset` shows next.
    pub(in super::super) fn shown_state(&self) -> FileState {
        match self.state {
            FileState::Created => self.review.state_after(self.shown),
            state => state,
        }
    }

    pub(super) fn move_review_on(&mut self) {
        if self.state == FileState::Created {
            self.shown = self.shown.saturating_add(1);
        }
    }

    pub(super) fn view(&self) -> FileView {
        FileView {
            file_id: self.file_id.clone(),
            file_name: self.file_name.clone(),
            file_size: self.file_size.unwrap_or_default(),
            file_md5: self.content.announced_md5().unwrap_or_default().to_owned(),
            file_type: self.file_type.clone(),
            asset_id: self.asset_id.clone(),
            category: self.category.clone(),
            app_user_id: self.app_user_id.clone(),
            state: self.shown_state(),
            put: self.content.put_view(),
            parts: self.content.part_views(),
        }
    }
}
