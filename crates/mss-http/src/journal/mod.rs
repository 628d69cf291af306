//! The journal of a batch, as a file.
//!
//! What stands in it and what it says is still to be done is [`mss_core::journal`]'s; this module
//! keeps it: locked, on disk before the side effect that a line guards, and good again after a
//! process died while it wrote. `docs/journal.md` describes the format.

mod client;
mod ended;
mod file;
mod read;
mod writer;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) use ended::ended;
pub use mss_core::journal::*;

use self::writer::Writer;
use crate::{Error, ErrorKind};

/// What is done, in errors.
const NAME: &str = "Journal";

/// An append-only file in which a batch keeps what it did and is going to do. Clones write the
/// same file; it is locked against other processes until the last of them is dropped.
///
/// ```no_run
/// use mss_http::UploadState;
/// use mss_http::journal::{Header, Journal, JournalKind, Record};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (project_id, file_id) = ("p".parse()?, "f".parse()?);
/// let endpoint = "https://metastudio.cn-north-4.myhuaweicloud.com";
/// let header = Header::new(JournalKind::Confirm, endpoint, project_id);
/// let journal = Journal::create("run.jsonl", &header)?;
/// journal.append(&[Record::confirm(0, file_id, UploadState::Created)])?;
/// journal.append_synced(&[Record::sending(0, UploadState::Created)])?;
/// // Now it may be sent.
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    path: PathBuf,
    header: Header,
    writer: Writer,
    /// Entries that are planned.
    entries: AtomicU64,
}

impl Journal {
    /// Begins a journal in a new file, which only its owner may read and write. A file that is
    /// there already is taken only if it is empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`]: there is such a file, or it can't be made, or is a symbolic link,
    /// or another process has it.
    pub fn create(path: impl AsRef<Path>, header: &Header) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = file::create(path)?;
        let writer = Writer::new(path, file, 0);
        let mut line = Vec::new();
        header.write(&mut line);
        writer.write_synced(&line)?;
        file::sync_directory(path)?;
        Ok(Self::new(path, header.clone(), writer, 0))
    }

    /// Opens a journal to go on with it, and says what its entries have come to.
    ///
    /// A last line that breaks off is cut away, with a warning to the log: the process that wrote
    /// it ended before anything that it guards. Rights of others than the owner are taken away,
    /// with a warning too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`]: it can't be opened or changed, is a symbolic link or no journal, is
    /// of another version, another process has it, or a line is damaged; the error has its number.
    pub fn open(path: impl AsRef<Path>) -> Result<(Self, Ledger), Error> {
        let path = path.as_ref();
        let file = file::open(path)?;
        let (ledger, end) = read::read(path, &file)?;
        file::cut(path, &file, end)?;
        let writer = Writer::new(path, file, end.length);
        if end.needs_newline {
            writer.write_synced(b"\n")?;
        }
        let journal = Self::new(path, ledger.header().clone(), writer, ledger.len());
        Ok((journal, ledger))
    }

    fn new(path: &Path, header: Header, writer: Writer, entries: u64) -> Self {
        Self(Arc::new(Shared {
            path: path.to_owned(),
            header,
            writer,
            entries: entries.into(),
        }))
    }

    /// Shows every record, in order, as the file holds them.
    pub(crate) fn each_record(&self, show: impl FnMut(Record)) -> Result<(), Error> {
        read::each_record(&self.0.path, self.0.header.kind, show)
    }

    /// Numbers for so many more entries; the first of them.
    pub(crate) fn reserve(&self, count: usize) -> u64 {
        self.0.entries.fetch_add(count as u64, Ordering::Relaxed)
    }

    /// Adds records that guard nothing. They go to the disk with the next that do, or when the
    /// journal is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] from the first failure to write on, for everybody.
    pub fn append(&self, records: &[Record]) -> Result<(), Error> {
        self.0.writer.append(&lines(records))
    }

    /// Adds records and returns when they are on the disk, with all that were added before. Who
    /// waits at the same time shares one write.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] when it isn't known to be there, so that what it guards must not be
    /// done; from the first failure on, for everybody.
    pub fn append_synced(&self, records: &[Record]) -> Result<(), Error> {
        self.0.writer.write_synced(&lines(records))
    }

    /// Returns when everything that was added is on the disk.
    ///
    /// # Errors
    ///
    /// As [`Journal::append_synced`].
    pub fn sync(&self) -> Result<(), Error> {
        self.append_synced(&[])
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Its first line.
    pub fn header(&self) -> &Header {
        &self.0.header
    }
}

fn lines(records: &[Record]) -> Vec<u8> {
    let mut lines = Vec::new();
    for record in records {
        record.write(&mut lines);
    }
    lines
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.0.path)
            .field("header", &self.0.header)
            .finish_non_exhaustive()
    }
}

/// An error of this journal; `problem` continues "Journal of file run.jsonl: ".
pub(crate) fn error(path: &Path, problem: impl Into<String>) -> Error {
    Error::unsent(ErrorKind::Journal, NAME, problem).with_subject(Some(&path.display().to_string()))
}

fn io_error(path: &Path, what: &str, source: io::Error) -> Error {
    error(path, format!("{what}: {source}")).with_source(source)
}
