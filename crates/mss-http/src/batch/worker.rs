//! A thread of a batch: takes a confirmation, sends it, hands in what became of it.

use std::{sync::Arc, thread, time::Instant};

use mss_core::ConfirmFileUpload;

use super::{confirmation::Ended, line::Line};
use crate::{Client, ErrorKind};

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
pub(super) fn work(line: &Arc<Line>, client: &Client) {
    let watched = Watched(line);
    let mut next = line.take();
    while let Some(job) = next {
        let number = job.number();
        next = line.end_and_take(number, confirm(client, job.confirm));
    }
    drop(watched);
}

pub(super) fn confirm(client: &Client, confirm: ConfirmFileUpload) -> Ended {
    let started = Instant::now();
    let (result, attempts, status) = match client.execute_counted(&confirm) {
        Ok(sent) => (Ok(sent.response), sent.attempts, Some(sent.status)),
        Err(error) => {
            let attempts = u32::try_from(error.attempts().len()).unwrap_or(u32::MAX);
            let status = error.status();
            (Err(error), attempts, status)
        }
    };
    Ended {
        state: confirm.state(),
        file_id: confirm.into_file_id(),
        result,
        status,
        attempts,
        elapsed: started.elapsed(),
    }
}

/// What becomes of a confirmation that no thread takes any more.
pub(super) fn unsent(confirm: ConfirmFileUpload) -> Ended {
    let error = crate::Error::unsent(
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
