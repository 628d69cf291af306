//! Half an hour of a client's calls, ten minutes of them without a service: in simulated time, with
//! the real decisions.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, time::Duration};

use mss_core::{
    Failure, Idempotency, Phase,
    retry::{Decision, RetryPolicy, RetryQuota, Situation},
};
use proptest::prelude::*;

const OUTAGE: Range<Duration> = Duration::from_secs(600)..Duration::from_secs(1200);
const END: Duration = Duration::from_secs(1800);

/// How long an answer takes, or the news that none will come.
const ANSWER: Duration = Duration::from_millis(50);

/// An attempt that is about to be made. Ordered by its time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attempt {
    at: Duration,
    began: Duration,
    number: u32,
}

/// What the service and the callers see.
#[derive(Debug, Default)]
struct Seen {
    calls_in_outage: usize,
    requests_in_outage: usize,
    /// When the calls that failed for good had begun.
    lost: Vec<Duration>,
}

/// A client, clones and all, that begins a call every `interval`. Besides the outage every
/// `every`th request fails.
fn simulate(
    interval: Duration,
    failure: Failure,
    every: usize,
    mut jitter: impl FnMut() -> f64,
) -> Seen {
    let (policy, mut quota) = (RetryPolicy::default(), RetryQuota::default());
    let mut seen = Seen::default();
    let mut requests = 0_usize;
    let first = |began| {
        Reverse(Attempt {
            at: began,
            began,
            number: 1,
        })
    };
    let mut queue = BinaryHeap::from([first(Duration::ZERO)]);
    while let Some(Reverse(attempt)) = queue.pop() {
        let Attempt { at, began, number } = attempt;
        if number == 1 && at + interval < END {
            queue.push(first(at + interval));
        }
        requests += 1;
        let out = OUTAGE.contains(&at);
        seen.requests_in_outage += usize::from(out);
        seen.calls_in_outage += usize::from(out && number == 1);
        if !out && !requests.is_multiple_of(every) {
            quota.note_success(number > 1);
            continue;
        }
        let decision = policy.decide(&Situation {
            attempts: number,
            failure,
            idempotency: Idempotency::Repeatable,
            elapsed: (at + ANSWER).saturating_sub(began),
            retry_after: None,
            jitter: jitter(),
        });
        match decision {
            Decision::Retry { after, .. } if quota.take() => queue.push(Reverse(Attempt {
                at: at + ANSWER + after,
                began,
                number: number + 1,
            })),
            _ => seen.lost.push(began),
        }
    }
    seen
}

fn failures() -> impl Strategy<Value = Failure> {
    let no_answer = |phase| Failure::NoAnswer {
        phase,
        lasting: false,
        stale: false,
    };
    let status = |status| Failure::Status {
        status,
        throttled: false,
    };
    prop_oneof![
        Just(no_answer(Phase::BeforeWrite)),
        Just(no_answer(Phase::Written)),
        Just(status(500)),
        Just(status(503)),
        Just(status(504)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn f37_ten_minutes_of_outage_see_a_tenth_more_requests_at_most(
        failure in failures(),
        // From one call in three seconds, the rarest at which the store is a tenth, to 50 a second.
        interval in 20_u64..=3000,
        seed in any::<u64>(),
    ) {
        let mut state = seed;
        let jitter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        let seen = simulate(Duration::from_millis(interval), failure, usize::MAX, jitter);
        prop_assert!(seen.calls_in_outage >= 200, "{seen:?}");
        let most = seen.calls_in_outage + seen.calls_in_outage / 10;
        prop_assert!(seen.requests_in_outage <= most, "{seen:?}");
        // Nobody has to wait for the store to be full again.
        prop_assert!(seen.lost.iter().all(|it| OUTAGE.contains(it)));
    }

    #[test]
    fn f37_after_an_outage_rare_failures_are_survived_as_before(
        failure in failures(),
        interval in 20_u64..=3000,
        every in 20_usize..=200,
    ) {
        let interval = Duration::from_millis(interval);
        let seen = simulate(interval, failure, every, || 0.5);
        // Ten successes are worth a retry, and one of the first calls may fail.
        let recovered = OUTAGE.start..OUTAGE.end + 11 * interval;
        prop_assert!(seen.lost.iter().all(|it| recovered.contains(it)));
    }
}
