//! The one loop that sends, waits and tries again.

use std::time::{Duration, Instant};

use http::{
    Request, Response,
    header::{LOCATION, RETRY_AFTER},
};
use mss_core::{
    Failure, FileId, Operation, Outcome, PutContent, PutPart, ServiceError, UnexpectedAnswer,
    check_success, combined_outcome, request_id,
    retry::{Decision, RetryAfter, Situation, StopReason},
};
use time::OffsetDateTime;

use crate::{
    Attempt, Error, ErrorKind,
    client::{Settings, Shared},
    error::{Parts, Redactor},
    transport::{Call, Exchanged, Fault, FaultKind, Limits, exchange},
};

/// Sends an operation until it succeeds, is refused, or can't be tried again.
pub(crate) fn send<O: Operation>(
    shared: &Shared,
    settings: &Settings,
    operation: &O,
) -> Result<O::Response, Error> {
    let mut history = History::new(O::NAME, operation.subject());
    let in_turn = || settings.pacer.wait::<O>(&settings.interrupt);
    if !in_turn() {
        return Err(history.cancelled());
    }
    let started = Instant::now();
    let mut fresh_connection = false;
    loop {
        let attempt_started = Instant::now();
        let attempt = attempt(shared, settings, operation, started, fresh_connection);
        let attempt = match attempt {
            Err(error) if history.len() > 0 => {
                return Err(error.following(history.into_error(StopReason::NotRetryable)));
            }
            attempt => attempt?,
        };
        let failed = match attempt {
            Ok(response) => {
                shared.quota(|quota| quota.note_success(!history.attempts.is_empty()));
                return Ok(response);
            }
            Err(failed) => failed,
        };
        let situation = Situation {
            attempts: history.len() + 1,
            failure: failed.failure,
            idempotency: O::IDEMPOTENCY,
            elapsed: started.elapsed(),
            retry_after: failed.retry_after,
            jitter: fastrand::f64(),
        };
        let counts = !matches!(failed.failure, Failure::Status { status: 429, .. });
        history.add(&shared.redactor, failed, attempt_started.elapsed());
        match settings.policy.decide(&situation) {
            Decision::Stop(reason) => return Err(history.into_error(reason)),
            Decision::Retry { .. }
                if counts && !shared.quota(mss_core::retry::RetryQuota::take) =>
            {
                return Err(history.into_error(StopReason::AttemptsUsed));
            }
            Decision::Retry {
                after,
                fresh_connection: fresh,
            } => {
                log::debug!("{} again in {after:?}: {}", O::NAME, history.last_reason());
                if !settings.interrupt.sleep(after) || !in_turn() {
                    return Err(history.cancelled());
                }
                fresh_connection = fresh;
            }
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

/// One attempt. The outer error is one that no attempt could change.
fn attempt<O: Operation>(
    shared: &Shared,
    settings: &Settings,
    operation: &O,
    started: Instant,
    fresh_connection: bool,
) -> Result<Result<O::Response, Failed>, Error> {
    let mut request = operation
        .request(&shared.target())
        .map_err(|error| Error::invalid_input(O::NAME, &error).with_subject(operation.subject()))?;
    check_destination::<O>(shared, &request)?;
    let now = OffsetDateTime::now_utc();
    shared
        .authorizer
        .authorize(&mut request, &shared.project_id, now)
        .map_err(|error| {
            Error::unsent(ErrorKind::InvalidInput, O::NAME, error.to_string())
                .with_subject(operation.subject())
        })?;
    let limits = Limits {
        deadline: Some(Instant::now() + settings.policy.attempt_time(started.elapsed())),
        connect: settings.connect,
        stall: None,
        answer: O::ANSWER_LIMIT,
    };
    let call = Call::new(limits, settings.interrupt.clone(), fresh_connection);
    Ok(match exchange(&shared.agent, request, call) {
        Ok(exchanged) => judge(shared, operation, exchanged, now),
        Err(fault) => Err(fault.into()),
    })
}

/// Credentials go to the client's endpoint and nowhere else, whatever an operation asks for.
fn check_destination<O: Operation>(
    shared: &Shared,
    request: &Request<Vec<u8>>,
) -> Result<(), Error> {
    if shared.endpoint.is_origin_of(request.uri()) {
        return Ok(());
    }
    let problem = format!("the operation's request doesn't go to {}", shared.endpoint);
    Err(Error::unsent(ErrorKind::InvalidInput, O::NAME, problem))
}

fn judge<O: Operation>(
    shared: &Shared,
    operation: &O,
    exchanged: Exchanged,
    now: OffsetDateTime,
) -> Result<O::Response, Failed> {
    let Exchanged { answer, body_fault } = exchanged;
    let status = answer.status().as_u16();
    if !(200..300).contains(&status) {
        return Err(Failed::refused(shared, &answer, now));
    }
    if let Some(fault) = body_fault {
        return Err(Failed {
            status: Some(status),
            request_id: request_id(answer.headers()).map(str::to_owned),
            ..Failed::from(fault)
        });
    }
    check_success(&answer, shared.lenient)
        .and_then(|()| operation.parse(&answer))
        .map_err(|unexpected| Failed {
            kind: ErrorKind::UnexpectedResponse,
            failure: Failure::Untrusted,
            status: Some(status),
            error_code: None,
            message: unexpected.to_string(),
            request_id: request_id(answer.headers()).map(str::to_owned),
            retry_after: None,
            registered: unexpected.registered().cloned().map(Box::new),
            source: None,
        })
}

/// Why one attempt failed, in full.
pub(crate) struct Failed {
    pub(crate) kind: ErrorKind,
    pub(crate) failure: Failure,
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<RetryAfter>,
    /// The file that exists now, though the answer can't be used.
    pub(crate) registered: Option<Box<FileId>>,
    pub(crate) source: Option<std::io::Error>,
}

impl Failed {
    fn refused(shared: &Shared, answer: &Response<Vec<u8>>, now: OffsetDateTime) -> Self {
        let status = answer.status();
        let error = ServiceError::parse(&shared.redactor.clean_body(answer.body()));
        let throttled = error
            .code
            .as_deref()
            .is_some_and(|code| code.ends_with(".0308"));
        let kind = ErrorKind::of_status(status.as_u16());
        let message = match kind {
            ErrorKind::UnexpectedRedirect => redirect_text(answer),
            _ => error.message.unwrap_or_else(|| {
                status
                    .canonical_reason()
                    .unwrap_or("no reason given")
                    .to_owned()
            }),
        };
        Self {
            kind,
            failure: Failure::Status {
                status: status.as_u16(),
                throttled,
            },
            status: Some(status.as_u16()),
            error_code: error.code,
            message,
            request_id: request_id(answer.headers())
                .map(str::to_owned)
                .or(error.request_id),
            retry_after: header(answer, &RETRY_AFTER)
                .and_then(|value| RetryAfter::parse(value, now)),
            registered: None,
            source: None,
        }
    }
}

impl From<(Fault, Failure)> for Failed {
    fn from((fault, failure): (Fault, Failure)) -> Self {
        Self {
            kind: match fault.kind {
                FaultKind::Cancelled => ErrorKind::Cancelled,
                FaultKind::Timeout => ErrorKind::Timeout,
                FaultKind::Resolve => ErrorKind::Resolve,
                FaultKind::Connect => ErrorKind::Connect,
                FaultKind::Tls => ErrorKind::Tls,
                FaultKind::Proxy => ErrorKind::Proxy,
                FaultKind::Disconnected => ErrorKind::Disconnected,
                FaultKind::Protocol => ErrorKind::Protocol,
                FaultKind::TooLong => ErrorKind::UnexpectedResponse,
                FaultKind::Source => ErrorKind::Source,
            },
            failure,
            status: None,
            error_code: None,
            message: fault.to_string(),
            request_id: None,
            retry_after: None,
            registered: None,
            source: fault.source,
        }
    }
}

/// The host of a redirect is worth knowing; the rest of its URL can hold anything.
pub(crate) fn redirect_text(answer: &Response<Vec<u8>>) -> String {
    let location = header(answer, &LOCATION).and_then(|value| value.parse::<http::Uri>().ok());
    match location.as_ref().and_then(http::Uri::host) {
        Some(host) => format!("redirected to {host}; it was not followed"),
        None => "redirected; it was not followed".to_owned(),
    }
}

pub(crate) fn header<'a>(
    answer: &'a Response<Vec<u8>>,
    name: &http::HeaderName,
) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
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
            "cancelled by the caller".to_owned()
        } else {
            format!("cancelled by the caller after: {}", error.reason)
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
        }
    }
}
