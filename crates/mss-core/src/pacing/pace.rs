//! The rate at which calls go out, as refusals teach it.

use std::time::Duration;

use super::recent::Recent;
use crate::retry::{NamedLimit, RetryAfter};

/// Lowest rate that refusals lead to, in calls a second. A service that refuses everything is still
/// asked every few seconds.
const FLOOR: f64 = 0.1;

/// What a service is taken for that refuses calls and doesn't say how many it allows, where no rate
/// was documented or set.
const GUESS: f64 = 10.0;

/// A process that was refused though the limit is all its own stays below it by this factor: its
/// calls don't arrive as evenly as they go out.
const BELOW_THE_LIMIT: f64 = 0.985;

/// Which part of the limit, served within a second, shows that nobody else uses it.
const ALONE: f64 = 0.9;

/// For so long after a refusal, being served nearly all of the limit doesn't show it: it may be
/// that the others have given way.
const DOUBT: Duration = Duration::from_secs(15);

/// How many processes the numbers below expect to share a limit. With fewer or more it takes longer
/// to find the shares.
const SHARERS: f64 = 4.0;

/// A named limit is believed for so long after the last refusal; limits get raised.
const BELIEF: Duration = Duration::from_secs(600);

/// `Retry-After` up to this holds the batch as long as it says.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a longer `Retry-After` comes to: the calls that it meets fail, and the next ones ask again
/// at the lowest rate.
const PAUSE_INSTEAD: Duration = Duration::from_secs(10);

/// How far a start may lag behind its time and still be made up for: what a busy machine does. Once
/// there were refusals it is less, since calls that are made up for come in a crowd.
const LAG: [f64; 2] = [0.1, 0.05];

/// Rate at which calls begin where none is known, in calls a second; kept for the first
/// [`GENTLE`], then doubled every [`DOUBLING`], until nothing is held back any more.
const FIRST_RATE: f64 = 500.0;
const GENTLE: f64 = 0.02;
const DOUBLING: f64 = 0.004;
const DOUBLINGS: f64 = 5.5;

/// Says when the next call may begin, from what became of the ones before.
///
/// Calls go out evenly, at the rate that is documented or set, and never faster. A refusal for the
/// rate (429) lowers it: the first one to the part of the limit that this process seems to get, any
/// other by a few per cent, or by more if it comes soon after the last. Then the rate goes back to
/// where it was, stays near it for a while, and grows beyond, ever faster, until the next refusal.
/// The larger the share, the larger the step down, so processes that don't know of one another come
/// to equal shares. Each call is late by a random part of its interval, lest the calls of one
/// process take every place in the moment in which it becomes free.
///
/// The numbers were found by simulation; the tests repeat it.
///
/// ```
/// use std::time::Duration;
/// use mss_core::Pace;
///
/// let mut pace = Pace::per_second(10.0);
/// let now = Duration::from_secs(7);
/// // The jitter is 0: this call goes at once, the next one 100 ms later.
/// assert_eq!(pace.take(now, 0.0), Duration::ZERO);
/// assert_eq!(pace.take(now, 0.0), Duration::from_millis(100));
/// assert_eq!(pace.take(now + Duration::from_millis(100), 0.0), Duration::ZERO);
/// ```
#[derive(Debug, Clone)]
pub struct Pace {
    /// Documented or set; none where it isn't known.
    ceiling: Option<f64>,
    named: Option<NamedLimit>,
    /// When the first call went out.
    began: Option<Duration>,
    /// When the next call would begin if all were even.
    due: Duration,
    /// When it begins.
    next: Duration,
    served: Recent,
    refused: Recent,
    lowered: Option<Lowered>,
}

/// The last step down.
#[derive(Debug, Clone, Copy)]
struct Lowered {
    at: Duration,
    /// The rate to come back to.
    plateau: f64,
    /// How far below it the rate fell, as a part of it.
    dip: f64,
    /// The limit was this process's own, as far as it could see.
    alone: bool,
}

/// A call that was refused for the rate.
#[derive(Debug, Clone, Copy)]
pub struct Throttle {
    /// When it was sent.
    pub sent: Duration,
    /// What its answer's `Retry-After` says.
    pub retry_after: Option<RetryAfter>,
    /// The limit that its text names.
    pub limit: Option<NamedLimit>,
    /// A random number, 0.0 to 1.0.
    pub jitter: f64,
}

impl Pace {
    /// Fewest and most calls a second that can be asked for.
    pub const RATES: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

    /// Starts at so many calls a second and never makes more; within [`Pace::RATES`], what lies
    /// beyond is taken for its end.
    pub fn per_second(rate: f64) -> Self {
        let rate = rate.clamp(*Self::RATES.start(), *Self::RATES.end());
        Self {
            ceiling: Some(rate),
            ..Self::unknown()
        }
    }

    /// For a service of which no limit is known. The first calls begin one after another, so that a
    /// limit is noticed before many are refused; after 42 ms nothing is held back, until something
    /// is refused.
    pub fn unknown() -> Self {
        Self {
            ceiling: None,
            named: None,
            began: None,
            due: Duration::ZERO,
            next: Duration::ZERO,
            served: Recent::default(),
            refused: Recent::default(),
            lowered: None,
        }
    }

    /// Zero: a call may begin, and its place is taken. Else the time until one may; then it has to be
    /// asked for again. `now` is the time since some fixed moment, `jitter` a random number from
    /// 0.0 to 1.0.
    pub fn take(&mut self, now: Duration, jitter: f64) -> Duration {
        let wait = self.next.saturating_sub(now);
        if !wait.is_zero() {
            return wait;
        }
        if self.began.is_none() {
            self.began = Some(now);
            self.due = now;
        }
        let Some(rate) = self.rate(now) else {
            return Duration::ZERO;
        };
        let interval = 1.0 / rate;
        let late = interval * self.lateness();
        let lag = match (self.ceiling, self.lowered) {
            (None, None) => interval,
            (_, lowered) => LAG[usize::from(lowered.is_some())],
        };
        let due = self.due.max(now.saturating_sub(seconds(lag + late)));
        self.due = due.saturating_add(seconds(interval));
        let even = self.due.saturating_add(seconds(late * unit(jitter)));
        self.next = even.max(now.saturating_add(seconds(0.3 * interval)));
        Duration::ZERO
    }

    /// Whether calls may begin as they like until one is refused.
    pub fn is_open(&self, now: Duration) -> bool {
        self.rate(now).is_none()
    }

    /// A call was served.
    pub fn succeeded(&mut self, now: Duration) {
        self.served.add(now, 1);
    }

    /// So many calls were served in so long a time, up to now, while nothing was held back and
    /// nobody said so call by call.
    pub fn had_succeeded(&mut self, now: Duration, calls: u32, time: Duration) {
        let in_a_second = f64::from(calls) / time.as_secs_f64().max(1.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most `calls`"
        )]
        self.served.add(now, in_a_second as u32);
    }

    /// A call was refused for the rate. Of those that were sent before the last step down one has
    /// had its effect already; the others only bring along what the service says.
    pub fn throttled(&mut self, now: Duration, throttle: &Throttle) {
        self.refused.add(now, 1);
        self.named = throttle.limit.or(self.named);
        if let Some(after) = throttle.retry_after.map(RetryAfter::wait) {
            let pause = if after > LONGEST_PAUSE {
                PAUSE_INSTEAD
            } else {
                after
            };
            self.hold(now.saturating_add(pause));
        }
        let jitter = unit(throttle.jitter);
        match self.lowered {
            Some(lowered) if throttle.sent < lowered.at => {}
            Some(lowered) if now.saturating_sub(lowered.at) < self.patience() / 2 => {
                self.stay_away(now, jitter);
            }
            _ => self.lower(now, jitter),
        }
    }

    /// The rate is right, but what was used up before it isn't filled again, or the window in which
    /// the service counts isn't over.
    fn stay_away(&mut self, now: Duration, jitter: f64) {
        let patience = self.patience();
        let calls = seconds(4.0 / self.paced_rate(now));
        let pause = calls.clamp(patience / 20, patience / 2);
        self.hold(now.saturating_add(pause.mul_f64(0.5 + jitter)));
    }

    fn lower(&mut self, now: Duration, jitter: f64) {
        let rate = self.paced_rate(now);
        let began = self.began.unwrap_or(now);
        let running = now.saturating_sub(began);
        let served = self.served.count(now);
        let before = self.lowered;
        let pause_since = before.map_or(Duration::MAX, |it| now.saturating_sub(it.at));
        let has_it_all = served >= ALONE * self.limit(now);
        let known_long_enough = running >= Duration::from_millis(950) || self.ceiling.is_none();
        let alone = has_it_all && known_long_enough && pause_since > DOUBT;
        let gentle = self.dip(now, rate);
        let dip = match before {
            _ if alone => 0.015,
            Some(_) if has_it_all => 0.2 * (10.0 / self.limit(now)).sqrt().clamp(0.1, 1.0),
            Some(_) if pause_since < self.patience().mul_f64(5.0).min(self.recovery(now) / 2) => {
                (2.0 * gentle).min(0.4)
            }
            _ => gentle,
        };
        let mut lower = rate * (1.0 - dip);
        // Had the calls of the last second been held back all along.
        let busy = served + self.refused.count(now) >= 0.7 * rate;
        let mut debt = 0.0;
        if before.is_none() {
            // In the time since the first call a bucket that was full has let through a second's
            // worth of calls, and what came in since.
            let run = running.as_secs_f64().min(1.0);
            if !alone {
                lower = lower.min(served / (1.0 + run)).max(rate / SHARERS);
            }
            debt = served / lower - run;
        } else if busy {
            if !alone {
                lower = lower.min(0.95 * (served + 1.0));
            }
            debt = served / lower - 1.0;
        }
        let lower = lower.max(self.floor());
        let own_dip = if alone { dip } else { self.dip(now, lower) };
        let mut plateau = (lower / (1.0 - own_dip)).min(self.top(now, alone));
        if before.is_some_and(|it| rate < it.plateau) && !alone {
            // Refused on the way up: somebody else needs more.
            plateau *= 0.95;
        }
        let plateau = plateau.max(1.01 * lower);
        self.lowered = Some(Lowered {
            at: now,
            plateau,
            dip: 1.0 - lower / plateau,
            alone: has_it_all,
        });
        let pause = debt.clamp(0.0, 2.0) + (0.5 + jitter) / lower;
        self.hold(now.saturating_add(seconds(pause)));
    }

    fn hold(&mut self, until: Duration) {
        self.due = self.due.max(until);
        self.next = self.next.max(until);
    }

    /// Calls a second; none where nothing is held back.
    fn rate(&self, now: Duration) -> Option<f64> {
        if self.lowered.is_some() || self.ceiling.is_some() {
            return Some(self.paced_rate(now));
        }
        let running = now.saturating_sub(self.began.unwrap_or(now));
        let doublings = (running.as_secs_f64() - GENTLE).max(0.0) / DOUBLING;
        (doublings <= DOUBLINGS).then(|| FIRST_RATE * doublings.exp2())
    }

    fn paced_rate(&self, now: Duration) -> f64 {
        let Some(lowered) = self.lowered else {
            return self.limit(now);
        };
        let since = now.saturating_sub(lowered.at).as_secs_f64();
        let x = since / self.recovery(now).as_secs_f64() - 1.0;
        // Beyond the plateau a step that was small is no reason to go slowly.
        let steepness = if x > 0.0 {
            lowered.dip.max(0.1)
        } else {
            lowered.dip
        };
        let shared = 0.0008 * self.limit(now) * since;
        let rate = lowered.plateau * (1.0 + steepness * x * x * x) + shared;
        rate.min(self.top(now, lowered.alone)).max(self.floor())
    }

    /// What the service allows to all, as far as it is known.
    fn limit(&self, now: Duration) -> f64 {
        let fresh = self
            .lowered
            .is_none_or(|it| now.saturating_sub(it.at) < BELIEF);
        let named = self.named.filter(|_| fresh).map(NamedLimit::per_second);
        match (self.ceiling, named) {
            (Some(ceiling), Some(named)) => ceiling.min(named),
            (Some(rate), None) | (None, Some(rate)) => rate,
            (None, None) => self
                .lowered
                .map_or(GUESS, |it| it.plateau.max(GUESS) * 10.0),
        }
        .max(self.floor())
    }

    /// The highest rate from here on.
    fn top(&self, now: Duration, alone: bool) -> f64 {
        let limit = self.limit(now);
        let is_named = self.named.is_some() && limit < self.ceiling.unwrap_or(f64::INFINITY);
        if alone || is_named {
            limit * BELOW_THE_LIMIT
        } else {
            limit
        }
    }

    fn floor(&self) -> f64 {
        self.ceiling.map_or(FLOOR, |rate| rate.min(FLOOR))
    }

    /// The time in which the service counts, or ten seconds of it.
    fn patience(&self) -> Duration {
        let period = self.named.map_or(Duration::ZERO, NamedLimit::period);
        period.clamp(Duration::from_secs(1), Duration::from_secs(10))
    }

    /// How late a call may be for jitter's sake, as a part of its interval.
    fn lateness(&self) -> f64 {
        match (self.ceiling, self.lowered) {
            (None, None) => 0.0,
            (_, None) => 0.7,
            (_, Some(Lowered { alone: true, .. })) => 0.15,
            _ => 0.2,
        }
    }

    /// An ordinary step down from this rate: smaller where there are many calls to learn from, and
    /// for small shares.
    fn dip(&self, now: Duration, rate: f64) -> f64 {
        let share = self.limit(now) / SHARERS;
        let dip = (0.25 / share.sqrt()).clamp(0.03, 0.15);
        (dip * rate / share).min(0.3)
    }

    /// How long it takes to come back to the plateau: so many calls, and less for small shares.
    fn recovery(&self, now: Duration) -> Duration {
        let share = self.limit(now) / SHARERS;
        let plateau = self.lowered.map_or(share, |it| it.plateau);
        let usual = (100.0 / share).clamp(6.0, 40.0) * (plateau / share).clamp(0.4, 2.0);
        let alone = self.lowered.is_some_and(|it| it.alone);
        seconds(if alone { usual.min(16.0) } else { usual })
    }
}

/// As it is, if it is a number that makes sense.
fn unit(random: f64) -> f64 {
    if random.is_nan() {
        return 0.5;
    }
    random.clamp(0.0, 1.0)
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}
