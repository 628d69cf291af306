//! The journal of a batch: what it plans, and what an earlier run did.

use std::{fs, path::Path};

use mss_core::{AppUserId, FileId, UploadState};

use super::known::{Known, Number};
use crate::{
    Client, Error,
    journal::{self, Item, Journal, JournalKind, Ledger, Record, Step},
};

/// The journal, and how many entries it has.
#[derive(Debug, Default)]
pub(super) struct Plan {
    journal: Option<Journal>,
    entries: Number,
}

impl Plan {
    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Begins a journal, or goes on with one: then its files are known from the start.
    pub(super) fn open(
        path: &Path,
        client: &Client,
        app_user_id: Option<&AppUserId>,
        known: &mut Known,
    ) -> Result<Self, Error> {
        if fs::metadata(path).map_or(0, |it| it.len()) == 0 {
            let header = client.journal_header(JournalKind::Confirm)?;
            let header = match app_user_id {
                Some(id) => header.app_user_id(id.clone()),
                None => header,
            };
            return Ok(Self {
                journal: Some(Journal::create(path, &header)?),
                entries: 0,
            });
        }
        let (journal, ledger) = Journal::open(path)?;
        client.check_journal(&journal, JournalKind::Confirm)?;
        check_user(&journal, app_user_id)?;
        let entries = Number::try_from(ledger.len()).unwrap_or(Number::MAX);
        drop(ledger);
        journal.each_record(|Record { entry, step, .. }| {
            let number = Number::try_from(entry).unwrap_or(Number::MAX);
            match step {
                Step::Item(Item::Confirm { file_id, state }) => known.note_entry(&file_id, state),
                Step::Ended(ended) => known.keep_recorded(number, &ended),
                _ => {}
            }
        })?;
        Ok(Self {
            journal: Some(journal),
            entries,
        })
    }

    /// Opens a journal for what it leaves open.
    pub(super) fn reopen(path: &Path, client: &Client) -> Result<(Self, Ledger), Error> {
        let (journal, ledger) = Journal::open(path)?;
        client.check_journal(&journal, JournalKind::Confirm)?;
        let plan = Self {
            journal: Some(journal),
            entries: Number::MAX,
        };
        Ok((plan, ledger))
    }

    /// Notes what is going to be sent, unless it stands there already.
    pub(super) fn add(&mut self, number: Number, file_id: &FileId, state: UploadState) {
        if let Some(journal) = &self.journal
            && number == self.entries
        {
            self.entries += 1;
            // A journal that is broken lets nothing be sent; that is when it is told.
            let _ = journal.append(&[Record::confirm(number.into(), file_id.clone(), state)]);
        }
    }

    /// Brings the last results to the disk.
    pub(super) fn finish(&self) -> Result<(), Error> {
        self.journal.as_ref().map_or(Ok(()), Journal::sync)
    }
}

/// A batch goes on as whoever it began.
fn check_user(journal: &Journal, ours: Option<&AppUserId>) -> Result<(), Error> {
    let theirs = journal.header().app_user_id.as_ref();
    if theirs == ours {
        return Ok(());
    }
    let shown = |user: Option<&AppUserId>| user.map_or("none".to_owned(), ToString::to_string);
    let (there, here) = (shown(theirs), shown(ours));
    let problem = format!("is of a batch whose X-App-UserId is {there}, but here it is {here}");
    Err(journal::error(journal.path(), problem))
}
