//! Many files, several at a time.

use std::{
    cell::RefCell,
    collections::HashSet,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use mss_core::{
    FileCategory, InvalidInput,
    journal::{Item, JournalKind, Record, Step},
};

use super::{
    Destination, Progress, Stage, Upload, Uploaded,
    diary::Diary,
    item::item_of,
    prepare::{NAME, size_hint},
    progress::{Limiter, Meter, Weight},
    team::on_threads,
    turns::Turns,
};
use crate::{
    CallOptions, Client, Error, fork,
    journal::Journal,
    pacer::{Pacer, Rate},
};

/// How many uploads run at a time, how fast, and who is told.
#[derive(Clone)]
pub struct ManyOptions<'a> {
    pub(super) concurrency: usize,
    pub(super) rate: Rate,
    ended: Option<&'a EndedFn<'a>>,
    progress: Option<&'a dyn Fn(ManyProgress)>,
    journal: Option<Journal>,
}

/// What is shown each result.
type EndedFn<'a> = dyn Fn(usize, &Result<Uploaded, Error>) + 'a;

/// How far a batch of uploads is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManyProgress {
    /// Files that have come to an end, whatever it is.
    pub files_done: usize,
    /// Files altogether.
    pub files_total: usize,
    /// Bytes that were sent. It goes back when a file is sent again.
    pub bytes_done: u64,
    /// Bytes altogether, as far as sizes are known.
    pub bytes_total: u64,
}

impl<'a> ManyOptions<'a> {
    /// Most files that can be on the line at a time.
    pub const MAX_CONCURRENCY: usize = 64;

    /// Four files at a time, at the documented rate.
    pub fn new() -> Self {
        Self {
            concurrency: 4,
            rate: Rate::Documented,
            ended: None,
            progress: None,
            journal: None,
        }
    }

    /// How many files are on the line at a time, 1 to 64. One more is read for its MD5 meanwhile.
    #[must_use]
    pub fn concurrency(mut self, files: usize) -> Self {
        self.concurrency = files;
        self
    }

    /// How many calls a second are made.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = rate;
        self
    }

    /// Has each result shown as soon as it is there, with its index, on the calling thread.
    #[must_use]
    pub fn ended(mut self, tell: &'a dyn Fn(usize, &Result<Uploaded, Error>)) -> Self {
        self.ended = Some(tell);
        self
    }

    /// Has it told how far it is, at most ten times a second, on the calling thread.
    #[must_use]
    pub fn progress(mut self, tell: &'a dyn Fn(ManyProgress)) -> Self {
        self.progress = Some(tell);
        self
    }

    /// Keeps a journal, so that [`Client::resume`] can finish what a crash breaks off: each step is
    /// on the disk before it is done. Every source must be a path.
    #[must_use]
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    pub(super) fn check(&self) -> Result<(), InvalidInput> {
        if !(1..=Self::MAX_CONCURRENCY).contains(&self.concurrency) {
            let problem = format!(
                "must be 1 to {}, got {}",
                Self::MAX_CONCURRENCY,
                self.concurrency
            );
            return Err(InvalidInput::new("concurrency", problem));
        }
        self.rate.check()
    }
}

impl Default for ManyOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// Uploads many files, several at a time and at a rate that the service allows. Each has an
    /// outcome of its own; they come in the order of the files.
    ///
    /// When the caller cancels, files that are under way are CANCELLED, and those that weren't
    /// begun end as cancelled with nothing sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), before anything is sent: two main files for one asset, or an
    /// option out of range, or with a journal a source that is no path.
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) when the journal can't be written, or is another client's;
    /// once files are under way it is the error of those that it stops.
    pub fn upload_many(
        &self,
        uploads: Vec<Upload<'_>>,
        options: &ManyOptions<'_>,
    ) -> Result<Vec<Result<Uploaded, Error>>, Error> {
        let invalid = |error: InvalidInput| Error::invalid_input(NAME, &error);
        let _begun = fork::enter();
        options.check().map_err(invalid)?;
        check_main_files(&uploads).map_err(invalid)?;
        let journal = options.journal.as_ref();
        let first_entry = match journal {
            Some(journal) => self.plan_in(journal, &uploads)?,
            None => 0,
        };
        let client = self.paced(Pacer::new(options.rate, self.endpoint()));
        let meters: Vec<_> = uploads
            .iter()
            .map(|it| Meter::new(it.plan.progress))
            .collect();
        let sizes: Vec<_> = uploads.iter().map(|it| size_hint(&it.source)).collect();
        let done = AtomicUsize::new(0);
        let turns = Turns::new(options.concurrency);
        let limiter = RefCell::new(Limiter::default());
        let tell = |weight: Weight| {
            meters.iter().for_each(Meter::tick);
            let Some(tell) = options.progress else { return };
            if !limiter.borrow_mut().allows(Instant::now(), weight) {
                return;
            }
            let counts = meters.iter().zip(&sizes);
            let counts = counts.map(|(meter, size)| bytes_of(meter.progress(), *size));
            let (bytes_done, bytes_total) =
                counts.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            tell(ManyProgress {
                files_done: done.load(Ordering::Relaxed),
                files_total: meters.len(),
                bytes_done,
                bytes_total,
            });
        };
        let results = on_threads(
            uploads,
            options.concurrency + 1,
            &self.settings().interrupt,
            || tell(Weight::Step),
            |index, result| {
                done.fetch_add(1, Ordering::Relaxed);
                if let Some(ended) = options.ended {
                    ended(index, result);
                }
            },
            |index, upload, cancel| {
                let client = client.with_options(CallOptions::new().only_cancel(cancel))?;
                let interrupt = &client.settings().interrupt;
                let diary = journal.map_or_else(Diary::default, |journal| {
                    Diary::of(journal, first_entry + index as u64)
                });
                let turn = || turns.take(interrupt);
                client.upload_in_turn(upload, &meters[index], &diary, turn)
            },
        );
        tell(Weight::Turn);
        if let Some(journal) = journal {
            finish(journal);
        }
        Ok(results)
    }

    /// Writes down what is going to be uploaded, and gives the number of the first entry.
    fn plan_in(&self, journal: &Journal, uploads: &[Upload<'_>]) -> Result<u64, Error> {
        self.check_journal(journal, JournalKind::Upload)?;
        let items: Result<Vec<_>, Error> = uploads
            .iter()
            .map(|upload| {
                let subject = upload.source.subject();
                item_of(upload).map_err(|error| {
                    Error::invalid_input(NAME, &error).with_subject(Some(&subject))
                })
            })
            .collect();
        let items = items?;
        let first = journal.reserve(items.len());
        for (entry, item) in (first..).zip(items) {
            let item = Step::Item(Item::Upload(Box::new(item)));
            journal.append(&[Record::new(entry, item)])?;
        }
        journal.sync()?;
        Ok(first)
    }
}

/// Brings the last ends to the disk. What is missing there is done once more by who resumes it.
pub(super) fn finish(journal: &Journal) {
    if let Err(error) = journal.sync() {
        log::warn!("{error}");
    }
}

/// Sent and expected bytes of one file.
fn bytes_of(progress: Progress, size_hint: Option<u64>) -> (u64, u64) {
    match progress.stage {
        Stage::Inspect | Stage::Hash | Stage::Create => (0, size_hint.unwrap_or(progress.total)),
        Stage::Put => (progress.done, progress.total),
        Stage::Confirm | Stage::Review => (progress.total, progress.total),
    }
}

/// An asset has one main file, so the second would be refused after it was sent.
fn check_main_files(uploads: &[Upload<'_>]) -> Result<(), InvalidInput> {
    let mut seen = HashSet::new();
    for Upload { source, plan } in uploads {
        if let (Destination::Asset(id), FileCategory::Main) = (&plan.destination, &plan.category)
            && !seen.insert(id)
        {
            let problem = format!(
                "MAIN is wanted twice for asset {id}, the second time by {}: an asset has one main \
                 file (give each file an asset of its own, or another category)",
                source.subject()
            );
            return Err(InvalidInput::new("category", problem));
        }
    }
    Ok(())
}

impl fmt::Debug for ManyOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManyOptions")
            .field("concurrency", &self.concurrency)
            .field("rate", &self.rate)
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}
