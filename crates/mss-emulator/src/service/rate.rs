//! A token bucket with room for one second's calls.

use time::OffsetDateTime;

/// One call, in the bucket's unit: a billionth, so that time needs no rounding.
const CALL: u128 = 1_000_000_000;

pub(super) struct Limiter {
    calls_per_second: u32,
    available: u128,
    filled_at: Option<OffsetDateTime>,
}

impl Limiter {
    pub(super) fn new(calls_per_second: u32) -> Self {
        Self {
            calls_per_second,
            available: u128::from(calls_per_second) * CALL,
            filled_at: None,
        }
    }

    pub(super) fn calls_per_second(&self) -> u32 {
        self.calls_per_second
    }

    /// Takes one call out, if there is one.
    pub(super) fn admits(&mut self, now: OffsetDateTime) -> bool {
        self.fill(now);
        match self.available.checked_sub(CALL) {
            Some(rest) => {
                self.available = rest;
                true
            }
            None => false,
        }
    }

    fn fill(&mut self, now: OffsetDateTime) {
        let rate = u128::from(self.calls_per_second);
        let passed = self.filled_at.map_or(0, |before| {
            // A clock that was set back fills nothing.
            u128::try_from((now - before).whole_nanoseconds()).unwrap_or(0)
        });
        self.filled_at = Some(now);
        self.available = passed
            .saturating_mul(rate)
            .saturating_add(self.available)
            .min(rate * CALL);
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn a_second_lets_through_its_quota() {
        let mut now = OffsetDateTime::UNIX_EPOCH;
        let mut limiter = Limiter::new(3);
        let mut admitted = |now| (0..10).filter(|_| limiter.admits(now)).count();
        assert_eq!(admitted(now), 3);
        assert_eq!(admitted(now), 0);
        now += Duration::milliseconds(334);
        assert_eq!(admitted(now), 1);
        now -= Duration::hours(1);
        assert_eq!(admitted(now), 0);
        now += Duration::days(1000);
        assert_eq!(admitted(now), 3);
    }

    #[test]
    fn no_quota_lets_nothing_through() {
        assert!(!Limiter::new(0).admits(OffsetDateTime::UNIX_EPOCH));
    }
}
