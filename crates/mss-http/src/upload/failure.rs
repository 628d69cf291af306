//! Where an upload stood when it failed, and what became of the file.

use std::fmt;

use mss_core::{AssetId, FileId, Outcome, UploadState};

/// A stage of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Looking at the local file.
    Inspect,
    /// Reading it for its MD5.
    Hash,
    /// CreateFile or CreateLargeFile; before it CreateDigitalAsset, for an asset of its own.
    Create,
    /// The PUT of the content, or of its parts.
    Put,
    /// ConfirmFileUpload, and reading back what became of it.
    Confirm,
    /// Waiting for the review's end. The file is CREATED already.
    Review,
}

impl Stage {
    pub(super) const ALL: [Self; 6] = [
        Self::Inspect,
        Self::Hash,
        Self::Create,
        Self::Put,
        Self::Confirm,
        Self::Review,
    ];

    /// The stage in one word: `inspect`, `hash`, `create`, `put`, `confirm` or `review`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inspect => "inspect",
            Self::Hash => "hash",
            Self::Create => "create",
            Self::Put => "put",
            Self::Confirm => "confirm",
            Self::Review => "review",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the service was told that the upload came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cleanup {
    /// There was no file to tell about.
    NotNeeded,
    /// The file was confirmed as FAILED or CANCELLED.
    Done(UploadState),
    /// FAILED or CANCELLED could not be confirmed; the file stays as it is.
    Failed(UploadState),
    /// CREATED was sent, so nothing else may be sent for the file, whatever was answered.
    Forbidden,
    /// The content is stored, and CREATED not applied so far. The journal has it as open: who
    /// resumes it confirms the file.
    Open,
}

impl Cleanup {
    /// In one word: `not_needed`, `done`, `failed`, `forbidden` or `open`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Forbidden => "forbidden",
            Self::Open => "open",
        }
    }
}

/// Where an upload stood when it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadFailure {
    /// The stage that failed.
    pub stage: Stage,
    /// The file, once it had an id.
    pub file_id: Option<FileId>,
    /// What became of it.
    pub cleanup: Cleanup,
    /// The file that was CANCELLED before, because the time of its URL was over.
    pub expired: Option<FileId>,
    /// The asset, where the upload made one of its own.
    pub new_asset: Option<AssetId>,
    /// What became of that asset.
    pub asset_cleanup: AssetCleanup,
    /// Files of this name and content that are still CREATING, looked up because nobody knows
    /// what became of CreateFile. Another upload of the same content looks the same.
    pub possible_orphans: Vec<FileId>,
}

/// What became of an asset that a failed upload had made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AssetCleanup {
    /// None was made.
    NotNeeded,
    /// It is still there, without a main file.
    Kept,
    /// It was moved to the recycle bin.
    Deleted,
    /// It could not be deleted, or nobody knows.
    Failed,
}

impl AssetCleanup {
    /// In one word: `not_needed`, `kept`, `deleted` or `failed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Kept => "kept",
            Self::Deleted => "deleted",
            Self::Failed => "failed",
        }
    }
}

impl UploadFailure {
    /// Whether the service has heard of it, so that it isn't as if nothing had been sent.
    pub(crate) fn left_traces(&self) -> bool {
        self.file_id.is_some() || self.new_asset.is_some() || self.expired.is_some()
    }

    /// Before there was a file.
    pub(super) fn early(stage: Stage) -> Self {
        Self {
            stage,
            file_id: None,
            cleanup: Cleanup::NotNeeded,
            expired: None,
            new_asset: None,
            asset_cleanup: AssetCleanup::NotNeeded,
            possible_orphans: Vec::new(),
        }
    }
}

impl UploadFailure {
    /// What became of it all, and what that leaves to do.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>, outcome: Outcome) -> fmt::Result {
        match (&self.file_id, self.cleanup) {
            (None, _) | (_, Cleanup::NotNeeded) => {
                write!(f, "the upload ended in stage {}", self.stage)?;
            }
            (Some(id), Cleanup::Done(state)) => write!(f, "file {id} was set to {state}")?,
            (Some(id), Cleanup::Failed(state)) => {
                write!(
                    f,
                    "file {id} isn't known to be set to {state}: confirm {state} by hand"
                )?;
            }
            (Some(id), Cleanup::Open) => {
                write!(f, "file {id} isn't CREATED yet: resume the journal")?;
            }
            (Some(id), Cleanup::Forbidden) if outcome == Outcome::Applied => {
                write!(f, "file {id} is CREATED and stays so")?;
            }
            (Some(id), Cleanup::Forbidden) if outcome == Outcome::NotApplied => {
                write!(
                    f,
                    "CREATED was refused for file {id}, and nothing else was sent for it: upload \
                     it again"
                )?;
            }
            (Some(id), Cleanup::Forbidden) => {
                write!(
                    f,
                    "CREATED was sent for file {id}: confirm CREATED again, nothing else"
                )?;
            }
        }
        if let Some(id) = &self.expired {
            write!(
                f,
                "; file {id}, whose URL had expired, was set to CANCELLED"
            )?;
        }
        for orphan in &self.possible_orphans {
            write!(
                f,
                "; file {orphan} of the same name and content is CREATING and may be this one"
            )?;
        }
        match (&self.new_asset, self.asset_cleanup) {
            (Some(id), AssetCleanup::Deleted) => write!(f, "; its new asset {id} was deleted"),
            (Some(id), AssetCleanup::Failed) => {
                write!(f, "; its new asset {id} could not be deleted")
            }
            (Some(id), _) => write!(f, "; its new asset {id} was kept"),
            (None, _) => Ok(()),
        }
    }
}
