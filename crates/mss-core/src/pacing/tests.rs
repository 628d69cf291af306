//! The pace alone, and several of them at one limit.

use std::time::Duration;

use super::{
    Pace, Throttle,
    simulation::{Dice, Figures, Limiter, Setup, simulate},
};
use crate::retry::{NamedLimit, RetryAfter};

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A refusal of a call that was sent just now.
fn refusal(now: Duration) -> Throttle {
    Throttle {
        sent: now,
        retry_after: None,
        limit: None,
        jitter: 0.5,
    }
}

/// The times at which calls go out between two moments, when there is always one that waits. All
/// are served.
fn starts(pace: &mut Pace, from: Duration, to: Duration) -> Vec<Duration> {
    let mut now = from;
    let mut starts = Vec::new();
    while now < to {
        let wait = pace.take(now, 0.0);
        if wait.is_zero() {
            starts.push(now);
            pace.succeeded(now);
        }
        now += wait;
    }
    starts
}

/// Calls a second, measured.
#[allow(clippy::cast_precision_loss, reason = "some thousands")]
fn rate(pace: &mut Pace, from: f64, to: f64) -> f64 {
    starts(pace, at(from), at(to)).len() as f64 / (to - from)
}

#[test]
fn no_second_holds_more_calls_than_the_rate_and_none_is_wasted() {
    for rate in [5_u32, 10, 20, 200] {
        let mut pace = Pace::per_second(f64::from(rate));
        let starts = starts(&mut pace, SECOND, SECOND * 61);
        assert_eq!(starts.len(), 60 * rate as usize);
        for (number, start) in starts.iter().enumerate() {
            let within = starts[number..]
                .iter()
                .take_while(|it| **it < *start + SECOND);
            assert!(within.count() <= rate as usize);
        }
    }
}

#[test]
fn who_comes_late_doesnt_wait_and_leaves_next_to_no_credit() {
    let mut pace = Pace::per_second(10.0);
    assert_eq!(pace.take(Duration::ZERO, 0.0), Duration::ZERO);
    let day = Duration::from_secs(86_400);
    let starts = starts(&mut pace, day, day + SECOND);
    assert_eq!(starts[0], day);
    assert!((10..=12).contains(&starts.len()), "{starts:?}");
}

#[test]
fn what_a_busy_machine_loses_is_made_up_for() {
    let mut pace = Pace::per_second(200.0);
    let mut now = SECOND;
    let mut calls = 0;
    while now < SECOND * 11 {
        let wait = pace.take(now, 0.0);
        calls += u32::from(wait.is_zero());
        // Each tenth wait takes 20 ms longer.
        now += wait
            + Duration::from_millis(if calls % 10 == 0 && !wait.is_zero() {
                20
            } else {
                0
            });
    }
    assert!((1_990..=2_000).contains(&calls), "{calls}");
}

#[test]
fn a_refusal_lowers_the_rate_and_it_comes_back() {
    let mut pace = Pace::per_second(10.0);
    starts(&mut pace, SECOND, SECOND * 5);
    // The others have six of ten.
    let mut served = Pace::per_second(10.0);
    for number in 0..4 {
        served.take(at(4.0), 0.0);
        served.succeeded(at(4.0 + 0.2 * f64::from(number)));
    }
    served.throttled(at(5.0), &refusal(at(5.0)));
    let lowered = rate(&mut served, 7.0, 17.0);
    assert!((2.0..4.5).contains(&lowered), "{lowered}");
    let later = rate(&mut served, 600.0, 610.0);
    assert!((9.5..=10.1).contains(&later), "{later}");
}

#[test]
fn refusals_of_calls_sent_before_a_step_down_take_no_other() {
    let mut once = Pace::per_second(200.0);
    starts(&mut once, SECOND, SECOND * 4);
    let mut often = once.clone();
    once.throttled(at(4.0), &refusal(at(4.0)));
    for number in 0..30 {
        let now = at(4.0 + 0.1 * f64::from(number));
        often.throttled(now, &refusal(at(3.9)));
    }
    assert_eq!(
        starts(&mut once, at(20.0), at(22.0)).len(),
        starts(&mut often, at(20.0), at(22.0)).len()
    );
}

/// The bucket is still empty, or the window not over.
#[test]
fn a_refusal_right_after_another_holds_the_calls_and_takes_no_step() {
    let mut once = Pace::per_second(200.0);
    starts(&mut once, SECOND, SECOND * 4);
    once.throttled(at(4.0), &refusal(at(4.0)));
    let mut twice = once.clone();
    twice.throttled(at(4.4), &refusal(at(4.4)));
    let first = |pace: &mut Pace| starts(pace, at(4.4), at(5.0))[0];
    assert!(first(&mut twice.clone()) > first(&mut once.clone()));
    assert_eq!(
        starts(&mut once, at(20.0), at(22.0)).len(),
        starts(&mut twice, at(20.0), at(22.0)).len()
    );
}

/// So long as four calls take, or the window in which the service counts, with jitter.
#[test]
fn who_is_refused_again_stays_away_for_a_while() {
    for (limit, jitter, from, to) in [
        (200.0, 0.0, 0.03, 0.05),
        (200.0, 1.0, 0.1, 0.15),
        (10.0, 0.0, 0.24, 0.26),
        (10.0, 0.5, 0.49, 0.51),
        (10.0, 1.0, 0.74, 0.76),
    ] {
        let mut pace = Pace::per_second(limit);
        pace.take(SECOND, 0.0);
        let first = Throttle {
            jitter: 0.0,
            ..refusal(SECOND)
        };
        pace.throttled(SECOND, &first);
        let later = SECOND + at(0.3);
        pace.throttled(
            later,
            &Throttle {
                jitter,
                ..refusal(later)
            },
        );
        let wait = pace.take(later, 0.0).as_secs_f64();
        assert!((from..to).contains(&wait), "{limit} {jitter}: {wait}");
    }
}

/// Who was refused for the first time goes on at the rate at which it was served.
#[test]
fn what_was_served_unseen_counts_at_a_refusal() {
    let calls_then = |calls, time| {
        let mut pace = Pace::unknown();
        pace.take(SECOND, 0.0);
        let now = 11 * SECOND;
        pace.had_succeeded(now, calls, Duration::from_secs(time));
        let throttle = Throttle {
            limit: NamedLimit::parse("limit:1000,time:1 second"),
            ..refusal(now)
        };
        pace.throttled(now, &throttle);
        starts(&mut pace, 14 * SECOND, 16 * SECOND).len()
    };
    for (calls, time) in [(600, 0), (1200, 2), (6000, 10)] {
        assert_eq!(calls_then(calls, time), calls_then(600, 1), "{calls}");
    }
    assert!(calls_then(800, 1) > calls_then(600, 1) * 5 / 4);
}

#[test]
fn f36_retry_after_holds_all_calls() {
    let after = |text| RetryAfter::parse(text, time::OffsetDateTime::UNIX_EPOCH);
    for (text, wait) in [("7", 7.0), ("60", 60.0), ("1000000000", 10.0)] {
        let mut pace = Pace::per_second(10.0);
        starts(&mut pace, SECOND, SECOND * 4);
        let throttle = Throttle {
            retry_after: after(text),
            ..refusal(at(4.0))
        };
        pace.throttled(at(4.0), &throttle);
        let first = starts(&mut pace, at(4.1), at(200.0))[0].as_secs_f64() - 4.0;
        assert!((wait..=wait + 3.0).contains(&first), "{text}: {first}");
    }
}

#[test]
fn f36_a_named_limit_is_kept_and_forgotten_in_time() {
    let mut pace = Pace::per_second(10.0);
    starts(&mut pace, SECOND, SECOND * 4);
    let throttle = Throttle {
        limit: NamedLimit::parse("limit:120,time:1 minute"),
        ..refusal(at(4.0))
    };
    pace.throttled(at(4.0), &throttle);
    let kept = rate(&mut pace, 100.0, 500.0);
    assert!((1.8..=2.0).contains(&kept), "{kept}");
    let forgotten = rate(&mut pace, 2_000.0, 2_010.0);
    assert!(forgotten > 9.0, "{forgotten}");
}

#[test]
fn a_service_that_refuses_everything_is_asked_every_few_seconds() {
    let mut pace = Pace::per_second(10.0);
    let mut now = Duration::ZERO;
    let mut longest = Duration::ZERO;
    let mut asked = 0;
    while now < SECOND * 3_600 {
        let wait = pace.take(now, 0.5);
        longest = longest.max(wait);
        if wait.is_zero() {
            asked += 1;
            pace.throttled(now, &refusal(now));
        }
        now += wait;
    }
    assert!(longest < SECOND * 30, "{longest:?}");
    assert!((200..2_000).contains(&asked), "{asked}");
}

#[test]
fn f36_a_limit_of_a_call_a_day_stops_nobody_for_a_day() {
    let mut pace = Pace::per_second(10.0);
    starts(&mut pace, SECOND, SECOND * 4);
    let throttle = Throttle {
        limit: NamedLimit::parse("limit:1,time:1 day"),
        ..refusal(at(4.0))
    };
    pace.throttled(at(4.0), &throttle);
    let next = starts(&mut pace, at(4.1), at(100.0));
    assert!((2..=10).contains(&next.len()), "{next:?}");
}

#[test]
fn without_a_known_rate_the_first_calls_feel_their_way() {
    let mut pace = Pace::unknown();
    let early = starts(&mut pace, SECOND, SECOND + Duration::from_millis(20)).len();
    assert!((8..=12).contains(&early), "{early}");
    assert!(!pace.is_open(SECOND));
    let later = SECOND + Duration::from_millis(50);
    assert!(pace.is_open(later));
    assert_eq!(pace.take(later, 0.5), Duration::ZERO);
    assert_eq!(pace.take(later, 0.5), Duration::ZERO);
    pace.throttled(later, &refusal(later));
    assert!(!pace.is_open(later) && !pace.take(later, 0.5).is_zero());
}

#[test]
fn odd_clocks_and_numbers_do_no_harm() {
    let mut dice = Dice::new(7);
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        0.0,
        1e-300,
        0.5,
        1.0,
        1e300,
    ];
    let moments = [0, 1, 1_000_000, u64::MAX / 2, u64::MAX].map(Duration::from_nanos);
    let limits =
        ["limit:1,time:1 day", "limit:1000000000,time:1 second", ""].map(NamedLimit::parse);
    let pick = |dice: &mut Dice, among: usize| {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let index = (dice.roll() * among as f64) as usize;
        index
    };
    for round in 0..2_000 {
        let mut pace = match round % 3 {
            0 => Pace::unknown(),
            _ => Pace::per_second(odd[pick(&mut dice, odd.len())].max(0.0)),
        };
        for _ in 0..40 {
            let mut now = moments[pick(&mut dice, moments.len())];
            if dice.roll() < 0.1 {
                now = Duration::MAX;
            }
            match pick(&mut dice, 4) {
                0 | 1 => {
                    pace.take(now, odd[pick(&mut dice, odd.len())]);
                }
                2 => pace.had_succeeded(now, 7, now),
                _ => pace.throttled(
                    now,
                    &Throttle {
                        sent: moments[pick(&mut dice, moments.len())],
                        retry_after: None,
                        limit: limits[pick(&mut dice, limits.len())],
                        jitter: odd[pick(&mut dice, odd.len())],
                    },
                ),
            }
        }
    }
}

fn setup(limiter: Limiter, limit: f64, processes: usize) -> Setup {
    Setup {
        limiter,
        limit,
        processes,
        rate_is_known: true,
        limit_is_named: true,
        latency: 0.002,
        seconds: 60.0,
        stalls: 0.0,
    }
}

const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

fn runs(setup: Setup) -> Vec<Figures> {
    SEEDS.map(|seed| simulate(setup, seed)).collect()
}

const COUNTING: [Limiter; 2] = [Limiter::TokenBucket, Limiter::FixedWindow];

#[test]
fn one_process_uses_its_limit() {
    for limiter in COUNTING {
        for limit in [10.0, 200.0] {
            for rate_is_known in [true, false] {
                let setup = Setup {
                    rate_is_known,
                    ..setup(limiter, limit, 1)
                };
                for it in runs(setup) {
                    assert!(it.used >= 0.97 && it.refused <= 0.01, "{setup:?}: {it:?}");
                }
            }
        }
    }
}

/// That a single run misses a bound by a little is rare, and so are 12 that don't.
#[test]
fn four_processes_share_a_limit() {
    for limiter in COUNTING {
        for limit in [10.0, 200.0] {
            for limit_is_named in [true, false] {
                let setup = Setup {
                    limit_is_named,
                    ..setup(limiter, limit, 4)
                };
                let runs = runs(setup);
                let bad = runs
                    .iter()
                    .filter(|it| it.used < 0.9 || it.refused > 0.04 || it.least < 0.4);
                assert!(bad.count() <= 1, "{setup:?}: {runs:?}");
                let refused: f64 = runs.iter().map(|it| it.refused).sum();
                assert!(refused < 12.0 * 0.03, "{setup:?}: {runs:?}");
            }
        }
    }
}

/// There is always a next attempt before a call's 60 s are over.
#[test]
fn strict_spacing_loses_nothing() {
    for limit in [10.0, 200.0] {
        for processes in [1, 4] {
            let setup = setup(Limiter::Spacing, limit, processes);
            for it in runs(setup) {
                assert!(it.slowest < 40.0, "{setup:?}: {it:?}");
            }
        }
    }
}

#[test]
fn a_day_goes_by_as_a_minute_does() {
    let setup = Setup {
        seconds: 86_400.0,
        ..setup(Limiter::FixedWindow, 10.0, 4)
    };
    let day = simulate(setup, 1);
    assert!(day.used > 0.9 && day.refused < 0.03, "{day:?}");
    assert!(day.least > 0.7 && day.slowest < 40.0, "{day:?}");
}

/// What is not sent in time is lost where seconds are counted, so this much is all there is.
#[test]
fn a_busy_machine_costs_little() {
    for (limiter, used) in [(Limiter::TokenBucket, 0.98), (Limiter::FixedWindow, 0.93)] {
        let setup = Setup {
            stalls: 0.01,
            ..setup(limiter, 200.0, 1)
        };
        for it in runs(setup) {
            assert!(it.used >= used && it.refused <= 0.01, "{setup:?}: {it:?}");
        }
    }
}
