//! A thread of a batch: takes a confirmation, sends it, hands in what became of it.

use std::{cell::Cell, sync::Arc, thread, time::Instant};

use mss_core::ConfirmFileUpload;

use super::{confirmation::Ended, line::Line};
use crate::{
    Client, Error, ErrorKind,
    journal::{self, Journal, Record},
};

/// What a thread needs to do a job.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) client: Client,
    pub(super) journal: Option<Journal>,
}

/// Tells the calling thread when this one is gone before its time.
struct Watched<'a>(&'a Line);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.note_panic();
        }
    }
}

/// Works until there are no more jobs.
pub(super) fn work(line: &Arc<Line>, tools: &Tools) {
    let watched = Watched(line);
    let mut next = line.take();
    while let Some(job) = next {
        let number = job.number();
        next = line.end_and_take(number, tools.confirm(job.entry, job.confirm));
    }
    drop(watched);
}

impl Tools {
    /// Sends a confirmation, when the journal says on disk that it will be sent, and then says
    /// there what became of it.
    pub(super) fn confirm(&self, entry: u64, confirm: ConfirmFileUpload) -> Ended {
        let state = confirm.state();
        let started = Cell::new(Instant::now());
        let before = || {
            started.set(Instant::now());
            match &self.journal {
                Some(journal) => journal.append_synced(&[Record::sending(entry, state)]),
                None => Ok(()),
            }
        };
        let (result, attempts, status) = match self.client.execute_after(&confirm, &before) {
            Ok(sent) => (Ok(sent.response), sent.attempts, Some(sent.status)),
            Err(error) if error.kind() == ErrorKind::Cancelled && error.attempts().is_empty() => {
                return unsent(confirm);
            }
            Err(error) => {
                let attempts = u32::try_from(error.attempts().len()).unwrap_or(u32::MAX);
                let status = error.status();
                (Err(error), attempts, status)
            }
        };
        let ended = Ended {
            state,
            file_id: confirm.into_file_id(),
            result,
            status,
            attempts,
            elapsed: started.get().elapsed(),
        };
        if let Some(journal) = &self.journal
            && let Some(record) = record(&ended)
        {
            // Nothing depends on this line: without it the entry counts as not known. The next
            // that is to be sent finds the journal broken.
            let _ = journal.append(&[Record::ended(entry, record)]);
        }
        ended
    }
}

/// None where the journal let nothing be begun, so that the entry stays as it was planned.
fn record(ended: &Ended) -> Option<journal::Ended> {
    let mut record = journal::Ended::new(ended.outcome());
    match &ended.result {
        Ok(confirmed) => {
            record.request_id = Some(confirmed.request_id.clone()).filter(|id| !id.is_empty());
        }
        Err(error) if error.kind() == ErrorKind::Journal => return None,
        Err(error) => {
            record.kind = Some(error.kind().as_str().to_owned());
            record.error_code = error.error_code().map(str::to_owned);
            record.request_id = error.request_id().map(str::to_owned);
            record.set_message(error.message());
        }
    }
    record.status = ended.status;
    record.attempts = Some(ended.attempts);
    record.ms = u64::try_from(ended.elapsed.as_millis()).ok();
    Some(record)
}

/// What becomes of a confirmation whose turn doesn't come any more. Its entry stays as it was.
pub(super) fn unsent(confirm: ConfirmFileUpload) -> Ended {
    let error = Error::unsent(
        ErrorKind::Cancelled,
        <ConfirmFileUpload as mss_core::Operation>::NAME,
        "not sent: the batch was ended before its turn came",
    );
    Ended {
        state: confirm.state(),
        result: Err(error.with_subject(Some(confirm.file_id().as_str()))),
        file_id: confirm.into_file_id(),
        status: None,
        attempts: 0,
        elapsed: std::time::Duration::ZERO,
    }
}
