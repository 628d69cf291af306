//! The fuse that keeps a key from being locked, as a pure decision: the time is an argument.

use std::{mem, time::Duration};

use http::Response;
use time::OffsetDateTime;

use crate::{ServiceError, check_success, clock::TOLERANCE, refusal::Refusal, request_id};

/// How long a fuse stays open after a refusal: as long as the gateway locks a key.
const OPEN_FOR: Duration = Duration::from_secs(5 * 60);

/// Guards one key of one process. More than five failures within five minutes lock a key, for
/// everyone who uses it; so a refused key or signature isn't tried again by every call that
/// waits in a queue.
///
/// Until one signed call was accepted, one is in flight at a time; so again when this machine's
/// clock was set meanwhile, for then a signature may be as wrong as with another key. A refusal
/// opens the fuse: calls fail at once with the first refusal, `R`, for five minutes; then one call
/// tries again. Other credentials want a fuse of their own, also where only the secret is another.
///
/// A caller shows [`Fuse::see_clock`] the clock and asks [`Fuse::enter`] before each signed
/// attempt, and hands the ticket back with [`Fuse::report`], also when the attempt was given up.
/// `now` is the time since some fixed moment; it never goes back.
///
/// Source: [the gateway on authentication errors](https://support.huaweicloud.com/intl/en-us/apig_faq/apig-faq-0003.html).
///
/// ```
/// use std::time::Duration;
/// use mss_core::{Entry, Fuse, Verdict};
///
/// let mut fuse = Fuse::default();
/// let now = Duration::ZERO;
/// let Entry::Go(ticket) = fuse.enter(now) else { unreachable!() };
/// assert!(matches!(fuse.enter(now), Entry::Wait));
/// fuse.report(ticket, Verdict::Refused("verify aksk signature fail"), now);
/// let Entry::Refused { first, retry_in } = fuse.enter(now) else { unreachable!() };
/// assert_eq!((first, retry_in.as_secs()), ("verify aksk signature fail", 300));
/// ```
#[derive(Debug, Clone)]
pub struct Fuse<R> {
    state: State<R>,
    /// Numbers the tickets, so that a late report is known from the one that is waited for.
    next: u64,
    /// Tickets below this were given out before the clock was corrected: their refusals are the
    /// same one.
    corrected_at: Option<u64>,
    /// What this machine's clock showed at the fixed moment, as it goes now.
    began: Option<OffsetDateTime>,
}

#[derive(Debug, Clone)]
enum State<R> {
    /// No call was accepted yet, or none since the fuse was open: one at a time.
    Unproven { in_flight: Option<u64> },
    /// A call was accepted.
    Proven,
    /// A call was refused.
    Open { first: R, until: Duration },
}

/// Whether a call may be sent.
#[derive(Debug)]
pub enum Entry<R> {
    /// Yes. The ticket has to be reported, whatever becomes of the call.
    Go(Ticket),
    /// Not yet: another call finds out whether the key is good. To be asked again after each
    /// report.
    Wait,
    /// No, and nothing was sent.
    Refused {
        /// The refusal that opened the fuse.
        first: R,
        /// When a call may try again.
        retry_in: Duration,
    },
}

/// The leave to send one attempt.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "calls may wait until the ticket is reported"]
pub struct Ticket(u64);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<R> {
    /// The gateway accepted the signature.
    Accepted,
    /// The gateway refused key or signature, and says this.
    Refused(R),
    /// The gateway refused the signature for its time, and the clock was corrected since. The
    /// repeat asks to enter as any call does. Such refusals follow each other once at most: the
    /// second in a row counts as [`Verdict::Refused`].
    ClockCorrected(R),
    /// Nothing is known about the key: no answer, a proxy's page, another error, given up.
    Inconclusive,
}

impl Verdict<()> {
    /// What an answer says about the key. A refusal is status 401 with a code of the gateway; not
    /// a proxy's page, not a 403. A token that has to be renewed (number 0307) is none: no key
    /// locks for it. An error of the service behind the gateway says that the gateway let the
    /// call pass.
    pub fn of(answer: &Response<Vec<u8>>) -> Self {
        let is_success = answer.status().is_success() && check_success(answer, false).is_ok();
        if is_success || is_error_of_the_service(answer) {
            return Self::Accepted;
        }
        match Refusal::error(answer).and_then(|error| error.code) {
            Some(code) if !code.ends_with(".0307") => Self::Refused(()),
            _ => Self::Inconclusive,
        }
    }

    /// The same with the refusal that later calls are answered with.
    pub fn with<R>(self, refusal: impl FnOnce() -> R) -> Verdict<R> {
        match self {
            Self::Accepted => Verdict::Accepted,
            Self::Refused(()) => Verdict::Refused(refusal()),
            Self::ClockCorrected(()) => Verdict::ClockCorrected(refusal()),
            Self::Inconclusive => Verdict::Inconclusive,
        }
    }
}

/// Whether an answer is an error with a code that isn't the gateway's. Of a 401 it isn't known who
/// says it.
fn is_error_of_the_service(answer: &Response<Vec<u8>>) -> bool {
    let is_error = answer.status().is_client_error() || answer.status().is_server_error();
    if !is_error || answer.status() == 401 || request_id(answer.headers()).is_none() {
        return false;
    }
    let code = ServiceError::parse(answer.body()).code;
    code.is_some_and(|code| !code.starts_with("APIG"))
}

impl<R> Default for Fuse<R> {
    fn default() -> Self {
        Self {
            state: State::Unproven { in_flight: None },
            next: 0,
            corrected_at: None,
            began: None,
        }
    }
}

impl<R: Clone> Fuse<R> {
    /// Takes note of what this machine's clock shows. If it was set since the last look, or stood
    /// still with the machine, the next call goes alone and shows whether the gateway still agrees.
    pub fn see_clock(&mut self, wall: OffsetDateTime, now: Duration) {
        let began = time::Duration::try_from(now)
            .ok()
            .and_then(|now| wall.checked_sub(now));
        let before = mem::replace(&mut self.began, began);
        let was_set = before
            .zip(began)
            .is_some_and(|(a, b)| (a - b).abs() > TOLERANCE);
        if was_set && !self.is_open() {
            self.state = State::Unproven { in_flight: None };
        }
    }

    /// Asks whether a call may be sent now.
    pub fn enter(&mut self, now: Duration) -> Entry<R> {
        if let State::Open { first, until } = &self.state {
            let retry_in = until.saturating_sub(now);
            if !retry_in.is_zero() {
                return Entry::Refused {
                    first: first.clone(),
                    retry_in,
                };
            }
            self.state = State::Unproven { in_flight: None };
        }
        if let State::Unproven { in_flight } = &mut self.state {
            if in_flight.is_some() {
                return Entry::Wait;
            }
            *in_flight = Some(self.next);
        }
        let ticket = Ticket(self.next);
        self.next += 1;
        Entry::Go(ticket)
    }

    /// Takes a ticket back. Whoever waits has to ask again then.
    #[allow(clippy::needless_pass_by_value)] // a ticket is reported once
    pub fn report(&mut self, ticket: Ticket, verdict: Verdict<R>, now: Duration) {
        let Ticket(number) = ticket;
        let is_awaited = match &mut self.state {
            State::Unproven { in_flight } if *in_flight == Some(number) => {
                *in_flight = None;
                true
            }
            _ => false,
        };
        match verdict {
            // Of a call that began before the doubt it proves nothing.
            Verdict::Accepted if is_awaited => {
                self.state = State::Proven;
                self.corrected_at = None;
            }
            Verdict::Accepted | Verdict::Inconclusive => {}
            Verdict::Refused(refusal) => self.open(refusal, now),
            Verdict::ClockCorrected(refusal) => {
                let is_second = self.corrected_at.is_some_and(|at| number >= at);
                if is_second || matches!(self.state, State::Open { .. }) {
                    self.open(refusal, now);
                } else if self.corrected_at.is_none() {
                    self.doubt();
                }
            }
        }
    }

    /// Takes note that this is a forked process now: calls that were under way never end here. A
    /// refusal stays known, since the gateway counts over all processes.
    pub fn after_fork(&mut self) {
        if !self.is_open() {
            self.state = State::Unproven { in_flight: None };
        }
        self.corrected_at = None;
    }

    /// Whether calls fail at once, as far as is known without looking at the time.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// The first refusal stays what is said; each later one, of a call that was in flight, makes
    /// the time longer.
    fn open(&mut self, refusal: R, now: Duration) {
        let end = now.saturating_add(OPEN_FOR);
        if let State::Open { until, .. } = &mut self.state {
            *until = end.max(*until);
        } else {
            self.state = State::Open {
                first: refusal,
                until: end,
            };
        }
        self.corrected_at = None;
    }

    /// After a correction of the clock one call shows whether it helped.
    fn doubt(&mut self) {
        self.corrected_at = Some(self.next);
        if matches!(self.state, State::Proven) {
            self.state = State::Unproven { in_flight: None };
        }
    }
}

#[cfg(test)]
mod tests;
