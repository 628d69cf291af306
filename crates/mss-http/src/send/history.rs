//! The attempts of one call, and the error that they end in.

use std::{sync::Arc, time::Duration};

use mss_core::{
    Failure, FileId, Operation, Outcome, PutContent, PutPart, UnexpectedAnswer, combined_outcome,
    explain::Report,
    retry::{RetryAfter, StopReason},
};

use super::Failed;
use crate::{
    Attempt, Error, ErrorKind,
    error::{Parts, Redactor},
    event::{AttemptEvent, Observer},
    fork,
};

/// The answer to an attempt that succeeded.
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Only for a hook.
    pub(crate) request_id: Option<String>,
}

/// The failed attempts of one call.
pub(crate) struct History {
    operation: &'static str,
    subject: Option<String>,
    attempts: Vec<Attempt>,
    outcomes: Vec<Failure>,
    kind: ErrorKind,
    source: Option<std::io::Error>,
    retry_after: Option<Duration>,
    registered: Option<FileId>,
    explanation: Option<Arc<Report>>,
}

impl History {
    pub(crate) fn new(operation: &'static str, subject: Option<&str>) -> Self {
        Self {
            operation,
            subject: subject.map(str::to_owned),
            attempts: Vec::new(),
            outcomes: Vec::new(),
            kind: ErrorKind::Cancelled,
            source: None,
            retry_after: None,
            registered: None,
            explanation: None,
        }
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn last_reason(&self) -> &str {
        self.attempts
            .last()
            .map_or("", |attempt| attempt.message.as_str())
    }

    pub(crate) fn add(&mut self, redactor: &Redactor, failed: Failed, duration: Duration) {
        self.kind = failed.kind;
        self.retry_after = failed.retry_after.map(RetryAfter::wait);
        self.source = failed.source;
        self.registered = failed.registered.map(|id| *id);
        self.explanation = failed.explanation;
        self.outcomes.push(failed.failure);
        self.attempts.push(Attempt {
            status: failed.status,
            error_code: failed.error_code.map(|code| redactor.clean(code)),
            message: redactor.clean(failed.message),
            request_id: failed.request_id.map(|id| redactor.clean(id)),
            outcome: failed.failure.outcome(),
            duration,
        });
    }

    /// Tells of the last attempt.
    pub(crate) fn tell(&self, observer: &Observer, retry_in: Option<Duration>) {
        if let Some(last) = self.attempts.last() {
            observer.tell(&AttemptEvent {
                operation: self.operation,
                subject: self.subject.as_deref(),
                attempt: self.len(),
                status: last.status,
                error_code: last.error_code.as_deref(),
                request_id: last.request_id.as_deref(),
                duration: last.duration,
                outcome: last.outcome,
                error: Some(self.kind),
                retry_in,
            });
        }
    }

    /// Tells of the attempt that ended the call well.
    pub(crate) fn tell_success(
        &self,
        (observer, redactor): (&Observer, &Redactor),
        answered: Answered,
        duration: Duration,
    ) {
        let request_id = answered.request_id.map(|id| redactor.clean(id));
        observer.tell(&AttemptEvent {
            operation: self.operation,
            subject: self.subject.as_deref(),
            attempt: self.len() + 1,
            status: Some(answered.status),
            error_code: None,
            request_id: request_id.as_deref(),
            duration,
            outcome: Outcome::Applied,
            error: None,
            retry_in: None,
        });
    }

    /// Adds to what the last attempt said.
    pub(crate) fn explain(&mut self, text: &str) {
        if let Some(last) = self.attempts.last_mut() {
            last.message = format!("{}; {text}", last.message);
        }
    }

    /// The error of a call that was cancelled between two attempts.
    pub(crate) fn cancelled(mut self) -> Error {
        self.kind = ErrorKind::Cancelled;
        self.source = None;
        let mut error = self.parts(StopReason::NotRetryable);
        error.reason = if error.attempts.is_empty() {
            fork::why_ended().to_owned()
        } else {
            format!("{} after: {}", fork::why_ended(), error.reason)
        };
        Error::new(error)
    }

    pub(crate) fn into_error(self, reason: StopReason) -> Error {
        Error::new(self.parts(reason))
    }

    fn parts(self, reason: StopReason) -> Parts {
        let outcome = combined_outcome(self.outcomes.iter().copied());
        let last = self.outcomes.last().map(|failure| failure.outcome());
        let refused_after_doubt = outcome == Outcome::Unknown && last == Some(Outcome::NotApplied);
        let answered = self
            .attempts
            .last()
            .is_some_and(|attempt| attempt.status.is_some());
        // A content may be put twice, so doubt about an earlier attempt is no news there.
        let is_call = !matches!(self.operation, PutContent::NAME | PutPart::NAME);
        Parts {
            kind: if refused_after_doubt && answered && is_call && self.kind != ErrorKind::Cancelled
            {
                ErrorKind::OutcomeUnknown
            } else {
                self.kind
            },
            operation: self.operation,
            reason: self.last_reason().to_owned(),
            subject: match &self.registered {
                Some(id) => Some(id.to_string()),
                None => self.subject,
            },
            attempts: self.attempts,
            outcome,
            retry_after: match reason {
                StopReason::RetryAfter(wait) => Some(wait),
                _ => self.retry_after,
            },
            source: self.source,
            registered: self.registered,
            upload: None,
            explanation: self.explanation,
        }
    }
}

/// The error for a file that was registered with a URL that isn't trusted. It names the file, which
/// exists now.
pub(crate) fn untrusted<O: Operation>(
    file_id: &FileId,
    request_id: &str,
    unexpected: &UnexpectedAnswer,
) -> Error {
    let mut history = History::new(O::NAME, Some(file_id.as_str()));
    history.outcomes.push(Failure::Untrusted);
    history.kind = ErrorKind::UnexpectedResponse;
    history.registered = Some(file_id.clone());
    history.attempts.push(Attempt {
        status: None,
        error_code: None,
        message: unexpected.to_string(),
        request_id: Some(request_id.to_owned()).filter(|id| !id.is_empty()),
        outcome: Outcome::Unknown,
        duration: Duration::ZERO,
    });
    history.into_error(StopReason::NotRetryable)
}
