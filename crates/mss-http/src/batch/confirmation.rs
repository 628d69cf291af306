//! What comes out of a batch.

use std::{collections::VecDeque, time::Duration};

use mss_core::{ConfirmedUpload, FileId, Outcome, UploadState};

use super::NAME;
use crate::{Error, ErrorKind};

/// What became of one item of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirmation {
    /// Place of the item in the input, from 0.
    pub index: u64,
    /// The file's id, or what stood in its place.
    pub subject: Box<str>,
    /// The state that was to be reported; none where the item held no such thing.
    pub state: Option<UploadState>,
    /// The confirmation, or why it isn't known to be applied.
    pub result: Result<ConfirmedUpload, Error>,
    /// Status of the last answer; none where there was none.
    pub status: Option<u16>,
    /// Requests that were made for it.
    pub attempts: u32,
    /// How long it took from the first of them to the end of the last, waits in between included.
    pub elapsed: Duration,
    /// Nothing was sent for this item: the result is that of the same confirmation earlier in the
    /// batch, or in its journal. Of a failure it has kind, status, code and request id.
    pub is_repeat: bool,
}

impl Confirmation {
    /// Whether the service has the confirmation.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            Ok(_) => Outcome::Applied,
            Err(error) => error.outcome(),
        }
    }

    /// Error code of the last answer, as the service spelled it.
    pub fn error_code(&self) -> Option<&str> {
        self.result.as_ref().err()?.error_code()
    }

    /// The service's id of the request that settled it.
    pub fn request_id(&self) -> Option<&str> {
        match &self.result {
            Ok(confirmed) => Some(confirmed.request_id.as_str()).filter(|id| !id.is_empty()),
            Err(error) => error.request_id(),
        }
    }

    pub(super) fn unsent(
        index: u64,
        subject: Box<str>,
        state: Option<UploadState>,
        error: Error,
    ) -> Self {
        Self {
            index,
            subject,
            state,
            status: error.status(),
            result: Err(error),
            attempts: 0,
            elapsed: Duration::ZERO,
            is_repeat: false,
        }
    }
}

/// A confirmation that a thread has ended.
pub(super) struct Ended {
    pub(super) file_id: FileId,
    pub(super) state: UploadState,
    pub(super) result: Result<ConfirmedUpload, Error>,
    pub(super) status: Option<u16>,
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
}

impl Ended {
    pub(super) fn outcome(&self) -> Outcome {
        match &self.result {
            Ok(_) => Outcome::Applied,
            Err(error) => error.outcome(),
        }
    }

    pub(super) fn at(self, index: u64) -> Confirmation {
        Confirmation {
            index,
            subject: self.file_id.as_str().into(),
            state: Some(self.state),
            result: self.result,
            status: self.status,
            attempts: self.attempts,
            elapsed: self.elapsed,
            is_repeat: false,
        }
    }
}

/// What a cancelled batch leaves behind: of the items that were pulled so many wait for being handed
/// out, and what was sent of them has ended.
pub(super) fn cancelled(pulled: u64, waiting: usize, ended: &VecDeque<Ended>) -> Error {
    let handed_out = pulled - waiting as u64;
    let count = |outcome| ended.iter().filter(|it| it.outcome() == outcome).count();
    let (applied, unknown) = (count(Outcome::Applied), count(Outcome::Unknown));
    let rest = waiting - applied - unknown;
    let text = format!(
        "cancelled by the caller; {handed_out} results were handed out before; of the {waiting} \
         other items that were begun {applied} are applied, {unknown} unknown, {rest} not applied; \
         nothing more is sent"
    );
    let error = Error::unsent(ErrorKind::Cancelled, NAME, text);
    match unknown {
        0 => error,
        _ => error.with_outcome(Outcome::Unknown),
    }
}
