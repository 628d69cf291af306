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
pub(crate) use history::{Answered, History, untrusted};
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
        let (failed, then) = match attempted {
            Attempted::Done(response, answered) => {
                shared.quota(|quota| quota.note_success(history.len() > 0));
                let (status, attempts) = (answered.status, history.len() + 1);
                if shared.observer.is_watching() {
                    let told = (&shared.observer, &shared.redactor);
                    history.tell_success(told, answered, attempt_started.elapsed());
                }
                return Ok(Sent {
                    response,
                    status,
                    attempts,
                });
            }
            Attempted::Failed(failed) => (failed, None),
            Attempted::Left(failed, error) => (failed, Some(Err(error))),
            Attempted::Again(failed) => (failed, Some(Ok(()))),
        };
        let (failure, retry_after) = (failed.failure, failed.retry_after);
        history.add(&shared.redactor, failed, attempt_started.elapsed());
        match then {
            Some(Ok(())) => {
                // The same call in another form: none of the attempts that the caller grants.
                repeats += 1;
                history.tell(&shared.observer, Some(Duration::ZERO));
                log::debug!("{} again at once: {}", S::NAME, history.last_reason());
                continue;
            }
            Some(Err(error)) => {
                history.tell(&shared.observer, None);
                return Err(error.following(history.into_error(StopReason::NotRetryable)));
            }
            None => {}
        }
        let situation = Situation {
            attempts: history.len() - repeats,
            failure,
            idempotency: S::IDEMPOTENCY,
            elapsed: started.elapsed(),
            retry_after,
            jitter: fastrand::f64(),
        };
        let counts = !matches!(failure, Failure::Status { status: 429, .. });
        let stop = match settings.policy.decide(&situation) {
            Decision::Stop(reason) => reason,
            Decision::Retry { .. } if counts && !shared.quota(RetryQuota::take) => {
                StopReason::AttemptsUsed
            }
            Decision::Retry {
                after,
                fresh_connection: fresh,
            } => {
                history.tell(&shared.observer, Some(after));
                log::debug!("{} again in {after:?}: {}", S::NAME, history.last_reason());
                if !settings.interrupt.sleep(after) || !in_turn() {
                    return Err(history.cancelled());
                }
                fresh_connection = fresh;
                continue;
            }
        };
        history.tell(&shared.observer, None);
        return Err(history.into_error(stop));
    }
}
