//! The `Retry-After` header.

use std::time::Duration;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// Longest wait that a header can ask for; what is longer is cut to it. A day is more than any
/// caller's budget, so the number only bounds arithmetic.
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A `Retry-After` that makes sense: how long the server wants to be left alone.
///
/// The vendor doesn't document the header; proxies and gateways send it all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(Duration);

impl RetryAfter {
    /// Reads a header's value: whole seconds, or a date, for which `now` is needed. Negative
    /// numbers, infinities and other texts are as good as no header; a date that has passed
    /// asks for no wait.
    pub fn parse(value: &str, now: OffsetDateTime) -> Option<Self> {
        let value = value.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds = value.parse().unwrap_or(u64::MAX);
            return Some(Self(Duration::from_secs(seconds).min(MAX)));
        }
        let at = OffsetDateTime::parse(value, &Rfc2822).ok()?;
        let wait = Duration::try_from(at - now).unwrap_or_default();
        Some(Self(wait.min(MAX)))
    }

    /// How long to wait.
    pub fn wait(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f36_numbers_and_dates_are_read_and_nonsense_is_not() {
        let now = OffsetDateTime::parse("Sun, 06 Nov 1994 08:49:37 GMT", &Rfc2822).unwrap();
        let seconds = |value| RetryAfter::parse(value, now).map(|after| after.wait().as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 2 "), Some(2));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:39 GMT"), Some(2));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:30 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(86_400));
        for nonsense in [
            "", "-1", "+1", "1e9", "inf", "NaN", "soon", "1.5", "0x10", "١",
        ] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }
}
