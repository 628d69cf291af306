//! What is said of each file at its end.

use mss_emulator::FileView;
use mss_http::{
    AssetCleanup, Cleanup, ContentMd5, Error, ErrorKind, FileState, Outcome, UploadState, Uploaded,
};
use serde::Serialize;

use super::follow::RequestIds;
use crate::{console::Console, failure::Json as ErrorJson};

/// A file's number among all, and its path or name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which<'a> {
    pub(super) index: usize,
    pub(super) file: &'a str,
}

/// The result of a file that was uploaded.
#[derive(Serialize)]
struct Done<'a> {
    r#type: &'static str,
    index: usize,
    file: &'a str,
    file_id: &'a str,
    asset_id: &'a str,
    state: UploadState,
    size: u64,
    md5: Option<&'a str>,
    /// That of the confirmation, as `metastudio confirm` has it.
    request_id: &'a str,
    request_ids: &'a RequestIds,
    /// State that the asset showed last; none where it wasn't looked at.
    seen_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back: Option<&'a FileView>,
}

/// The result of a file that wasn't.
#[derive(Serialize)]
struct Failed<'a> {
    r#type: &'static str,
    index: usize,
    file: &'a str,
    error: ErrorJson<'a>,
}

pub(super) fn show_done_json(
    which: Which<'_>,
    uploaded: &Uploaded,
    request_ids: &RequestIds,
    read_back: Option<&FileView>,
    console: &Console<'_>,
) {
    console.json(&Done {
        r#type: "result",
        index: which.index,
        file: which.file,
        file_id: uploaded.file_id.as_str(),
        asset_id: uploaded.asset_id.as_str(),
        state: UploadState::Created,
        size: uploaded.size,
        md5: uploaded.md5.as_ref().map(ContentMd5::as_str),
        request_id: &uploaded.request_id,
        request_ids,
        seen_state: uploaded.state.as_ref().map(FileState::as_str),
        read_back,
    });
}

pub(super) fn show_failed_json(which: Which<'_>, error: ErrorJson<'_>, console: &Console<'_>) {
    console.json(&Failed {
        r#type: "result",
        index: which.index,
        file: which.file,
        error,
    });
}

/// What became of a file, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Created,
    Failed,
    Cancelled,
    Unknown,
    /// For somebody else to confirm.
    LeftOpen,
}

impl End {
    pub(super) fn of(error: &Error) -> Self {
        match (error.kind(), error.outcome()) {
            (_, Outcome::Unknown) => Self::Unknown,
            // Only the wait for the review's end was cancelled.
            (_, Outcome::Applied) => Self::Created,
            (ErrorKind::Cancelled, _) => Self::Cancelled,
            _ => Self::Failed,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::LeftOpen => "left open",
        }
    }
}

/// A line about one of several files.
pub(super) fn line(end: End, file: &str, what: &str) -> String {
    format!("{:<10} {file:<30}  {what}", end.as_str())
}

/// What the line says of an uploaded file.
pub(super) fn done(uploaded: &Uploaded, asset_is_new: bool) -> String {
    let asset = asset_is_new.then(|| format!(" in asset {}", uploaded.asset_id));
    let state = uploaded.state.as_ref().map(|state| format!(", {state}"));
    format!(
        "file {}{}{}",
        uploaded.file_id,
        asset.unwrap_or_default(),
        state.unwrap_or_default()
    )
}

/// What it says of one that wasn't; the rest is told on stderr.
pub(super) fn failed(error: &Error) -> String {
    let Some(upload) = error.upload() else {
        return "not begun".to_owned();
    };
    let text = match (&upload.file_id, upload.cleanup) {
        (Some(id), Cleanup::Done(state)) => format!("file {id} is {state}"),
        (Some(id), Cleanup::Failed(_)) => format!("file {id} is still open"),
        (Some(id), Cleanup::Forbidden) if error.outcome() == Outcome::Applied => {
            format!("file {id} is CREATED")
        }
        (Some(id), Cleanup::Forbidden) => format!("CREATED was sent for file {id}"),
        (Some(id), Cleanup::Open) => format!("file {id} is open in the journal"),
        (Some(id), _) => format!("file {id}"),
        (None, _) if error.outcome() == Outcome::Unknown => {
            "a file may have been registered".to_owned()
        }
        (None, _) => format!("no file was registered ({})", upload.stage),
    };
    match (&upload.new_asset, upload.asset_cleanup) {
        (Some(id), AssetCleanup::Kept | AssetCleanup::Failed) => format!("{text} in asset {id}"),
        _ => text,
    }
}
