//! The course that a pace takes, second by second: a change of one of its numbers is to be seen, and
//! then judged by the simulation.

use std::{collections::VecDeque, fmt::Write as _, time::Duration};

use super::{Pace, Throttle};
use crate::retry::NamedLimit;

const SECOND: Duration = Duration::from_secs(1);
const WORKERS: usize = 32;
const LATENCY: Duration = Duration::from_millis(30);

/// A service that serves so many calls in any second, of the time.
type Limit = fn(f64) -> usize;

/// Calls that began, and of these the refused, in each second. There is always a call that waits,
/// but while the caller rests.
fn course(pace: Pace, seconds: usize, limit: Limit, rests: fn(f64) -> bool) -> String {
    course_where(pace, seconds, limit, rests, None)
}

/// As above; each refusal names a limit.
fn course_where(
    mut pace: Pace,
    seconds: usize,
    limit: Limit,
    rests: fn(f64) -> bool,
    named: Option<NamedLimit>,
) -> String {
    let (mut began, mut refused) = (vec![0; seconds], vec![0; seconds]);
    let (mut served, mut answers) = (
        VecDeque::<Duration>::new(),
        VecDeque::<(Duration, Duration, bool)>::new(),
    );
    let (mut now, mut number) = (Duration::ZERO, 0_u32);
    let end = SECOND * u32::try_from(seconds).unwrap();
    while now < end {
        while let Some(&(at, sent, is_served)) = answers.front()
            && at <= now
        {
            answers.pop_front();
            let throttle = Throttle {
                sent,
                retry_after: None,
                limit: named,
                jitter: f64::from(number * 7 % 10) / 10.0,
            };
            if is_served {
                pace.succeeded(now);
            } else {
                pace.throttled(now, &throttle);
            }
        }
        number += 1;
        let answer_in = answers
            .front()
            .map_or(Duration::MAX, |it| it.0.saturating_sub(now));
        let wait = if rests(now.as_secs_f64()) {
            Duration::from_millis(10)
        } else if answers.len() == WORKERS {
            answer_in
        } else {
            pace.take(now, f64::from(number * 3 % 10) / 10.0)
        };
        if !wait.is_zero() {
            now += wait.min(answer_in);
            continue;
        }
        while served.front().is_some_and(|it| *it + SECOND <= now) {
            served.pop_front();
        }
        let is_served = served.len() < limit(now.as_secs_f64());
        if is_served {
            served.push_back(now);
        }
        let second = usize::try_from(now.as_secs()).unwrap();
        began[second] += 1;
        refused[second] += usize::from(!is_served);
        answers.push_back((now + LATENCY, now, is_served));
    }
    let mut text = String::new();
    for (row, (began, refused)) in began.chunks(20).zip(refused.chunks(20)).enumerate() {
        write!(text, "{:>4} s:", 20 * row).unwrap();
        for (began, refused) in began.iter().zip(refused) {
            let refused = if *refused > 0 {
                format!("-{refused}")
            } else {
                String::new()
            };
            write!(text, " {began}{refused}").unwrap();
        }
        text.push('\n');
    }
    text
}

const NEVER: fn(f64) -> bool = |_| false;

#[test]
fn alone_at_the_documented_limit_or_below() {
    insta::assert_snapshot!(course(Pace::per_second(10.0), 40, |_| 10, NEVER));
    insta::assert_snapshot!(course(Pace::per_second(10.0), 240, |_| 5, NEVER));
    insta::assert_snapshot!(course(Pace::per_second(200.0), 80, |_| 30, NEVER));
}

#[test]
fn where_no_limit_is_known() {
    insta::assert_snapshot!(course(Pace::unknown(), 80, |_| 10, NEVER));
    insta::assert_snapshot!(course(Pace::unknown(), 60, |_| 300, NEVER));
    insta::assert_snapshot!(course(Pace::unknown(), 60, |_| 0, NEVER));
}

/// Others come, take their part, and go.
#[test]
fn among_others() {
    let among: Limit = |second| match second {
        ..40.0 => 20,
        ..120.0 => 6,
        ..160.0 => 2,
        _ => 20,
    };
    insta::assert_snapshot!(course(Pace::per_second(20.0), 240, among, NEVER));
    insta::assert_snapshot!(course(Pace::unknown(), 240, among, NEVER));
    insta::assert_snapshot!(course(Pace::per_second(100.0), 240, among, NEVER));
}

/// A caller that has nothing to send now and then.
#[test]
fn with_rests() {
    let rests = |second: f64| second % 7.0 > 3.0;
    insta::assert_snapshot!(course(Pace::per_second(20.0), 240, |_| 6, rests));
    insta::assert_snapshot!(course(Pace::unknown(), 120, |_| 10, rests));
}

/// A limit that is this process's own, and a moment now and then in which all is refused.
#[test]
fn with_moments_without_service() {
    let limit: Limit = |second| if (second - 5.0) % 10.0 > 9.94 { 0 } else { 20 };
    insta::assert_snapshot!(course(Pace::per_second(20.0), 60, limit, NEVER));
}

/// Others use the service at first; then a named limit is met, though for less than ten minutes, and
/// one that is higher than the documented has no say.
#[test]
fn where_refusals_name_a_limit() {
    let limit: Limit = |second| if second < 20.0 { 4 } else { 40 };
    let named = |text| NamedLimit::parse(text).unwrap();
    for (text, seconds) in [
        ("limit:8,time:1 second", 640),
        ("limit:30,time:1 second", 120),
    ] {
        let (pace, named) = (Pace::per_second(20.0), named(text));
        insta::assert_snapshot!(course_where(pace, seconds, limit, NEVER, Some(named)));
    }
}
