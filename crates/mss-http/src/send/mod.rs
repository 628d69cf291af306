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
    pacer::{Place, Turn},
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
    let pacer = &settings.pacer;
    let in_turn = |place| pacer.wait(S::CLASS, place, &settings.interrupt);
    if in_turn(Place::New) != Turn::Taken {
        return Err(history.cancelled());
    }
    before()?;
    let began = Instant::now();
    let started = began.checked_sub(spent).unwrap_or(began);
    let mut sender = Sender::new(shared, settings, started);
    let deadline = started + settings.policy.total;
    // Attempts that aren't the caller's: the same call in another form, and for a batch what was
    // refused for the rate, which says nothing about the call.
    let mut uncounted = 0;
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
                pacer.served(S::CLASS);
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
                uncounted += 1;
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
        let answer = (failure, retry_after, history.last_reason());
        pacer.failed(S::CLASS, attempt_started, answer);
        let mut situation = Situation {
            attempts: history.len() - uncounted,
            failure,
            idempotency: S::IDEMPOTENCY,
            elapsed: started.elapsed(),
            retry_after,
            jitter: fastrand::f64(),
        };
        let counts = !matches!(failure, Failure::Status { status: 429, .. });
        let decision = if !counts && pacer.is_of_a_batch() {
            uncounted += 1;
            situation.attempts = uncounted;
            let in_line = pacer.paces(S::CLASS);
            settings.policy.decide_in_batch(&situation, in_line)
        } else {
            settings.policy.decide(&situation)
        };
        let stop = match decision {
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
                if !settings.interrupt.sleep(after) {
                    return Err(history.cancelled());
                }
                fresh_connection = fresh;
                match in_turn(Place::Again(deadline)) {
                    Turn::Taken => continue,
                    Turn::Cancelled => return Err(history.cancelled()),
                    Turn::TooLate => return Err(history.into_error(StopReason::TimeUsed)),
                }
            }
        };
        history.tell(&shared.observer, None);
        return Err(history.into_error(stop));
    }
}
