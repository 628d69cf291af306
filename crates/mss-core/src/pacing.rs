//! How fast calls may follow one another, as a pure decision: the time is an argument.

use std::time::Duration;

use crate::Endpoint;

/// Calls that share a limit. What isn't listed by the documents counts as a file call, the
/// slowest: they don't say which calls share a quota.
///
/// Source: [limits](https://support.huaweicloud.com/intl/en-us/productdesc-metastudio/metastudio_01_0010.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallClass {
    /// CreateFile, CreateLargeFile, ConfirmFileUpload, DeleteFile.
    Files,
    /// CreateDigitalAsset.
    CreateAsset,
    /// Changing, deleting and restoring assets.
    ChangeAsset,
    /// ShowAsset.
    ShowAsset,
}

impl CallClass {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Files,
        Self::CreateAsset,
        Self::ChangeAsset,
        Self::ShowAsset,
    ];

    /// Documented calls a second for a tenant at this endpoint; `None` on this machine, where
    /// nothing is shared. A region that the documents don't list is taken for a slow one.
    pub fn documented_rate(self, endpoint: &Endpoint) -> Option<f64> {
        if endpoint.is_loopback() {
            return None;
        }
        let fast = endpoint.authority() == "metastudio.cn-north-4.myhuaweicloud.com";
        let file_rate = if fast { 10.0 } else { 5.0 };
        Some(match self {
            Self::Files | Self::CreateAsset | Self::ChangeAsset => file_rate,
            Self::ShowAsset => 2.0 * file_rate,
        })
    }
}

/// Spaces calls evenly: whatever window the service counts in, none of them holds more calls than
/// the rate allows.
///
/// ```
/// use std::time::Duration;
/// use mss_core::Pace;
///
/// let mut pace = Pace::per_second(10.0);
/// let now = Duration::from_secs(7);
/// assert_eq!(pace.reserve(now), Duration::ZERO);
/// assert_eq!(pace.reserve(now), Duration::from_millis(100));
/// assert_eq!(pace.reserve(now), Duration::from_millis(200));
/// ```
#[derive(Debug, Clone)]
pub struct Pace {
    interval: Duration,
    /// When the next call may begin.
    next: Duration,
}

impl Pace {
    /// Fewest and most calls a second that can be asked for.
    pub const RATES: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

    /// So many calls a second, within [`Pace::RATES`]; what lies beyond is taken for its end.
    pub fn per_second(rate: f64) -> Self {
        let rate = rate.clamp(*Self::RATES.start(), *Self::RATES.end());
        Self {
            interval: Duration::from_secs_f64(1.0 / rate),
            next: Duration::ZERO,
        }
    }

    /// Takes the next place in the line and says how long to wait for it. `now` is the time since
    /// some fixed moment; it never goes back.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let start = self.next.max(now);
        self.next = start.saturating_add(self.interval);
        start.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times at which calls go out whose callers come at these times.
    fn starts(rate: f64, arrivals: impl IntoIterator<Item = Duration>) -> Vec<Duration> {
        let mut pace = Pace::per_second(rate);
        let arrivals = arrivals.into_iter();
        arrivals.map(|now| now + pace.reserve(now)).collect()
    }

    fn most_in_a_second(starts: &[Duration]) -> usize {
        let within = |from: Duration| {
            let same = |it: &&Duration| (from..from + Duration::from_secs(1)).contains(*it);
            starts.iter().filter(same).count()
        };
        starts.iter().map(|it| within(*it)).max().unwrap()
    }

    #[test]
    fn no_second_holds_more_calls_than_the_rate() {
        for rate in [5.0, 10.0, 20.0] {
            let crowd = starts(rate, (0..500).map(|at| Duration::from_micros(at * 900)));
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let allowed = rate as usize;
            assert_eq!(most_in_a_second(&crowd), allowed);
            let took = crowd.last().unwrap().as_secs_f64() - crowd[0].as_secs_f64();
            assert!((took - 499.0 / rate).abs() < 1e-6, "none is wasted: {took}");
        }
    }

    #[test]
    fn who_comes_late_doesnt_wait_and_leaves_no_credit() {
        let day = Duration::from_secs(86_400);
        let burst = std::iter::repeat_n(day, 20);
        let starts = starts(10.0, [Duration::ZERO].into_iter().chain(burst));
        assert_eq!(starts[1], day);
        assert_eq!(most_in_a_second(&starts[1..]), 10);
    }

    #[test]
    fn odd_rates_make_no_odd_waits() {
        for rate in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 1e300] {
            let mut pace = Pace::per_second(if rate.is_nan() { 1.0 } else { rate });
            pace.reserve(Duration::MAX);
            pace.reserve(Duration::MAX);
        }
    }

    #[test]
    fn rates_are_the_documented_ones() {
        let rates = |url: &str| {
            let endpoint = Endpoint::parse(url, false).unwrap();
            CallClass::ALL.map(|class| class.documented_rate(&endpoint))
        };
        let fast = [10.0, 10.0, 10.0, 20.0].map(Some);
        let slow = [5.0, 5.0, 5.0, 10.0].map(Some);
        assert_eq!(
            rates("https://metastudio.cn-north-4.myhuaweicloud.com"),
            fast
        );
        assert_eq!(
            rates("https://metastudio.cn-east-3.myhuaweicloud.com"),
            slow
        );
        assert_eq!(rates("https://metastudio.example"), slow);
        assert_eq!(rates("http://127.0.0.1:8080"), [None; 4]);
    }
}
