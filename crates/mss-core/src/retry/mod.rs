//! "Should we try again?", as a pure decision: no clock, no dice, no sleep.

mod after;
mod limit;
mod quota;

use std::time::Duration;

pub use after::RetryAfter;
pub use limit::NamedLimit;
pub use quota::RetryQuota;

use crate::{Failure, Idempotency, Phase};

/// First back-off, doubled from attempt to attempt.
const BACKOFF: Duration = Duration::from_millis(200);

/// First back-off after 429: the documented limits count by the second.
const BACKOFF_THROTTLED: Duration = Duration::from_secs(1);

/// Longest back-off.
const BACKOFF_CAP: Duration = Duration::from_secs(10);

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts altogether, at least 1.
    pub max_attempts: u32,
    /// Time for all attempts and the waits between them.
    pub total: Duration,
    /// Time for one attempt.
    pub per_attempt: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, 20 s for one, 60 s for all.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            total: Duration::from_secs(60),
            per_attempt: Duration::from_secs(20),
        }
    }
}

/// What is known when an attempt has failed.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// How many attempts were made, the failed one included.
    pub attempts: u32,
    /// Why the last one failed.
    pub failure: Failure,
    /// Whether the call may be repeated.
    pub idempotency: Idempotency,
    /// Time since the first attempt began.
    pub elapsed: Duration,
    /// What the answer's `Retry-After` says.
    pub retry_after: Option<RetryAfter>,
    /// A random number, 0.0 to 1.0.
    pub jitter: f64,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait this long, then try again.
    Retry {
        /// How long to wait.
        after: Duration,
        /// Whether a connection of its own is wanted, because kept ones have gone stale.
        fresh_connection: bool,
    },
    /// Give up.
    Stop(StopReason),
}

/// Why no further attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The failure is one that another attempt can't change, or must not follow.
    NotRetryable,
    /// All attempts were used.
    AttemptsUsed,
    /// The time for all attempts would be over before the next one.
    TimeUsed,
    /// The server asked for more time than there is; come back after it.
    RetryAfter(Duration),
}

impl RetryPolicy {
    /// Decides about the next attempt: the deadline wins over everything, a definite answer is
    /// never asked for again, `Retry-After` is honoured, and otherwise a random wait up to the
    /// doubled back-off ("full jitter") keeps many clients from coming back at once.
    pub fn decide(&self, situation: &Situation) -> Decision {
        let Situation {
            attempts, failure, ..
        } = *situation;
        if !may_retry(failure, situation.idempotency) {
            return Decision::Stop(StopReason::NotRetryable);
        }
        let left = self.total.saturating_sub(situation.elapsed);
        let asked = situation
            .retry_after
            .map(RetryAfter::wait)
            .unwrap_or_default();
        if asked >= left && !asked.is_zero() {
            return Decision::Stop(StopReason::RetryAfter(asked));
        }
        if attempts >= self.max_attempts {
            return Decision::Stop(StopReason::AttemptsUsed);
        }
        let stale = matches!(failure, Failure::NoAnswer { stale: true, .. });
        let after = if stale && attempts == 1 {
            Duration::ZERO
        } else {
            asked.max(backoff(failure, attempts).mul_f64(situation.jitter.clamp(0.0, 1.0)))
        };
        if after >= left {
            return Decision::Stop(StopReason::TimeUsed);
        }
        Decision::Retry {
            after,
            fresh_connection: stale,
        }
    }

    /// Decides about a call of a batch that was answered with 429. That says nothing about the
    /// call, so it costs none of its attempts: only its time ends it, or a `Retry-After` beyond
    /// that. Who allows one attempt only wants nothing to be sent twice, and gets that. `attempts`
    /// counts the refusals, for the back-off; there is none where a line of calls decides whose turn
    /// it is.
    pub fn decide_in_batch(&self, situation: &Situation, in_line: bool) -> Decision {
        let max_attempts = if self.max_attempts > 1 { u32::MAX } else { 1 };
        let patient = Self {
            max_attempts,
            ..*self
        };
        let mut situation = *situation;
        if in_line {
            situation.jitter = 0.0;
        }
        match patient.decide(&situation) {
            Decision::Retry {
                fresh_connection, ..
            } if in_line => Decision::Retry {
                after: Duration::ZERO,
                fresh_connection,
            },
            decision => decision,
        }
    }

    /// Time that the next attempt may take.
    pub fn attempt_time(&self, elapsed: Duration) -> Duration {
        self.per_attempt.min(self.total.saturating_sub(elapsed))
    }
}

fn may_retry(failure: Failure, idempotency: Idempotency) -> bool {
    let repeatable = idempotency == Idempotency::Repeatable;
    match failure {
        Failure::NoAnswer { lasting: true, .. } | Failure::Untrusted => false,
        Failure::NoAnswer { phase, .. } => phase == Phase::BeforeWrite || repeatable,
        Failure::Status {
            status: 408 | 429, ..
        }
        | Failure::Status {
            status: 503,
            throttled: true,
        } => true,
        Failure::Status {
            status: 500 | 502 | 503 | 504,
            ..
        } => repeatable,
        Failure::Status { .. } => false,
    }
}

fn backoff(failure: Failure, attempts: u32) -> Duration {
    let first = match failure {
        Failure::Status { status: 429, .. }
        | Failure::Status {
            throttled: true, ..
        } => BACKOFF_THROTTLED,
        _ => BACKOFF,
    };
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    first.saturating_mul(doubled).min(BACKOFF_CAP)
}

#[cfg(test)]
mod tests;
