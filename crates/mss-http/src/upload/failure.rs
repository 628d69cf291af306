//! Where an upload stood when it failed, and what became of the file.

use std::fmt;

use mss_core::{FileId, UploadState};

/// A stage of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Looking at the local file.
    Inspect,
    /// Reading it for its MD5.
    Hash,
    /// CreateFile.
    Create,
    /// The PUT of the content.
    Put,
    /// ConfirmFileUpload.
    Confirm,
}

impl Stage {
    /// The stage in one word: `inspect`, `hash`, `create`, `put` or `confirm`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inspect => "inspect",
            Self::Hash => "hash",
            Self::Create => "create",
            Self::Put => "put",
            Self::Confirm => "confirm",
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
}

impl Cleanup {
    /// In one word: `not_needed`, `done`, `failed` or `forbidden`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Forbidden => "forbidden",
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
}

impl fmt::Display for UploadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(id) = &self.file_id else {
            return write!(f, "the upload ended in stage {}", self.stage);
        };
        match self.cleanup {
            Cleanup::NotNeeded => write!(f, "the upload ended in stage {}", self.stage),
            Cleanup::Done(state) => write!(f, "file {id} was set to {state}"),
            Cleanup::Failed(state) => {
                write!(
                    f,
                    "file {id} could not be set to {state}: confirm it by hand"
                )
            }
            Cleanup::Forbidden => {
                write!(
                    f,
                    "CREATED was sent for file {id}: confirm CREATED again, nothing else"
                )
            }
        }
    }
}
