//! The limit that the text of a refusal names.

use std::time::Duration;

/// Highest number of calls that is taken for a limit.
const MOST_CALLS: f64 = 1e9;

/// Longest time that is taken for a limit's.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// So many calls in such a time, as a gateway says when it refuses one for the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedLimit {
    calls: f64,
    period: Duration,
}

impl NamedLimit {
    /// Reads what stands behind `limit:` and `time:` in a refusal's text, such as
    /// `policy user over ratelimit,limit:10,time:1 minute`. None where it isn't there or makes no
    /// sense: no calls, no time, a time above a day, other words.
    ///
    /// The text isn't documented; gateways write it all the same.
    pub fn parse(text: &str) -> Option<Self> {
        // The word also ends "ratelimit", which is followed by a comma.
        let (_, rest) = text.split_once("limit:")?;
        let (calls, rest) = rest.split_once(',')?;
        let (number, unit) = split_number(rest.trim_start().strip_prefix("time:")?.trim_start())?;
        let calls: f64 = whole(calls.trim())?;
        let letters = unit
            .trim_start()
            .split(|letter: char| !letter.is_ascii_alphabetic());
        let seconds = match letters.into_iter().next()?.to_ascii_lowercase().as_str() {
            "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return None,
        };
        let period = Duration::try_from_secs_f64(number * seconds).ok()?;
        let makes_sense =
            (1.0..=MOST_CALLS).contains(&calls) && !period.is_zero() && period <= LONGEST;
        makes_sense.then_some(Self { calls, period })
    }

    /// Calls a second, on average.
    pub fn per_second(self) -> f64 {
        self.calls / self.period.as_secs_f64()
    }

    /// The time in which the calls are counted.
    pub fn period(self) -> Duration {
        self.period
    }
}

fn split_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((whole(number)?, rest))
}

fn whole(text: &str) -> Option<f64> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn f36_the_limit_that_a_text_names_is_read() {
        let read =
            |text| NamedLimit::parse(text).map(|it| (it.per_second(), it.period().as_secs()));
        for (text, expected) in [
            ("limit:10,time:1 second", (10.0, 1)),
            ("limit:600,time:1 minute", (10.0, 60)),
            ("policy api over ratelimit,limit:5,time:1 second.", (5.0, 1)),
            ("limit: 200 , time: 10 Seconds, and more", (20.0, 10)),
            ("limit:7200,time:1 hour", (2.0, 3_600)),
            ("limit:86400,time:1day", (1.0, 86_400)),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn f36_nonsense_names_no_limit() {
        for text in [
            "",
            "limit:",
            "limit:10",
            "limit:10,time:",
            "limit:10,time:1",
            "limit:10,time:1 parsec",
            "limit:10,time:0 second",
            "limit:0,time:1 second",
            "limit:-1,time:1 second",
            "limit:1e9,time:1 second",
            "limit:inf,time:1 second",
            "limit:NaN,time:1 second",
            "limit:1.5,time:1 second",
            "limit:١,time:1 second",
            "limit:10,time:99999999999999999999 second",
            "limit:99999999999999999999,time:1 second",
            "limit:10,time:2 days",
            "limit:10;time:1 second",
            "time:1 second,limit:10",
        ] {
            assert_eq!(NamedLimit::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn f36_no_text_is_too_odd(text in "(?s).{0,40}", calls in "[0-9a-z.]{0,30}", unit in ".{0,10}") {
            let _ = NamedLimit::parse(&text);
            let composed = format!("{text}limit:{calls},time:{calls} {unit}second");
            if let Some(limit) = NamedLimit::parse(&composed) {
                prop_assert!(limit.per_second() > 0.0 && limit.per_second().is_finite());
            }
        }
    }
}
