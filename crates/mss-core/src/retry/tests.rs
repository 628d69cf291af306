//! The decision, case by case and as properties.

use proptest::prelude::*;

use super::*;

const CONFIRM: Idempotency = Idempotency::Repeatable;
const CREATE: Idempotency = Idempotency::NotRepeatable;

fn situation(failure: Failure, idempotency: Idempotency) -> Situation {
    Situation {
        attempts: 1,
        failure,
        idempotency,
        elapsed: Duration::ZERO,
        retry_after: None,
        jitter: 0.5,
    }
}

fn status(status: u16) -> Failure {
    Failure::Status {
        status,
        throttled: false,
    }
}

fn no_answer(phase: Phase) -> Failure {
    Failure::NoAnswer {
        phase,
        lasting: false,
        stale: false,
    }
}

fn retries(failure: Failure, idempotency: Idempotency) -> bool {
    let decision = RetryPolicy::default().decide(&situation(failure, idempotency));
    matches!(decision, Decision::Retry { .. })
}

fn after(seconds: &str) -> Option<RetryAfter> {
    RetryAfter::parse(seconds, time::OffsetDateTime::UNIX_EPOCH)
}

#[test]
fn f29_the_table_of_retry_safety() {
    let throttled = Failure::Status {
        status: 503,
        throttled: true,
    };
    for (failure, confirm, create) in [
        (no_answer(Phase::BeforeWrite), true, true),
        (no_answer(Phase::PartlyWritten), true, false),
        (no_answer(Phase::Written), true, false),
        (no_answer(Phase::Answered), true, false),
        (status(429), true, true),
        (status(408), true, true),
        (status(500), true, false),
        (status(502), true, false),
        (status(503), true, false),
        (status(504), true, false),
        (throttled, true, true),
        (status(501), false, false),
        (status(400), false, false),
        (status(401), false, false),
        (status(403), false, false),
        (status(404), false, false),
        (status(409), false, false),
        (status(302), false, false),
        (status(307), false, false),
        (Failure::Untrusted, false, false),
    ] {
        assert_eq!(
            retries(failure, CONFIRM),
            confirm,
            "confirm after {failure:?}"
        );
        assert_eq!(retries(failure, CREATE), create, "create after {failure:?}");
    }
}

#[test]
fn a_lasting_failure_is_not_tried_again() {
    let bad_certificate = Failure::NoAnswer {
        phase: Phase::BeforeWrite,
        lasting: true,
        stale: false,
    };
    assert!(!retries(bad_certificate, CONFIRM));
}

#[test]
fn f28_a_stale_connection_is_replaced_at_once_and_once() {
    let stale = Failure::NoAnswer {
        phase: Phase::Written,
        lasting: false,
        stale: true,
    };
    let mut situation = situation(stale, CONFIRM);
    let policy = RetryPolicy::default();
    let at_once = Decision::Retry {
        after: Duration::ZERO,
        fresh_connection: true,
    };
    assert_eq!(policy.decide(&situation), at_once);
    situation.attempts = 2;
    assert_ne!(policy.decide(&situation), at_once);
}

#[test]
fn f36_retry_after_is_honoured_within_the_time_left() {
    let policy = RetryPolicy::default();
    let mut situation = situation(status(429), CONFIRM);
    situation.retry_after = after("7");
    situation.jitter = 0.0;
    let seven = Duration::from_secs(7);
    let waits = Decision::Retry {
        after: seven,
        fresh_connection: false,
    };
    assert_eq!(policy.decide(&situation), waits);
    situation.elapsed = Duration::from_secs(54);
    assert_eq!(
        policy.decide(&situation),
        Decision::Stop(StopReason::RetryAfter(seven))
    );
}

#[test]
fn f36_a_wait_of_zero_is_no_busy_loop() {
    let mut situation = situation(status(429), CONFIRM);
    situation.retry_after = after("0");
    let Decision::Retry { after, .. } = RetryPolicy::default().decide(&situation) else {
        panic!("429 is retried");
    };
    assert_eq!(after, Duration::from_millis(500));
}

proptest! {
    #[test]
    fn never_past_the_deadline_and_never_more_than_the_attempts(
        attempts in 1_u32..10,
        max_attempts in 1_u32..6,
        elapsed in 0_u64..100_000,
        total in 0_u64..90_000,
        asked in proptest::option::of(0_u64..200),
        jitter in 0.0_f64..=1.0,
        code in prop_oneof![Just(429_u16), Just(408), Just(500), Just(503), 100..600_u16],
    ) {
        let policy = RetryPolicy {
            max_attempts,
            total: Duration::from_millis(total),
            per_attempt: Duration::from_secs(20),
        };
        let mut situation = situation(status(code), CONFIRM);
        situation.attempts = attempts;
        situation.elapsed = Duration::from_millis(elapsed);
        situation.retry_after = asked.and_then(|seconds| after(&seconds.to_string()));
        situation.jitter = jitter;
        if let Decision::Retry { after, .. } = policy.decide(&situation) {
            prop_assert!(attempts < max_attempts);
            prop_assert!(situation.elapsed + after < policy.total);
            prop_assert!(after >= Duration::from_secs(asked.unwrap_or(0)));
            prop_assert!([408, 429, 500, 502, 503, 504].contains(&code));
        }
    }
}

fn failures() -> impl Strategy<Value = Failure> {
    let phases = [
        Phase::BeforeWrite,
        Phase::PartlyWritten,
        Phase::Written,
        Phase::Answered,
    ];
    let no_answer = (prop::sample::select(phases.to_vec()), any::<[bool; 2]>()).prop_map(
        |(phase, [lasting, stale])| Failure::NoAnswer {
            phase,
            lasting,
            stale,
        },
    );
    let codes = prop_oneof![Just(429_u16), Just(408), Just(500), Just(503), 100..600_u16];
    let answered = (codes, any::<bool>())
        .prop_map(|(status, throttled)| Failure::Status { status, throttled });
    prop_oneof![3 => no_answer, 6 => answered, 1 => Just(Failure::Untrusted)]
}

/// What may be sent again, in the words of the promise and not of the code.
fn may_be_sent_again(failure: Failure, idempotency: Idempotency) -> bool {
    let was_surely_not_applied = match failure {
        Failure::NoAnswer { phase, lasting, .. } => phase == Phase::BeforeWrite && !lasting,
        Failure::Status { status, throttled } => {
            status == 408 || status == 429 || (status == 503 && throttled)
        }
        Failure::Untrusted => false,
    };
    let is_open = match failure {
        Failure::NoAnswer { lasting, .. } => !lasting,
        Failure::Status { status, .. } => [500, 502, 503, 504].contains(&status),
        Failure::Untrusted => false,
    };
    was_surely_not_applied || (is_open && idempotency == CONFIRM)
}

proptest! {
    /// Calls that do nothing but fail, one after the other, with one store of retries.
    #[test]
    fn f37_whole_calls_keep_to_their_time_their_attempts_and_the_quota(
        calls in prop::collection::vec(
            (prop::collection::vec((failures(), 0_u64..30_000, 0.0_f64..=1.0), 1..12), any::<bool>()),
            1..30,
        ),
        max_attempts in 1_u32..12,
        total in 1_u64..120_000,
    ) {
        let policy = RetryPolicy {
            max_attempts,
            total: Duration::from_millis(total),
            ..RetryPolicy::default()
        };
        let mut quota = RetryQuota::default();
        let mut taken = 0;
        for (failures, repeatable) in calls {
            let idempotency = if repeatable { CONFIRM } else { CREATE };
            let mut elapsed = Duration::ZERO;
            let mut attempts = 0;
            for (failure, took, jitter) in failures {
                // An attempt begins with time left, and ends with it.
                prop_assert!(elapsed < policy.total);
                let time = policy.attempt_time(elapsed);
                prop_assert!(!time.is_zero() && elapsed + time <= policy.total);
                attempts += 1;
                prop_assert!(attempts <= max_attempts);
                elapsed += Duration::from_millis(took).min(time);
                let mut situation = situation(failure, idempotency);
                (situation.attempts, situation.elapsed) = (attempts, elapsed);
                situation.jitter = jitter;
                let Decision::Retry { after, .. } = policy.decide(&situation) else {
                    break;
                };
                prop_assert!(may_be_sent_again(failure, idempotency), "{:?}", failure);
                if !quota.take() {
                    break;
                }
                taken += 1;
                elapsed += after;
            }
        }
        prop_assert!(taken <= RetryQuota::CAPACITY);
    }

    /// In any order of failures and successes the retries are paid for: by the store at the
    /// beginning, and by what came back.
    #[test]
    fn f37_no_retry_is_made_that_nothing_pays_for(
        events in prop::collection::vec(0_u8..12, 0..400),
    ) {
        let mut quota = RetryQuota::default();
        // Slow and exact: tenths that were never above the store's size.
        let mut model = 200_i32;
        for event in events {
            match event {
                0..6 => {
                    let may = quota.take();
                    prop_assert_eq!(may, model >= 10);
                    model -= if may { 10 } else { 0 };
                }
                6 => {
                    quota.note_success(true);
                    model = (model + 10).min(200);
                }
                _ => {
                    quota.note_success(false);
                    model = (model + 1).min(200);
                }
            }
        }
    }
}

#[test]
fn f36_refusals_of_a_batch_cost_time_and_no_attempts() {
    let policy = RetryPolicy::default();
    let mut situation = situation(status(429), CREATE);
    situation.attempts = 1_000;
    situation.retry_after = after("7");
    situation.elapsed = Duration::from_secs(50);
    let at_once = Decision::Retry {
        after: Duration::ZERO,
        fresh_connection: false,
    };
    assert_eq!(policy.decide_in_batch(&situation, true), at_once);
    let Decision::Retry { after: wait, .. } = policy.decide_in_batch(&situation, false) else {
        panic!("time is left");
    };
    assert!((7..=10).contains(&wait.as_secs()), "{wait:?}");
    situation.elapsed = Duration::from_secs(54);
    let too_long = Decision::Stop(StopReason::RetryAfter(Duration::from_secs(7)));
    assert_eq!(policy.decide_in_batch(&situation, true), too_long);
    situation.retry_after = None;
    assert_eq!(policy.decide_in_batch(&situation, true), at_once);
    situation.elapsed = Duration::from_secs(60);
    let over = Decision::Stop(StopReason::TimeUsed);
    assert_eq!(policy.decide_in_batch(&situation, true), over);
    situation.elapsed = Duration::ZERO;
    let once = RetryPolicy {
        max_attempts: 1,
        ..policy
    };
    let used = Decision::Stop(StopReason::AttemptsUsed);
    assert_eq!(once.decide_in_batch(&situation, true), used);
}
