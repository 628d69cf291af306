//! What the records of a journal say together.

use super::{
    confirms::Confirms,
    header::{Header, JournalKind},
    line::BadLine,
    record::{Creating, Item, Record, Step},
    upload_item::UploadItem,
    uploads::Uploads,
};
use crate::{AssetId, FileId, UploadState};

/// The records of a journal, folded: for each entry what is still to be done.
///
/// An entry of a journal of confirmations takes about 30 bytes.
#[derive(Debug, Clone)]
pub struct Ledger {
    header: Header,
    entries: Entries,
}

#[derive(Debug, Clone)]
enum Entries {
    Confirms(Confirms),
    Uploads(Uploads),
}

/// What is still to be done for an entry. FAILED or CANCELLED is never part of it once CREATED
/// may have been sent for a file.
///
/// Exhaustive on purpose: who leaves one out loses files.
#[derive(Debug, Clone, PartialEq)]
pub enum Todo {
    /// Nothing: it was confirmed as this.
    Applied(UploadState),
    /// Nothing: it was refused for good.
    Refused,
    /// Nothing: its content is stored, and the file was left open for somebody else to confirm.
    LeftOpen(FileId),
    /// This state is to be confirmed, and no other.
    Confirm {
        /// The file.
        file_id: FileId,
        /// The state.
        state: UploadState,
        /// Whether it may have been sent before.
        was_sent: bool,
    },
    /// The file that failed for good is to be told about, and that is all.
    Close {
        /// The file.
        file_id: FileId,
        /// FAILED or CANCELLED.
        state: UploadState,
    },
    /// The file is to be uploaded, with a registration of its own.
    Upload {
        /// What has to be confirmed before: the file of the attempt that was broken off.
        close: Option<(FileId, UploadState)>,
        /// The asset that was made for it already.
        asset_id: Option<AssetId>,
    },
}

/// How many entries stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Confirmed.
    pub applied: u64,
    /// Refused for good.
    pub refused: u64,
    /// Stored and left open on purpose.
    pub left_open: u64,
    /// With something still to be done.
    pub open: u64,
}

impl Ledger {
    /// The ledger of a journal that holds nothing but its header.
    pub fn new(header: Header) -> Self {
        let entries = match header.kind {
            JournalKind::Confirm => Entries::Confirms(Confirms::default()),
            JournalKind::Upload => Entries::Uploads(Uploads::default()),
        };
        Self { header, entries }
    }

    /// The journal's first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next line, without its end, and takes it in.
    ///
    /// # Errors
    ///
    /// [`BadLine`] when it is no record, or one that can't follow those before it. The ledger is
    /// as it was then.
    pub fn read(&mut self, line: &[u8]) -> Result<(), BadLine> {
        self.take(Record::parse(self.header.kind, line)?)
    }

    /// Takes the next record in.
    ///
    /// # Errors
    ///
    /// [`BadLine`] when it can't follow those before it: a step of an entry that isn't planned,
    /// FAILED after CREATED was sent.
    pub fn take(&mut self, record: Record) -> Result<(), BadLine> {
        let Record { entry, step } = record;
        if let Step::Item(item) = step {
            if entry != self.len() {
                let problem = format!("plans entry {entry}, but the next one is {}", self.len());
                return Err(BadLine::new(problem));
            }
            match (&mut self.entries, item) {
                (Entries::Confirms(all), Item::Confirm { file_id, state }) => {
                    all.plan(file_id, state);
                }
                (Entries::Uploads(all), Item::Upload(item)) => all.plan(item),
                _ => return Err(BadLine::new("plans an entry of another kind of journal")),
            }
            return Ok(());
        }
        if entry >= self.len() {
            let problem = format!("is about entry {entry}, which no line before it plans");
            return Err(BadLine::new(problem));
        }
        match &mut self.entries {
            Entries::Confirms(all) => all.take(entry, &step),
            Entries::Uploads(all) => all.take(entry, step),
        }
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        match &self.entries {
            Entries::Confirms(all) => all.len(),
            Entries::Uploads(all) => all.len(),
        }
    }

    /// Whether nothing is planned.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is to be done for this entry; none beyond the last one.
    pub fn todo(&self, entry: u64) -> Option<Todo> {
        match &self.entries {
            Entries::Confirms(all) => all.todo(entry),
            Entries::Uploads(all) => all.todo(entry),
        }
    }

    /// What is to be done for each entry, from the first on.
    pub fn todos(&self) -> impl Iterator<Item = Todo> {
        (0..self.len()).filter_map(|entry| self.todo(entry))
    }

    /// How many entries stand where.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for todo in self.todos() {
            *match todo {
                Todo::Applied(_) => &mut counts.applied,
                Todo::Refused => &mut counts.refused,
                Todo::LeftOpen(_) => &mut counts.left_open,
                Todo::Confirm { .. } | Todo::Close { .. } | Todo::Upload { .. } => &mut counts.open,
            } += 1;
        }
        counts
    }

    /// The file of an entry: the one to be confirmed, or the one that was registered last.
    pub fn file_id(&self, entry: u64) -> Option<FileId> {
        match &self.entries {
            Entries::Confirms(all) => all.file_id(entry),
            Entries::Uploads(all) => all.file_id(entry),
        }
    }

    /// What an entry of uploads is about.
    pub fn upload(&self, entry: u64) -> Option<&UploadItem> {
        match &self.entries {
            Entries::Confirms(_) => None,
            Entries::Uploads(all) => all.item(entry),
        }
    }

    /// The asset of an upload: the one that it goes into, or that was made for it.
    pub fn asset_id(&self, entry: u64) -> Option<AssetId> {
        match &self.entries {
            Entries::Confirms(_) => None,
            Entries::Uploads(all) => all.asset_id(entry),
        }
    }

    /// What was asked for last, where no record says what was answered.
    pub fn unanswered(&self, entry: u64) -> Option<&Creating> {
        match &self.entries {
            Entries::Confirms(_) => None,
            Entries::Uploads(all) => all.unanswered(entry),
        }
    }

    /// What was to be registered for an upload, and whose answer stands nowhere: each may be
    /// there without anybody knowing its id.
    pub fn possible_orphans(&self, entry: u64) -> &[Creating] {
        match &self.entries {
            Entries::Confirms(_) => &[],
            Entries::Uploads(all) => all.possible_orphans(entry),
        }
    }

    /// Whether CREATED may have been sent for the entry's file, so that nothing else may be.
    pub fn may_be_created(&self, entry: u64) -> bool {
        match &self.entries {
            Entries::Confirms(all) => all.may_be_created(entry),
            Entries::Uploads(all) => all.may_be_created(entry),
        }
    }
}
