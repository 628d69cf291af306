//! The lines of one upload in a journal.

use std::time::Instant;

use mss_core::{
    UploadState,
    journal::{Ended, Record, Step},
};

use crate::{
    Error,
    journal::{Journal, ended},
};

/// An entry of a journal; of none, where none is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Diary(Option<(Journal, u64)>);

impl Diary {
    pub(super) fn of(journal: &Journal, entry: u64) -> Self {
        Self(Some((journal.clone(), entry)))
    }

    pub(super) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Returns when this is on the disk, so that what it says may be done.
    pub(super) fn guard(&self, step: Step) -> Result<(), Error> {
        match &self.0 {
            Some((journal, entry)) => journal.append_synced(&[Record::new(*entry, step)]),
            None => Ok(()),
        }
    }

    /// Adds what guards nothing. Where that fails, the next guard does, too.
    pub(super) fn note(&self, step: Step) {
        if let Some((journal, entry)) = &self.0
            && let Err(error) = journal.append(&[Record::new(*entry, step)])
        {
            log::debug!("{error}");
        }
    }

    pub(super) fn note_end(&self, end: impl FnOnce() -> Ended) {
        if self.is_kept() {
            self.note(Step::Ended(end()));
        }
    }

    /// Has a state confirmed between its two lines.
    pub(super) fn confirming(
        &self,
        state: UploadState,
        send: impl FnOnce() -> Result<String, Error>,
    ) -> Result<String, Error> {
        self.guard(Step::Sending(state))?;
        let started = Instant::now();
        let answer = send();
        self.note_end(|| {
            let answer = answer.as_ref().map(String::as_str);
            ended(Some(state), answer, started.elapsed())
        });
        answer
    }
}
