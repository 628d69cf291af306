//! A step of an entry, one line each.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    ended::Ended,
    header::JournalKind,
    line::{self, BadLine},
    upload_item::UploadItem,
};
use crate::{AssetId, FileId, UploadState};

/// A step of an entry.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// Number of the entry within the journal, from 0 without a gap.
    pub entry: u64,
    /// The step.
    pub step: Step,
}

/// What can happen to an entry.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// It is planned. The first record of every entry.
    Item(Item),
    /// A file or an asset is going to be registered.
    Creating(Creating),
    /// It was registered.
    Created(Created),
    /// This state is going to be confirmed for the entry's file.
    Sending(UploadState),
    /// The asset that was made for the file is going to be deleted.
    Deleting(AssetId),
    /// The content was stored, and the file is left open for somebody else to confirm.
    Stored,
    /// How a confirmation ended, or with no state the upload.
    Ended(Ended),
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A file to be confirmed as this.
    Confirm {
        /// The file.
        file_id: FileId,
        /// What it is to be confirmed as.
        state: UploadState,
    },
    /// A file to be uploaded.
    Upload(Box<UploadItem>),
}

/// What is going to be registered, as far as it helps to find it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Creating {
    /// An asset for the file.
    Asset {
        /// Its name.
        asset_name: String,
    },
    /// The file.
    File {
        /// The asset that it goes into.
        asset_id: AssetId,
        /// The name under which it is registered.
        file_name: String,
        /// Its size, in bytes.
        size: u64,
        /// MD5 of its content, base64; none for a content in parts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        md5: Option<String>,
    },
}

/// What was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Created {
    /// The asset.
    AssetId(AssetId),
    /// The file.
    FileId(FileId),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmItem {
    file_id: FileId,
    state: UploadState,
}

/// As it stands in the line: exactly one step.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<I> {
    n: u64,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    item: Option<I>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    creating: Option<Creating>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<Created>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sending: Option<UploadState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleting: Option<AssetId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

fn none<T>() -> Option<T> {
    None
}

impl Record {
    /// A step of this entry.
    pub fn new(entry: u64, step: Step) -> Self {
        Self { entry, step }
    }

    /// A confirmation that is planned.
    pub fn confirm(entry: u64, file_id: FileId, state: UploadState) -> Self {
        Self::new(entry, Step::Item(Item::Confirm { file_id, state }))
    }

    /// This state is going to be confirmed.
    pub fn sending(entry: u64, state: UploadState) -> Self {
        Self::new(entry, Step::Sending(state))
    }

    /// How it ended.
    pub fn ended(entry: u64, ended: Ended) -> Self {
        Self::new(entry, Step::Ended(ended))
    }

    /// Reads a line of a journal of this kind, without its end.
    ///
    /// # Errors
    ///
    /// [`BadLine`] for everything that this version doesn't write.
    pub fn parse(kind: JournalKind, line: &[u8]) -> Result<Self, BadLine> {
        match kind {
            JournalKind::Confirm => parse(line, |item: ConfirmItem| Item::Confirm {
                file_id: item.file_id,
                state: item.state,
            }),
            JournalKind::Upload => parse(line, Item::Upload),
        }
    }

    /// Adds the line, with its end.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.step {
            Step::Item(Item::Confirm { file_id, state }) => {
                // By hand, as there may be a million: both are plain words.
                out.extend_from_slice(b"{\"n\":");
                out.extend_from_slice(self.entry.to_string().as_bytes());
                out.extend_from_slice(b",\"item\":{\"file_id\":\"");
                out.extend_from_slice(file_id.as_str().as_bytes());
                out.extend_from_slice(b"\",\"state\":\"");
                out.extend_from_slice(state.as_str().as_bytes());
                out.extend_from_slice(b"\"}}\n");
            }
            Step::Item(Item::Upload(item)) => line::write(
                &Line {
                    item: Some(item),
                    ..Line::of(self.entry)
                },
                out,
            ),
            step => {
                let mut line = Line::<ConfirmItem>::of(self.entry);
                match step {
                    Step::Item(_) => {}
                    Step::Creating(creating) => line.creating = Some(creating.clone()),
                    Step::Created(created) => line.created = Some(created.clone()),
                    Step::Sending(state) => line.sending = Some(*state),
                    Step::Deleting(asset_id) => line.deleting = Some(asset_id.clone()),
                    Step::Stored => line.stored = Some(true),
                    Step::Ended(ended) => line.ended = Some(ended.clone()),
                }
                line::write(&line, out);
            }
        }
    }
}

impl<I> Line<I> {
    fn of(n: u64) -> Self {
        Self {
            n,
            item: None,
            creating: None,
            created: None,
            sending: None,
            deleting: None,
            stored: None,
            ended: None,
        }
    }
}

fn parse<I: DeserializeOwned>(line: &[u8], to_item: impl Fn(I) -> Item) -> Result<Record, BadLine> {
    let line: Line<I> = serde_json::from_slice(line).map_err(|error| BadLine::json(&error))?;
    let mut steps = [
        line.item.map(|item| Step::Item(to_item(item))),
        line.creating.map(Step::Creating),
        line.created.map(Step::Created),
        line.sending.map(Step::Sending),
        line.deleting.map(Step::Deleting),
        line.stored.filter(|stored| *stored).map(|_| Step::Stored),
        line.ended.map(Step::Ended),
    ]
    .into_iter()
    .flatten();
    match (steps.next(), steps.next()) {
        (Some(step), None) => Ok(Record::new(line.n, step)),
        _ => Err(BadLine::new("is no record: it must hold exactly one step")),
    }
}
