//! The entries of a journal of uploads.

use super::{
    confirms::check_order,
    ended::Ended,
    ledger::Todo,
    line::BadLine,
    record::{Created, Creating, Step},
    upload_item::{AssetPlan, UploadItem},
};
use crate::{AssetId, FileId, Outcome, UploadState};

#[derive(Debug, Clone, Default)]
pub(super) struct Uploads(Vec<Entry>);

#[derive(Debug, Clone)]
struct Entry {
    item: Box<UploadItem>,
    /// The asset that was made for it.
    asset_id: Option<AssetId>,
    /// What was asked for without an answer so far; the last one may still be answered.
    asked: Vec<Creating>,
    is_asking: bool,
    /// The file that was registered last.
    file: Option<OpenFile>,
    /// Whether the upload ended without a file, or after it was given up, and for good.
    is_refused: bool,
}

#[derive(Debug, Clone)]
struct OpenFile {
    id: FileId,
    is_stored: bool,
    /// What is or was being confirmed.
    sending: Option<UploadState>,
    settled: Settled,
}

/// What became of the confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    Open,
    Applied,
    Refused,
}

impl Uploads {
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn plan(&mut self, item: Box<UploadItem>) {
        self.0.push(Entry {
            item,
            asset_id: None,
            asked: Vec::new(),
            is_asking: false,
            file: None,
            is_refused: false,
        });
    }

    pub(super) fn take(&mut self, entry: u64, step: Step) -> Result<(), BadLine> {
        let index = usize::try_from(entry).ok();
        match index.and_then(|index| self.0.get_mut(index)) {
            Some(entry) => entry.take(step),
            None => Err(BadLine::new("is about an entry that isn't planned")),
        }
    }

    pub(super) fn todo(&self, entry: u64) -> Option<Todo> {
        self.entry(entry).map(Entry::todo)
    }

    pub(super) fn file_id(&self, entry: u64) -> Option<FileId> {
        Some(self.entry(entry)?.file.as_ref()?.id.clone())
    }

    pub(super) fn item(&self, entry: u64) -> Option<&UploadItem> {
        Some(&self.entry(entry)?.item)
    }

    pub(super) fn asset_id(&self, entry: u64) -> Option<AssetId> {
        let entry = self.entry(entry)?;
        match &entry.item.into {
            AssetPlan::AssetId(id) => Some(id.clone()),
            _ => entry.asset_id.clone(),
        }
    }

    pub(super) fn unanswered(&self, entry: u64) -> Option<&Creating> {
        let entry = self.entry(entry).filter(|entry| entry.is_asking)?;
        entry.asked.last()
    }

    pub(super) fn possible_orphans(&self, entry: u64) -> &[Creating] {
        self.entry(entry).map_or(&[], |entry| &entry.asked)
    }

    pub(super) fn may_be_created(&self, entry: u64) -> bool {
        self.entry(entry).is_some_and(Entry::may_be_created)
    }

    fn entry(&self, entry: u64) -> Option<&Entry> {
        self.0.get(usize::try_from(entry).ok()?)
    }
}

impl Entry {
    fn take(&mut self, step: Step) -> Result<(), BadLine> {
        match step {
            Step::Item(_) => return Err(BadLine::new("plans an entry twice")),
            Step::Creating(creating) => {
                if self.may_be_created() {
                    let problem = "registers another file after CREATED was sent for one";
                    return Err(BadLine::new(problem));
                }
                self.asked.push(creating);
                self.is_asking = true;
                self.file = None;
                self.is_refused = false;
            }
            Step::Created(created) => self.created(created)?,
            Step::Sending(state) => {
                check_order(self.may_be_created(), state)?;
                let file = self.open_file()?;
                file.sending = Some(state);
                file.settled = Settled::Open;
            }
            Step::Deleting(_) => self.asset_id = None,
            Step::Stored => self.open_file()?.is_stored = true,
            Step::Ended(ended) => match ended.state {
                Some(state) => self.confirmed(state, &ended)?,
                None => self.ended(&ended),
            },
        }
        Ok(())
    }

    fn created(&mut self, created: Created) -> Result<(), BadLine> {
        let asked_for_asset = matches!(self.asked.last(), Some(Creating::Asset { .. }));
        let is_asset = matches!(created, Created::AssetId(_));
        if !self.is_asking || asked_for_asset != is_asset {
            return Err(BadLine::new("was registered without having been asked for"));
        }
        self.asked.pop();
        self.is_asking = false;
        match created {
            Created::AssetId(id) => self.asset_id = Some(id),
            Created::FileId(id) => {
                self.file = Some(OpenFile {
                    id,
                    is_stored: false,
                    sending: None,
                    settled: Settled::Open,
                });
            }
        }
        Ok(())
    }

    fn confirmed(&mut self, state: UploadState, ended: &Ended) -> Result<(), BadLine> {
        let file = self.open_file()?;
        if file.sending != Some(state) {
            let problem = format!("ends {state}, which isn't being sent");
            return Err(BadLine::new(problem));
        }
        file.settled = match ended.outcome {
            Outcome::Applied => Settled::Applied,
            Outcome::NotApplied if ended.is_refusal() => Settled::Refused,
            _ => file.settled,
        };
        Ok(())
    }

    fn ended(&mut self, ended: &Ended) {
        if ended.outcome == Outcome::NotApplied && self.is_asking {
            self.asked.pop();
            self.is_asking = false;
        }
        // A file that nobody knows of can be the reason, and that one can be closed.
        self.is_refused = ended.is_refusal() && self.asked.is_empty();
    }

    fn open_file(&mut self) -> Result<&mut OpenFile, BadLine> {
        let missing = || BadLine::new("is about a file that wasn't registered");
        self.file.as_mut().ok_or_else(missing)
    }

    fn may_be_created(&self) -> bool {
        let sending = self.file.as_ref().and_then(|file| file.sending);
        sending == Some(UploadState::Created)
    }

    fn todo(&self) -> Todo {
        let Some(file) = &self.file else {
            return self.next(None);
        };
        let id = || file.id.clone();
        match (file.sending, file.settled) {
            (Some(UploadState::Created), Settled::Applied) => Todo::Applied(UploadState::Created),
            (Some(UploadState::Created), Settled::Refused) => Todo::Refused,
            (Some(UploadState::Created), Settled::Open) => Todo::Confirm {
                file_id: id(),
                state: UploadState::Created,
                was_sent: true,
            },
            (Some(state), Settled::Open) => self.next(Some((id(), state))),
            (Some(_), Settled::Applied | Settled::Refused) => self.next(None),
            (None, _) if file.is_stored => Todo::LeftOpen(id()),
            (None, _) => self.next(Some((id(), UploadState::Cancelled))),
        }
    }

    /// Another upload, unless it has been refused for good.
    fn next(&self, close: Option<(FileId, UploadState)>) -> Todo {
        match close {
            None if self.is_refused => Todo::Refused,
            Some((file_id, state)) if self.is_refused => Todo::Close { file_id, state },
            close => Todo::Upload {
                close,
                asset_id: self.asset_id.clone(),
            },
        }
    }
}
