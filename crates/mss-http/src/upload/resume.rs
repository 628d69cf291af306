//! Finishing the uploads of a journal.

use std::{collections::HashSet, fmt, path::Path, time::Duration};

use mss_core::{
    FileId, FileState, InvalidInput, UploadState,
    journal::{Created, Creating, JournalKind, Ledger, Step, Todo, UploadItem},
};

use super::{
    ManyOptions, Stage, UploadFailure, Uploaded,
    cleaning::after_created,
    diary::Diary,
    item::{check_same, upload_of},
    many::finish,
    plan::Plan,
    prepare::NAME,
    progress::Meter,
    settle::show_asset,
    team::on_threads,
    turns::Turns,
};
use crate::{
    CallOptions, Client, Error, Rate,
    journal::{Journal, ended},
    pacer::Pacer,
};

/// How a journal is resumed.
#[derive(Clone, Default)]
pub struct ResumeOptions<'a> {
    many: ManyOptions<'a>,
    cancel_open: bool,
    keep: HashSet<FileId>,
    ended: Option<&'a dyn Fn(&Resumed)>,
}

/// What became of an entry of a journal that was resumed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Resumed {
    /// Number of the entry within the journal.
    pub entry: u64,
    /// Path of its file.
    pub subject: String,
    /// Its file: the one of this attempt, else the last one that the journal names.
    pub file_id: Option<FileId>,
    /// What it has come to, or why it is still open or can't succeed.
    pub result: Result<Resumption, Error>,
    /// The file of an earlier attempt that was closed now, and as what.
    pub closed: Option<(FileId, UploadState)>,
    /// What an earlier attempt was about to register, and whose answer it never saw: it may be
    /// there without anybody knowing its id.
    pub possible_orphans: Vec<Creating>,
    /// Of those the files that the asset shows as CREATING, with this name and content. Another
    /// upload of the same content looks the same.
    pub orphan_ids: Vec<FileId>,
}

/// What an entry has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resumption {
    /// It had been confirmed as this before.
    Done(UploadState),
    /// It had been refused for good before; its lines say why.
    Refused,
    /// Its content is stored and its file open, for somebody else to confirm.
    LeftOpen(FileId),
    /// It was uploaded now.
    Uploaded(Uploaded),
    /// Its file, whose content was stored before, was confirmed as CREATED now.
    Confirmed {
        /// The file.
        file_id: FileId,
        /// The service's id of the request that settled it.
        request_id: String,
    },
    /// Its file was closed, and no other is uploaded; or there was none.
    Cancelled(Option<FileId>),
    /// Its file was to be CANCELLED, but CREATED may have been sent for it, so it stays as it is.
    MayBeCreated(FileId),
}

impl Resumption {
    /// Its file, where this names one.
    fn file_id(&self) -> Option<&FileId> {
        match self {
            Self::Done(_) | Self::Refused => None,
            Self::Uploaded(uploaded) => Some(&uploaded.file_id),
            Self::LeftOpen(id) | Self::MayBeCreated(id) | Self::Confirmed { file_id: id, .. } => {
                Some(id)
            }
            Self::Cancelled(id) => id.as_ref(),
        }
    }
}

impl<'a> ResumeOptions<'a> {
    /// Four files at a time at the documented rate; uploads what is open.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many files are on the line at a time, 1 to 64.
    #[must_use]
    pub fn concurrency(mut self, files: usize) -> Self {
        self.many = self.many.concurrency(files);
        self
    }

    /// How many calls a second are made.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.many = self.many.rate(rate);
        self
    }

    /// Uploads nothing, and confirms as CANCELLED every file that is open, also those that were
    /// left open on purpose. One for which CREATED may have been sent stays as it is. Only what
    /// stands in this journal is known: what was confirmed elsewhere goes into
    /// [`ResumeOptions::keep`].
    #[must_use]
    pub fn cancel_open(mut self, cancel: bool) -> Self {
        self.cancel_open = cancel;
        self
    }

    /// The files that stay open with [`ResumeOptions::cancel_open`], and that nobody is to take for
    /// what an earlier attempt may have registered: they are known to be another's.
    #[must_use]
    pub fn keep(mut self, files: impl IntoIterator<Item = FileId>) -> Self {
        self.keep.extend(files);
        self
    }

    /// Has each result shown as soon as it is there, on the calling thread.
    #[must_use]
    pub fn ended(mut self, tell: &'a dyn Fn(&Resumed)) -> Self {
        self.ended = Some(tell);
        self
    }
}

impl Client {
    /// Finishes the uploads of a journal: confirms again what may have been CREATED, closes the
    /// file of each attempt that was broken off and uploads it anew, with a URL of its own. What
    /// is done stays as it is. The results come in the order of the journal.
    ///
    /// Can be resumed itself: every step goes into the same journal.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) when the journal can't be opened or is another client's,
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for an option out of range; nothing is sent then.
    pub fn resume(
        &self,
        path: impl AsRef<Path>,
        options: &ResumeOptions<'_>,
    ) -> Result<Vec<Resumed>, Error> {
        let checked = options.many.check();
        checked.map_err(|error| Error::invalid_input(NAME, &error))?;
        let (journal, ledger) = Journal::open(path)?;
        self.check_journal(&journal, JournalKind::Upload)?;
        let client = self.paced(Pacer::new(options.many.rate, self.endpoint()));
        let turns = Turns::new(options.many.concurrency);
        let (cancel_open, keep) = (options.cancel_open, &options.keep);
        let results = on_threads(
            (0..ledger.len()).collect(),
            options.many.concurrency + 1,
            &self.settings().interrupt,
            || (),
            |_, resumed| {
                if let Some(tell) = options.ended {
                    tell(resumed);
                }
            },
            |_, entry, cancel| {
                let client = client.with_options(CallOptions::new().only_cancel(cancel));
                let work = |client| Work {
                    client,
                    cancel_open,
                    keep,
                    turns: &turns,
                    ledger: &ledger,
                    diary: Diary::of(&journal, entry),
                    entry,
                    closed: None,
                    orphan_ids: Vec::new(),
                };
                match client.map(work) {
                    Ok(work) => work.resume(),
                    Err(error) => Resumed::new(&ledger, entry, Err(error)),
                }
            },
        );
        finish(&journal);
        Ok(results)
    }
}

/// What is done for one entry.
struct Work<'w> {
    client: Client,
    cancel_open: bool,
    keep: &'w HashSet<FileId>,
    turns: &'w Turns,
    ledger: &'w Ledger,
    diary: Diary,
    entry: u64,
    closed: Option<(FileId, UploadState)>,
    orphan_ids: Vec<FileId>,
}

impl Work<'_> {
    fn resume(mut self) -> Resumed {
        let item = self.ledger.upload(self.entry);
        let result = match (item, self.ledger.todo(self.entry)) {
            (Some(item), Some(todo)) => self.work(item, todo),
            // Every entry of the ledger has both.
            _ => Ok(Resumption::Cancelled(None)),
        };
        Resumed {
            closed: self.closed,
            orphan_ids: self.orphan_ids,
            ..Resumed::new(self.ledger, self.entry, result)
        }
    }

    fn work(&mut self, item: &UploadItem, todo: Todo) -> Result<Resumption, Error> {
        let invalid =
            |error: InvalidInput| Error::invalid_input(NAME, &error).with_subject(Some(&item.path));
        let mut upload = upload_of(item).map_err(invalid)?;
        match todo {
            Todo::Applied(state) => return Ok(Resumption::Done(state)),
            Todo::Refused => return Ok(Resumption::Refused),
            Todo::Confirm { file_id, .. } if self.cancel_open => {
                return Ok(Resumption::MayBeCreated(file_id));
            }
            Todo::Confirm { file_id, .. } => return self.confirm(&upload.plan, file_id),
            Todo::LeftOpen(file_id) => {
                if !self.cancel_open || self.keep.contains(&file_id) {
                    return Ok(Resumption::LeftOpen(file_id));
                }
                self.close(&upload.plan, &file_id, UploadState::Cancelled)?;
                return Ok(Resumption::Cancelled(Some(file_id)));
            }
            Todo::Close { file_id, state } => {
                self.close(&upload.plan, &file_id, state)?;
                return Ok(Resumption::Cancelled(Some(file_id)));
            }
            Todo::Upload { close, asset_id } => {
                if let Some((file_id, state)) = &close {
                    if self.cancel_open && self.keep.contains(file_id) {
                        return Ok(Resumption::LeftOpen(file_id.clone()));
                    }
                    self.close(&upload.plan, file_id, *state)?;
                }
                upload.plan.made_asset = asset_id;
                self.look_for_orphans(&upload.plan)?;
                if self.cancel_open {
                    return Ok(Resumption::Cancelled(close.map(|(file_id, _)| file_id)));
                }
            }
        }
        check_same(item)?;
        let meter = Meter::new(None);
        let interrupt = &self.client.settings().interrupt;
        let turn = || self.turns.take(interrupt);
        let uploaded = self
            .client
            .upload_in_turn(upload, &meter, &self.diary, turn)?;
        Ok(if item.leave_open {
            Resumption::LeftOpen(uploaded.file_id)
        } else {
            Resumption::Uploaded(uploaded)
        })
    }

    /// CREATED once more, which may have been sent before.
    fn confirm(&self, plan: &Plan<'_>, file_id: FileId) -> Result<Resumption, Error> {
        let confirm = plan.confirmation(&file_id, UploadState::Created);
        let confirmed = self.diary.confirming(UploadState::Created, || {
            match self.ledger.asset_id(self.entry) {
                Some(asset_id) => self
                    .client
                    .settle_file_upload(&confirm, &asset_id, plan.verify)
                    .map(|settled| settled.request_id),
                None => self.client.execute(&confirm).map(|it| it.request_id),
            }
        });
        match confirmed {
            Ok(request_id) => Ok(Resumption::Confirmed {
                file_id,
                request_id,
            }),
            Err(error) => {
                let mut failure = UploadFailure::early(Stage::Confirm);
                failure.cleanup = after_created(&self.diary, &error);
                failure.file_id = Some(file_id);
                Err(error.with_upload(failure))
            }
        }
    }

    fn close(
        &mut self,
        plan: &Plan<'_>,
        file_id: &FileId,
        state: UploadState,
    ) -> Result<(), Error> {
        let confirm = plan.confirmation(file_id, state);
        let told = self.diary.confirming(state, || {
            self.client.execute(&confirm).map(|it| it.request_id)
        });
        match told {
            Ok(_) => {
                self.closed = Some((file_id.clone(), state));
                Ok(())
            }
            // There is no such file that could be closed.
            Err(error) if ended(None, Err(&error), Duration::ZERO).is_refusal() => Ok(()),
            Err(error) => Err(error.adding("the file of the earlier attempt is still open")),
        }
    }

    /// Looks at the asset for what a create without an answer may have left, and closes it where
    /// it can't be anybody else's.
    fn look_for_orphans(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        for creating in self.ledger.possible_orphans(self.entry) {
            let Creating::File {
                asset_id,
                file_name,
                size,
                md5,
            } = creating
            else {
                continue;
            };
            let md5 = md5.as_ref().and_then(|md5| md5.parse().ok());
            let show = show_asset(asset_id, plan.app_user_id.as_ref());
            let Ok(shown) = self.client.execute(&show) else {
                continue;
            };
            for file in shown.asset.files {
                if file.state == FileState::Creating
                    && !self.keep.contains(&file.file_id)
                    && file.is_likely(file_name, *size, md5.as_ref())
                    && !self.orphan_ids.contains(&file.file_id)
                {
                    self.orphan_ids.push(file.file_id);
                }
            }
        }
        let may_close = plan.cancel_orphan || plan.made_asset.is_some();
        let is_asking = matches!(
            self.ledger.unanswered(self.entry),
            Some(Creating::File { .. })
        );
        if let ([orphan], true) = (self.orphan_ids.as_slice(), may_close && is_asking) {
            let orphan = orphan.clone();
            self.diary
                .guard(Step::Created(Created::FileId(orphan.clone())))?;
            self.close(plan, &orphan, UploadState::Cancelled)?;
            self.orphan_ids.clear();
        }
        Ok(())
    }
}

impl Resumed {
    fn new(ledger: &Ledger, entry: u64, result: Result<Resumption, Error>) -> Self {
        let file_id = match &result {
            Ok(it) => it.file_id().cloned(),
            Err(error) => error.upload().and_then(|it| it.file_id.clone()),
        };
        Self {
            entry,
            file_id: file_id.or_else(|| ledger.file_id(entry)),
            subject: ledger
                .upload(entry)
                .map(|item| item.path.clone())
                .unwrap_or_default(),
            result,
            closed: None,
            possible_orphans: ledger.possible_orphans(entry).to_vec(),
            orphan_ids: Vec::new(),
        }
    }
}

impl fmt::Debug for ResumeOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeOptions")
            .field("many", &self.many)
            .field("cancel_open", &self.cancel_open)
            .finish_non_exhaustive()
    }
}
