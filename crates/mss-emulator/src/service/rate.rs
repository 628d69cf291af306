//! Which calls are too many.

use std::str::FromStr;

use time::OffsetDateTime;

/// How a rate limit counts. The vendor doesn't say how its gateway does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Limiter {
    /// A bucket that holds one second's quota and fills evenly.
    #[default]
    TokenBucket,
    /// So many calls in each second of the clock.
    FixedWindow,
    /// No two calls closer together than the rate says.
    Spacing,
}

/// No such limiter; the message names those that there are.
#[derive(Debug, thiserror::Error)]
#[error("no limiter is called {0:?}; there are token-bucket, fixed-window and spacing")]
pub struct UnknownLimiter(String);

impl FromStr for Limiter {
    type Err = UnknownLimiter;

    fn from_str(name: &str) -> Result<Self, UnknownLimiter> {
        match name {
            "token-bucket" => Ok(Self::TokenBucket),
            "fixed-window" => Ok(Self::FixedWindow),
            "spacing" => Ok(Self::Spacing),
            _ => Err(UnknownLimiter(name.to_owned())),
        }
    }
}

/// One call, in the unit of what is left: a billionth, so that time needs no rounding.
const CALL: u128 = 1_000_000_000;

/// Lets so many calls a second through.
pub(super) struct Gate {
    limiter: Limiter,
    calls_per_second: u32,
    available: u128,
    /// The last call, or its second where seconds are counted.
    last: Option<OffsetDateTime>,
}

impl Gate {
    pub(super) fn new(limiter: Limiter, calls_per_second: u32) -> Self {
        Self {
            limiter,
            calls_per_second,
            available: u128::from(calls_per_second) * CALL,
            last: None,
        }
    }

    pub(super) fn calls_per_second(&self) -> u32 {
        self.calls_per_second
    }

    /// Takes one call out, if there is one.
    pub(super) fn admits(&mut self, now: OffsetDateTime) -> bool {
        let rate = u128::from(self.calls_per_second);
        match self.limiter {
            Limiter::TokenBucket => {
                let filled = self.passed(now).saturating_mul(rate);
                self.last = Some(now);
                self.available = self.available.saturating_add(filled).min(rate * CALL);
            }
            Limiter::FixedWindow => {
                let second = now.truncate_to_second();
                // A clock that was set back is in a second of its own.
                if self.last != Some(second) {
                    self.last = Some(second);
                    self.available = rate * CALL;
                }
            }
            Limiter::Spacing => {
                let is_first = self.last.is_none() && rate > 0;
                if !is_first && self.passed(now).saturating_mul(rate) < CALL {
                    return false;
                }
                self.last = Some(now);
                return true;
            }
        }
        let rest = self.available.checked_sub(CALL);
        self.available = rest.unwrap_or(self.available);
        rest.is_some()
    }

    /// Nanoseconds since the last call; none by a clock that was set back.
    fn passed(&self, now: OffsetDateTime) -> u128 {
        self.last.map_or(0, |last| {
            u128::try_from((now - last).whole_nanoseconds()).unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    /// How many of ten calls at each of these times are let through.
    fn admitted<const N: usize>(limiter: Limiter, milliseconds: [i64; N]) -> [usize; N] {
        let mut gate = Gate::new(limiter, 3);
        milliseconds.map(|at| {
            let now = START + Duration::milliseconds(at);
            (0..10).filter(|_| gate.admits(now)).count()
        })
    }

    #[test]
    fn a_bucket_holds_a_seconds_quota() {
        let hour = 3_600_000;
        assert_eq!(
            admitted(Limiter::TokenBucket, [0, 10, 334, -hour, hour, hour + 700]),
            [3, 0, 1, 0, 3, 2]
        );
    }

    #[test]
    fn a_window_is_a_second_of_the_clock() {
        assert_eq!(
            admitted(Limiter::FixedWindow, [900, 999, 1_000, 1_999, 2_000, 100]),
            [3, 0, 3, 0, 3, 3]
        );
    }

    #[test]
    fn spacing_lets_one_call_through_at_a_time() {
        assert_eq!(
            admitted(Limiter::Spacing, [0, 333, 334, 600, 10_000, 10_100, -5_000]),
            [1, 0, 1, 0, 1, 0, 0]
        );
    }

    #[test]
    fn no_quota_lets_nothing_through() {
        for limiter in [Limiter::TokenBucket, Limiter::FixedWindow, Limiter::Spacing] {
            assert!(!Gate::new(limiter, 0).admits(START), "{limiter:?}");
        }
    }
}
