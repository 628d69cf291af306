//! What a person can do next, as commands to copy.

use std::path::Path;

use mss_http::{AssetCleanup, AssetId, Cleanup, Error, FileId, Outcome, UploadState};

use crate::words::{option, quoted};

/// Makes commands that go where the one that runs goes.
#[derive(Debug)]
pub(crate) struct Next {
    /// The options that they need, each after a blank.
    options: String,
}

impl Next {
    /// `connection` are the options that say where; the user is that of `X-App-UserId`.
    pub(crate) fn new(mut connection: String, app_user_id: Option<&str>) -> Self {
        if let Some(id) = app_user_id {
            connection += &option("app-user-id", id);
        }
        Self {
            options: connection,
        }
    }

    /// Confirms a file.
    pub(crate) fn confirm(
        &self,
        file_id: &FileId,
        state: UploadState,
        asset_id: Option<&AssetId>,
    ) -> String {
        let mut command = format!(
            "metastudio confirm {} --state {state}",
            quoted(file_id.as_str())
        );
        if let Some(id) = asset_id {
            command += &option("asset-id", id.as_str());
        }
        command + &self.options
    }

    /// Confirms the files of a list, which are options too.
    pub(crate) fn confirm_many(&self, list: &str, state: UploadState) -> String {
        format!("metastudio confirm{list} --state {state}{}", self.options)
    }

    /// Finishes what a journal leaves open.
    pub(crate) fn resume(&self, journal: &Path) -> String {
        let journal = quoted(&journal.display().to_string());
        format!("metastudio resume {journal}{}", self.options)
    }

    /// What a failed upload calls for. `path` is the file, where it is one; `asset_id` is where it
    /// went, unless it had an asset of its own.
    pub(crate) fn after(
        &self,
        error: &Error,
        path: Option<&str>,
        asset_id: Option<&AssetId>,
    ) -> Vec<String> {
        let Some(upload) = error.upload() else {
            return Vec::new();
        };
        let asset_id = upload.new_asset.as_ref().or(asset_id);
        let mut commands = Vec::new();
        match (&upload.file_id, upload.cleanup) {
            (Some(id), Cleanup::Forbidden) if error.outcome() == Outcome::Unknown => {
                commands.push(self.confirm(id, UploadState::Created, asset_id));
            }
            (Some(id), Cleanup::Failed(state)) => commands.push(self.confirm(id, state, None)),
            _ => {}
        }
        // Of several at least one is somebody else's.
        if let [orphan] = upload.possible_orphans.as_slice() {
            commands.push(self.confirm(orphan, UploadState::Cancelled, None));
        }
        let is_over = matches!(upload.cleanup, Cleanup::Done(_) | Cleanup::NotNeeded)
            && upload.possible_orphans.is_empty()
            && error.outcome() == Outcome::NotApplied;
        let kept = (upload.new_asset.as_ref())
            .filter(|_| is_over && upload.asset_cleanup == AssetCleanup::Kept);
        if let (Some(id), Some(path)) = (kept, path) {
            let command = format!("metastudio upload {}", quoted(path));
            commands.push(command + &option("asset-id", id.as_str()) + &self.options);
        }
        commands
    }
}
