//! A service that is asked for credentials: its calls are tried three times, and what it says is
//! told without a secret.

use std::time::{Duration, Instant};

use http::{Request, Response, header::RETRY_AFTER};
use mss_core::{
    Failure, Idempotency, InvalidInput, Phase, Secret, ServiceError, UnexpectedAnswer,
    identity::trace_id,
    request_id,
    retry::{Decision, RetryAfter, RetryPolicy, Situation},
};
use time::OffsetDateTime;

use super::{Loading, NotFound, Unanswered, Way, Why};
use crate::{
    ErrorKind,
    error::Redactor,
    send::{header, redirect_text},
};

/// Time for one call to IAM or STS.
pub(super) const ATTEMPT: Duration = Duration::from_secs(20);

/// How often a call is tried that failed for a reason that may pass.
const ATTEMPTS: u32 = 3;

/// A service, and how it is asked.
pub(super) struct Service<'a> {
    loading: &'a Loading<'a>,
    /// As a message names it: `IAM at https://iam.myhuaweicloud.com`.
    name: String,
    way: Way,
    attempt: Duration,
    /// Whether it is only asked to find out if it is there.
    is_guess: bool,
    idempotency: Idempotency,
    redactor: Redactor,
}

impl<'a> Service<'a> {
    pub(super) fn new(loading: &'a Loading<'a>, name: impl Into<String>) -> Self {
        Self {
            loading,
            name: name.into(),
            way: Way::Usual,
            attempt: ATTEMPT,
            is_guess: false,
            idempotency: Idempotency::Repeatable,
            redactor: Redactor::default(),
        }
    }

    /// It is next to this machine: no proxy, and little time.
    pub(super) fn nearby(self, attempt: Duration) -> Self {
        let way = Way::Direct;
        Self {
            way,
            attempt,
            ..self
        }
    }

    /// It may well not be there: connecting is tried once.
    pub(super) fn guessed(self, is_guess: bool) -> Self {
        Self { is_guess, ..self }
    }

    /// What was heard isn't said again: each time may count as a failure.
    pub(super) fn asked_once(self) -> Self {
        let idempotency = Idempotency::NotRepeatable;
        Self {
            idempotency,
            ..self
        }
    }

    /// What is sent to it, and must not come back in a message.
    pub(super) fn keeping(self, secret: &Secret) -> Self {
        // A JSON text that is repeated in another one is escaped twice.
        let once = escaped(secret);
        let twice = escaped(&once);
        let redactor = self.redactor.with([secret.clone(), once, twice]);
        Self { redactor, ..self }
    }

    /// Asks until there is an answer of success, or one that another attempt can't change.
    pub(super) fn ask(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        self.ask_until(request, |answer| answer.status().is_success())
    }

    /// As [`Service::ask`], where other answers are as good.
    pub(super) fn ask_until(
        &self,
        request: &Request<Vec<u8>>,
        is_good: impl Fn(&Response<Vec<u8>>) -> bool,
    ) -> Result<Response<Vec<u8>>, Unanswered> {
        let started = Instant::now();
        let policy = RetryPolicy {
            max_attempts: ATTEMPTS,
            total: self.loading.deadline.saturating_duration_since(started),
            per_attempt: self.attempt,
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (attempt, deadline) = (self.attempt, self.loading.deadline);
            let asked = self
                .loading
                .fetch
                .send(self.way, request.clone(), attempt, deadline);
            let (failure, retry_after) = match &asked {
                Ok(answer) if is_good(answer) => return asked,
                Ok(answer) => Self::failure_of(answer),
                Err(unanswered) => (unanswered.failure, None),
            };
            if self.is_guess && was_not_heard(failure) {
                return asked;
            }
            let situation = Situation {
                attempts,
                failure,
                idempotency: self.idempotency,
                elapsed: started.elapsed(),
                retry_after,
                jitter: fastrand::f64(),
            };
            match policy.decide(&situation) {
                Decision::Retry { after, .. } => std::thread::sleep(after),
                Decision::Stop(_) => return asked,
            }
        }
    }

    fn failure_of(answer: &Response<Vec<u8>>) -> (Failure, Option<RetryAfter>) {
        let status = answer.status().as_u16();
        let now = OffsetDateTime::now_utc();
        let retry_after =
            header(answer, &RETRY_AFTER).and_then(|value| RetryAfter::parse(value, now));
        let failure = Failure::Status {
            status,
            // What these services say when they haven't looked at the request.
            throttled: status == 503,
        };
        (failure, retry_after)
    }

    /// As [`Service::ask`], for an answer of success.
    pub(super) fn get(
        &self,
        request: Result<Request<Vec<u8>>, InvalidInput>,
    ) -> Result<Response<Vec<u8>>, NotFound> {
        let request = request.map_err(|error| NotFound::new(Why::Invalid, error.to_string()))?;
        let answer = self
            .ask(&request)
            .map_err(|unanswered| self.silent(&unanswered))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(self.refused(&answer))
    }

    /// There was no answer.
    pub(super) fn silent(&self, unanswered: &Unanswered) -> NotFound {
        let problem = self.redactor.clean(unanswered.problem.clone());
        let problem = format!("{} didn't answer: {problem}", self.name);
        NotFound::new(Why::Failed(unanswered.kind), problem)
    }

    /// The answer isn't what the document promises.
    pub(super) fn unexpected(&self, unexpected: &UnexpectedAnswer) -> NotFound {
        let problem = format!("{} didn't answer as it should: {unexpected}", self.name);
        NotFound::new(Why::Failed(ErrorKind::UnexpectedResponse), problem)
    }

    /// The answer says no.
    pub(super) fn refused(&self, answer: &Response<Vec<u8>>) -> NotFound {
        let status = answer.status().as_u16();
        let why = match ErrorKind::of_status(status) {
            ErrorKind::Authentication
            | ErrorKind::PermissionDenied
            | ErrorKind::NotFound
            | ErrorKind::Rejected => Why::Refused,
            kind => Why::Failed(kind),
        };
        let problem = format!("{} answered {}", self.name, self.said(answer));
        NotFound::new(why, problem)
    }

    /// Status, code and message of an answer, and the id under which its sender knows it.
    fn said(&self, answer: &Response<Vec<u8>>) -> String {
        let status = answer.status();
        let mut said = status.as_u16().to_string();
        if status.is_redirection() {
            return format!("{said}: {}", redirect_text(answer));
        }
        let error = ServiceError::parse(&self.redactor.clean_body(answer.body()));
        // IAM's newer answers repeat the status where others have a code.
        let code = error.code.filter(|code| *code != said);
        if let Some(code) = code {
            said = format!("{said} {code}");
        }
        // Of a page there is nothing to be learnt.
        let message = error.message.filter(|message| !message.starts_with('<'));
        if let Some(message) = message.or(status.canonical_reason().map(str::to_owned)) {
            said = format!("{said}: {message}");
        }
        let headers = answer.headers();
        let id = trace_id(headers)
            .or_else(|| request_id(headers))
            .map(str::to_owned);
        match id.or(error.request_id) {
            Some(id) => format!("{said} (request {})", self.redactor.clean(id)),
            None => said,
        }
    }
}

fn escaped(secret: &Secret) -> Secret {
    Secret::new(secret.expose().replace('\\', r"\\").replace('"', r#"\""#))
}

/// Whether nobody took a byte of the request.
pub(super) fn was_not_heard(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::NoAnswer {
            phase: Phase::BeforeWrite,
            ..
        }
    )
}
