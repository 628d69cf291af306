//! The one loop that sends, waits and tries again.

mod attempt;
mod caller;
mod failed;
mod history;
mod sendable;

use std::time::{Duration, Instant};

use mss_core::{
    Failure,
    retry::{Decision, RetryQuota, Situation, StopReason},
};

pub(crate) use caller::{credentials, no_credentials};
pub(crate) use failed::{Failed, header, redirect_text};
pub(crate) use history::{History, untrusted};
pub(crate) use sendable::{AtProject, Sendable};

use crate::{
    Error,
    client::{Settings, Shared},
};
use attempt::{Attempted, Sender};

/// A call that was accepted.
pub(crate) struct Sent<R> {
    pub(crate) response: R,
    pub(crate) status: u16,
    /// Requests that it took.
    pub(crate) attempts: u32,
}

/// Sends a call until it succeeds, is refused, or can't be tried again. `spent` is the part of its
/// time that is over already.
pub(crate) fn send<S: Sendable>(
    shared: &Shared,
    settings: &Settings,
    call: &S,
    spent: Duration,
) -> Result<Sent<S::Response>, Error> {
    send_after(shared, settings, call, spent, &|| Ok(()))
}

/// The same, and when its turn has come `before` is asked first: its error is the call's.
pub(crate) fn send_after<S: Sendable>(
    shared: &Shared,
    settings: &Settings,
    call: &S,
    spent: Duration,
    before: &dyn Fn() -> Result<(), Error>,
) -> Result<Sent<S::Response>, Error> {
    let mut history = History::new(S::NAME, call.subject());
    let in_turn = || settings.pacer.wait(S::CLASS, &settings.interrupt);
    if !in_turn() {
        return Err(history.cancelled());
    }
    before()?;
    let began = Instant::now();
    let started = began.checked_sub(spent).unwrap_or(began);
    let mut sender = Sender::new(shared, settings, started);
    let mut repeats = 0;
    let mut fresh_connection = false;
    loop {
        let attempt_started = Instant::now();
        let attempted = match sender.attempt(call, fresh_connection) {
            Err(error) if history.len() > 0 => {
                return Err(error.following(history.into_error(StopReason::NotRetryable)));
            }
            attempted => attempted?,
        };
        let (failed, again) = match attempted {
            Attempted::Done(response, status) => {
                shared.quota(|quota| quota.note_success(history.len() > 0));
                return Ok(Sent {
                    response,
                    status,
                    attempts: history.len() + 1,
                });
            }
            Attempted::Failed(failed) => (failed, false),
            Attempted::Again(failed) => (failed, true),
        };
        if again {
            // The same call in another form: none of the attempts that the caller grants.
            repeats += 1;
            history.add(&shared.redactor, failed, attempt_started.elapsed());
            log::debug!("{} again at once: {}", S::NAME, history.last_reason());
            continue;
        }
        let situation = Situation {
            attempts: history.len() + 1 - repeats,
            failure: failed.failure,
            idempotency: S::IDEMPOTENCY,
            elapsed: started.elapsed(),
            retry_after: failed.retry_after,
            jitter: fastrand::f64(),
        };
        let counts = !matches!(failed.failure, Failure::Status { status: 429, .. });
        history.add(&shared.redactor, failed, attempt_started.elapsed());
        match settings.policy.decide(&situation) {
            Decision::Stop(reason) => return Err(history.into_error(reason)),
            Decision::Retry { .. } if counts && !shared.quota(RetryQuota::take) => {
                return Err(history.into_error(StopReason::AttemptsUsed));
            }
            Decision::Retry {
                after,
                fresh_connection: fresh,
            } => {
                log::debug!("{} again in {after:?}: {}", S::NAME, history.last_reason());
                if !settings.interrupt.sleep(after) || !in_turn() {
                    return Err(history.cancelled());
                }
                fresh_connection = fresh;
            }
        }
    }
}
