//! The journal of a batch: what it plans, and what an earlier run did.

use std::{fs, path::Path};

use mss_core::{AppUserId, FileId, UploadState};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::known::{Known, Number};
use crate::{
    Client, Error,
    journal::{self, Header, Item, Journal, JournalKind, Ledger, Record, Step},
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
        let header = header(client, app_user_id)?;
        if fs::metadata(path).map_or(0, |it| it.len()) == 0 {
            let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok();
            let now = now.and_then(|it| it.format(&Rfc3339).ok());
            let header = now.into_iter().fold(header, Header::started);
            return Ok(Self {
                journal: Some(Journal::create(path, &header)?),
                entries: 0,
            });
        }
        let (journal, ledger) = Journal::open(path)?;
        check(&journal, &header)?;
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
        check(
            &journal,
            &header(client, ledger.header().app_user_id.as_ref())?,
        )?;
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

fn header(client: &Client, app_user_id: Option<&AppUserId>) -> Result<Header, Error> {
    let project_id = client.find_project_id()?.clone();
    let endpoint = client.endpoint().to_string();
    let header = Header::new(JournalKind::Confirm, endpoint, project_id);
    Ok(match app_user_id {
        Some(id) => header.app_user_id(id.clone()),
        None => header,
    })
}

/// Calls go where the journal says that they went before.
fn check(journal: &Journal, ours: &Header) -> Result<(), Error> {
    let theirs = journal.header();
    let parts = |header: &Header| {
        let user = header.app_user_id.as_ref().map(ToString::to_string);
        [
            ("kind", header.kind.as_str().to_owned()),
            ("endpoint", header.endpoint.clone()),
            ("project", header.project_id.to_string()),
            ("X-App-UserId", user.unwrap_or_else(|| "not set".to_owned())),
        ]
    };
    let mut pairs = parts(theirs).into_iter().zip(parts(ours));
    match pairs.find(|(there, here)| there != here) {
        None => Ok(()),
        Some(((what, there), (_, here))) => {
            let problem = format!("is of another batch: its {what} is {there}, and here {here}");
            Err(journal::error(journal.path(), problem))
        }
    }
}
