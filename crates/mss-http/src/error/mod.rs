//! The one error of a client.

mod attempt;
mod display;
mod kind;
mod redact;

use std::{fmt, io, sync::Arc, time::Duration};

use mss_core::{FileId, InvalidInput, Outcome, explain::Report};

pub use attempt::Attempt;
pub use kind::ErrorKind;
pub(crate) use redact::Redactor;

/// Why a call failed, and what that means for it: was it applied, was it not, or can't it be
/// known.
///
/// Its text is one line for a person: what failed, on which file, what was answered, whether it
/// was applied, what to do. Programs look at [`Error::outcome`] first and at [`Error::kind`] then.
///
/// ```no_run
/// use mss_http::{Client, Outcome, UploadState};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = Client::builder().region("cn-north-4").build()?;
/// # let file_id = "f".parse()?;
/// if let Err(error) = client.confirm_file_upload(&file_id, UploadState::Created) {
///     match error.outcome() {
///         Outcome::NotApplied => eprintln!("try again later: {error}"),
///         _ => eprintln!("look at the asset first: {error}"),
///     }
/// }
/// # Ok(()) }
/// ```
pub struct Error(Box<Parts>);

pub(crate) struct Parts {
    pub(crate) kind: ErrorKind,
    pub(crate) operation: &'static str,
    pub(crate) subject: Option<String>,
    pub(crate) reason: String,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) outcome: Outcome,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) source: Option<io::Error>,
    pub(crate) registered: Option<FileId>,
    pub(crate) upload: Option<crate::upload::UploadFailure>,
    pub(crate) explanation: Option<Arc<Report>>,
}

impl Error {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Box::new(parts))
    }

    /// An error before anything was sent.
    pub(crate) fn unsent(
        kind: ErrorKind,
        operation: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self::new(Parts {
            kind,
            operation,
            subject: None,
            reason: reason.into(),
            attempts: Vec::new(),
            outcome: Outcome::NotApplied,
            retry_after: None,
            source: None,
            registered: None,
            upload: None,
            explanation: None,
        })
    }

    /// Other than with a single call, something may have been sent although it has no attempts.
    fn is_of_a_cancelled_batch(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled && self.0.operation == crate::batch::NAME
    }

    /// An error that is known already, of which its last attempt was kept.
    pub(crate) fn repeated(
        operation: &'static str,
        kind: ErrorKind,
        subject: &str,
        last: Attempt,
    ) -> Self {
        let mut error = Self::unsent(kind, operation, last.message.clone());
        error.0.outcome = last.outcome;
        error.0.attempts.push(last);
        error.with_subject(Some(subject))
    }

    pub(crate) fn invalid_input(operation: &'static str, error: &InvalidInput) -> Self {
        Self::unsent(ErrorKind::InvalidInput, operation, error.to_string())
    }

    pub(crate) fn with_subject(mut self, subject: Option<&str>) -> Self {
        self.0.subject = subject.map(str::to_owned);
        self
    }

    pub(crate) fn with_source(mut self, source: io::Error) -> Self {
        self.0.source = Some(source);
        self
    }

    pub(crate) fn with_explanation(mut self, explanation: Option<Arc<Report>>) -> Self {
        self.0.explanation = explanation;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// What else is known.
    pub(crate) fn adding(mut self, text: &str) -> Self {
        self.0.reason = format!("{}; {text}", self.0.reason);
        self
    }

    /// The same call after an earlier one.
    pub(crate) fn following(mut self, earlier: Self) -> Self {
        if self.0.outcome == Outcome::NotApplied && earlier.0.outcome != Outcome::NotApplied {
            if self.status().is_some() && self.0.kind != ErrorKind::Cancelled {
                self.0.kind = ErrorKind::OutcomeUnknown;
            }
            self.0.outcome = Outcome::Unknown;
        }
        self.0.attempts.splice(0..0, earlier.0.attempts);
        self
    }

    /// The same attempts, explained by a change of the local file.
    pub(crate) fn caused_by_source(mut self, source: io::Error) -> Self {
        self.0.kind = ErrorKind::Source;
        self.0.reason = format!("the content {source}: {}", self.0.reason);
        self.0.source = Some(source);
        self
    }

    pub(crate) fn with_upload(mut self, failure: crate::upload::UploadFailure) -> Self {
        self.0.upload = Some(failure);
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The vendor's name of the call, or what else was being done.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The file that the call was about: its id, or its name before it had one.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Whether the call was applied. Of several attempts one that may have been applied is enough
    /// to make it [`Outcome::Unknown`].
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// All attempts, in their order; empty when none was begun.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// The last answer's status.
    pub fn status(&self) -> Option<u16> {
        self.last()?.status
    }

    /// The last answer's error code, as the service spelled it. It is opaque text.
    pub fn error_code(&self) -> Option<&str> {
        self.last()?.error_code.as_deref()
    }

    /// What the last answer said, else what went wrong. Without secrets.
    pub fn message(&self) -> &str {
        &self.0.reason
    }

    /// The service's id of the last answered request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0
            .attempts
            .iter()
            .rev()
            .find_map(|attempt| attempt.request_id.as_deref())
    }

    /// How long the server wants to be left alone, where it asked for more time than there was.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The file that the call has registered, though its answer can't be used. It is open until
    /// it is confirmed as FAILED or CANCELLED.
    pub fn registered(&self) -> Option<&FileId> {
        self.0.registered.as_ref()
    }

    /// Why a signature was refused, where one was: what the gateway or the object store computed
    /// it from beside what was signed and sent. It holds no secrets.
    pub fn explanation(&self) -> Option<&Report> {
        self.0.explanation.as_deref()
    }

    /// Where an upload stood when it failed; none for single calls.
    pub fn upload(&self) -> Option<&crate::upload::UploadFailure> {
        self.0.upload.as_ref()
    }

    /// Whether a byte of any attempt was written, whatever was answered.
    pub(crate) fn anything_was_sent(&self) -> bool {
        let sent = |it: &Attempt| it.status.is_some() || it.outcome != Outcome::NotApplied;
        self.attempts().iter().any(sent)
    }

    fn last(&self) -> Option<&Attempt> {
        self.0.attempts.last()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("outcome", &self.outcome())
            .field("text", &self.to_string())
            .field("attempts", &self.attempts())
            .field("upload", &self.upload())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.0.source.as_ref()?;
        Some(source)
    }
}
