//! Workers that share a fuse, in simulated time, and each rule on its own.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const NOW: Duration = Duration::from_secs(1000);
const MINUTE: Duration = Duration::from_secs(60);

type TestFuse = Fuse<&'static str>;

#[track_caller]
fn go(fuse: &mut TestFuse, now: Duration) -> Ticket {
    match fuse.enter(now) {
        Entry::Go(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(fuse: &mut TestFuse, now: Duration) -> (&'static str, Duration) {
    match fuse.enter(now) {
        Entry::Refused { first, retry_in } => (first, retry_in),
        other => panic!("{other:?}"),
    }
}

fn waits(fuse: &mut TestFuse) -> bool {
    matches!(fuse.enter(NOW), Entry::Wait)
}

fn proven() -> TestFuse {
    let mut fuse = Fuse::default();
    let ticket = go(&mut fuse, NOW);
    fuse.report(ticket, Verdict::Accepted, NOW);
    fuse
}

#[test]
fn one_call_goes_first_and_then_all() {
    let mut fuse = TestFuse::default();
    let first = go(&mut fuse, NOW);
    assert!(waits(&mut fuse));
    fuse.report(first, Verdict::Inconclusive, NOW);
    let second = go(&mut fuse, NOW);
    assert!(waits(&mut fuse));
    fuse.report(second, Verdict::Accepted, NOW);
    let tickets: Vec<_> = (0..100).map(|_| go(&mut fuse, NOW)).collect();
    for ticket in tickets {
        fuse.report(ticket, Verdict::Inconclusive, NOW);
    }
    assert!(!waits(&mut fuse));
}

#[test]
fn after_five_minutes_one_call_tries_again() {
    let mut fuse = TestFuse::default();
    let ticket = go(&mut fuse, NOW);
    fuse.report(ticket, Verdict::Refused("first"), NOW);
    assert_eq!(refused(&mut fuse, NOW), ("first", 5 * MINUTE));
    assert_eq!(refused(&mut fuse, NOW + 4 * MINUTE), ("first", MINUTE));
    let later = NOW + 5 * MINUTE;
    let trial = go(&mut fuse, later);
    assert!(matches!(fuse.enter(later), Entry::Wait));
    fuse.report(trial, Verdict::Refused("second"), later);
    assert_eq!(refused(&mut fuse, later), ("second", 5 * MINUTE));
    let trial = go(&mut fuse, later + 5 * MINUTE);
    fuse.report(trial, Verdict::Accepted, later);
    let _both = [go(&mut fuse, later), go(&mut fuse, later)];
}

#[test]
fn calls_in_flight_keep_the_first_refusal_and_make_it_last() {
    let mut fuse = proven();
    let [a, b, c] = [(); 3].map(|()| go(&mut fuse, NOW));
    fuse.report(a, Verdict::Refused("a"), NOW);
    fuse.report(b, Verdict::Refused("b"), NOW + MINUTE);
    assert_eq!(refused(&mut fuse, NOW + MINUTE), ("a", 5 * MINUTE));
    fuse.report(c, Verdict::Accepted, NOW + MINUTE);
    assert_eq!(refused(&mut fuse, NOW + MINUTE), ("a", 5 * MINUTE));
}

#[test]
fn a_forked_process_keeps_the_refusal_and_nothing_else() {
    let mut fuse = proven();
    let [under_way, refused_one] = [(); 2].map(|()| go(&mut fuse, NOW));
    fuse.after_fork();
    let first = go(&mut fuse, NOW);
    assert!(waits(&mut fuse), "the child proves the key for itself");
    fuse.report(first, Verdict::Accepted, NOW);
    fuse.report(refused_one, Verdict::Refused("a"), NOW);
    fuse.after_fork();
    assert_eq!(refused(&mut fuse, NOW + MINUTE), ("a", 4 * MINUTE));
    drop(under_way);
}

#[test]
fn a_corrected_clock_is_shown_by_one_call() {
    let mut fuse = proven();
    let [a, b, c] = [(); 3].map(|()| go(&mut fuse, NOW));
    fuse.report(a, Verdict::ClockCorrected("expired"), NOW);
    let repeat = go(&mut fuse, NOW);
    assert!(waits(&mut fuse));
    fuse.report(b, Verdict::ClockCorrected("expired"), NOW);
    fuse.report(c, Verdict::Accepted, NOW);
    assert!(waits(&mut fuse));
    fuse.report(repeat, Verdict::Accepted, NOW);
    let again = go(&mut fuse, NOW);
    fuse.report(again, Verdict::ClockCorrected("years later"), NOW);
    let repeat = go(&mut fuse, NOW);
    fuse.report(repeat, Verdict::ClockCorrected("in a row"), NOW);
    assert_eq!(refused(&mut fuse, NOW).0, "in a row");
}

#[test]
fn f14_a_clock_that_was_set_is_tried_by_one_call() {
    let hour = time::Duration::HOUR;
    let wall = OffsetDateTime::UNIX_EPOCH;
    let minute = time::Duration::MINUTE;
    for (jump, is_tried) in [
        (time::Duration::ZERO, false),
        (4 * minute, false),
        (-4 * minute, false),
        (4 * minute + time::Duration::MILLISECOND, true),
        (-4 * minute - time::Duration::MILLISECOND, true),
        (1000 * hour, true),
    ] {
        let mut fuse = TestFuse::default();
        fuse.see_clock(wall, NOW);
        let first = go(&mut fuse, NOW);
        fuse.report(first, Verdict::Accepted, NOW);
        let late = go(&mut fuse, NOW);
        // A minute later.
        fuse.see_clock(wall + minute + jump, NOW + MINUTE);
        let next = go(&mut fuse, NOW + MINUTE);
        assert_eq!(waits(&mut fuse), is_tried, "{jump}");
        // It was signed before the clock was set.
        fuse.report(late, Verdict::Accepted, NOW + MINUTE);
        assert_eq!(waits(&mut fuse), is_tried, "{jump}");
        fuse.report(next, Verdict::Accepted, NOW + MINUTE);
        fuse.see_clock(wall + minute + jump, NOW + MINUTE);
        assert!(!waits(&mut fuse), "{jump}");
    }
}

#[test]
fn f14_a_clock_that_was_set_forgives_no_refusal() {
    let mut fuse = proven();
    fuse.see_clock(OffsetDateTime::UNIX_EPOCH, NOW);
    let ticket = go(&mut fuse, NOW);
    fuse.report(ticket, Verdict::Refused("refused"), NOW);
    fuse.see_clock(OffsetDateTime::UNIX_EPOCH + time::Duration::WEEK, NOW);
    assert_eq!(refused(&mut fuse, NOW).0, "refused");
}

#[test]
fn no_time_overflows() {
    let mut fuse = TestFuse::default();
    let ticket = go(&mut fuse, Duration::MAX);
    fuse.report(ticket, Verdict::Refused("x"), Duration::MAX);
    let _trial = go(&mut fuse, Duration::MAX);
    for now in [Duration::ZERO, NOW, Duration::MAX] {
        for year in [-9999, 9999] {
            let day = time::Date::from_calendar_date(year, time::Month::January, 1).unwrap();
            fuse.see_clock(day.midnight().assume_utc(), now);
        }
    }
}

#[test]
fn f12_an_answer_refuses_the_key_or_says_nothing_about_it() {
    let verdict = |status: u16, body: &str| {
        let answer = Response::builder().status(status);
        let answer = answer.header("X-Request-Id", "r-1");
        Verdict::of(&answer.body(body.as_bytes().to_vec()).unwrap())
    };
    let gateway = |code| format!(r#"{{"error_code":"{code}","error_msg":"m"}}"#);
    for code in ["APIGW.0301", "APIG.0301", "APIGW.0303", "APIGW.0305"] {
        assert_eq!(verdict(401, &gateway(code)), Verdict::Refused(()), "{code}");
        assert_eq!(verdict(403, &gateway(code)), Verdict::Inconclusive);
        assert_eq!(verdict(200, &gateway(code)), Verdict::Inconclusive);
    }
    for code in ["APIGW.0307", "APIGW.0101", "MSS.00000001"] {
        assert_eq!(verdict(401, &gateway(code)), Verdict::Inconclusive);
    }
    for body in ["", "<html>APIGW.0301</html>", "APIGW.0301", "[]"] {
        assert_eq!(verdict(401, body), Verdict::Inconclusive, "{body}");
    }
    assert_eq!(verdict(200, "{}"), Verdict::Accepted);
    assert_eq!(verdict(200, "<html>"), Verdict::Inconclusive);
    assert_eq!(verdict(500, "{}"), Verdict::Inconclusive);
    for status in [400, 403, 404, 409, 500] {
        let answered = verdict(status, &gateway("MSS.00000003"));
        assert_eq!(answered, Verdict::Accepted, "{status}");
    }
    let without_id = Response::builder().status(200).body(Vec::new()).unwrap();
    assert_eq!(Verdict::of(&without_id), Verdict::Inconclusive);
    let told = Verdict::Refused(()).with(|| "m");
    assert_eq!(told, Verdict::Refused("m"));
}

/// What the gateway does with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gateway {
    Accepts,
    Refuses,
    /// Refuses the time; the clock is corrected then.
    Expired,
    /// A proxy answers, or nobody.
    Silent,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    /// Refusals that the gateway counts.
    failures: usize,
    silent: usize,
    not_attempted: usize,
    /// Calls sent after the first refusal of the key had arrived.
    sent_after_refusal: usize,
}

struct Batch<G, L> {
    workers: usize,
    items: usize,
    /// This machine's clock, of the time that has passed.
    wall: fn(Duration) -> OffsetDateTime,
    /// Of the time at which a call is sent and whether it is a repeat.
    gateway: G,
    /// Of the number of a call.
    latency: L,
}

impl<G, L> Batch<G, L>
where
    G: FnMut(Duration, bool) -> Gateway,
    L: FnMut(u64) -> Duration,
{
    fn run(mut self) -> Tally {
        let (mut fuse, mut tally, mut now) = (TestFuse::default(), Tally::default(), NOW);
        let mut in_flight = BTreeMap::new();
        let (mut fresh, mut repeats, mut calls) = (self.items, 0, 0);
        let mut was_refused = false;
        loop {
            while in_flight.len() < self.workers && fresh + repeats > 0 {
                let is_repeat = repeats > 0;
                let left = if is_repeat { &mut repeats } else { &mut fresh };
                fuse.see_clock((self.wall)(now), now);
                match fuse.enter(now) {
                    Entry::Wait => break,
                    Entry::Refused { .. } => tally.not_attempted += 1,
                    Entry::Go(ticket) => {
                        calls += 1;
                        tally.sent_after_refusal += usize::from(was_refused);
                        let answer = (self.gateway)(now, is_repeat);
                        let end = now + (self.latency)(calls);
                        in_flight.insert((end, calls), (ticket, answer, is_repeat));
                    }
                }
                *left -= 1;
            }
            let Some(((end, _), (ticket, answer, is_repeat))) = in_flight.pop_first() else {
                assert_eq!(fresh + repeats, 0, "calls wait for nobody");
                return tally;
            };
            now = end;
            let verdict = match answer {
                Gateway::Accepts => {
                    tally.accepted += 1;
                    Verdict::Accepted
                }
                Gateway::Silent => {
                    tally.silent += 1;
                    Verdict::Inconclusive
                }
                Gateway::Expired if !is_repeat => {
                    tally.failures += 1;
                    repeats += 1;
                    Verdict::ClockCorrected("expired")
                }
                Gateway::Refuses | Gateway::Expired => {
                    tally.failures += 1;
                    was_refused = true;
                    Verdict::Refused("refused")
                }
            };
            fuse.report(ticket, verdict, now);
        }
    }
}

fn right(now: Duration) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + now
}

fn batch<G: FnMut(Duration, bool) -> Gateway>(gateway: G) -> Batch<G, impl FnMut(u64) -> Duration> {
    Batch {
        workers: 32,
        items: 1000,
        wall: right,
        gateway,
        latency: |call| Duration::from_millis(20 + call * 7 % 13),
    }
}

#[test]
fn f12_a_wrong_key_fails_once_in_a_thousand_calls() {
    let tally = batch(|_, _| Gateway::Refuses).run();
    let expected = Tally {
        failures: 1,
        not_attempted: 999,
        ..Tally::default()
    };
    assert_eq!(tally, expected);
}

#[test]
fn f12_a_key_that_goes_bad_fails_for_those_in_flight_only() {
    let bad_from = NOW + Duration::from_millis(300);
    let tally = batch(|now, _| match now {
        now if now < bad_from => Gateway::Accepts,
        _ => Gateway::Refuses,
    })
    .run();
    assert!((1..=32).contains(&tally.failures), "{tally:?}");
    assert_eq!(tally.sent_after_refusal, 0);
    assert_eq!(
        tally.accepted + tally.failures + tally.not_attempted,
        1000,
        "{tally:?}"
    );
}

#[test]
fn f13_a_wrong_clock_costs_one_failure_and_no_call() {
    let mut corrected = false;
    let tally = batch(|_, _| {
        if std::mem::replace(&mut corrected, true) {
            Gateway::Accepts
        } else {
            Gateway::Expired
        }
    })
    .run();
    assert_eq!((tally.accepted, tally.failures), (1000, 1));
}

#[test]
fn f14_a_clock_that_jumps_costs_those_in_flight_a_repeat() {
    let jump = NOW + Duration::from_millis(300);
    let tally = batch(|now, is_repeat| match now {
        // The first answers come 20 ms later, and what is sent then has the right time.
        now if is_repeat || now < jump || now > jump + Duration::from_millis(20) => {
            Gateway::Accepts
        }
        _ => Gateway::Expired,
    })
    .run();
    assert!((1..=32).contains(&tally.failures), "{tally:?}");
    assert_eq!(tally.accepted, 1000);
}

/// It is this machine's clock that jumps, so it is known before anything is sent.
#[test]
fn f14_a_clock_that_is_set_costs_one_failure() {
    const JUMP: Duration = NOW.saturating_add(Duration::from_millis(300));
    let mut corrected = false;
    let mut batch = batch(|now, is_repeat| {
        corrected |= is_repeat;
        if now < JUMP || corrected {
            Gateway::Accepts
        } else {
            Gateway::Expired
        }
    });
    batch.wall = |now| {
        let hours = if now < JUMP { 0 } else { 3 };
        right(now) + time::Duration::hours(hours)
    };
    let tally = batch.run();
    assert_eq!((tally.accepted, tally.failures), (1000, 1));
}

#[test]
fn f13_a_correction_that_doesnt_help_ends_after_the_repeat() {
    for after in [Gateway::Expired, Gateway::Refuses] {
        let mut calls = 0;
        let tally = batch(|_, _| {
            calls += 1;
            if calls == 1 { Gateway::Expired } else { after }
        })
        .run();
        assert_eq!(tally.failures, 2, "{after:?}");
        assert_eq!(tally.not_attempted, 999);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in between, and in whatever order the answers arrive.
    #[test]
    fn f12_a_key_never_comes_near_its_lock(
        workers in 1_usize..64,
        items in 1_usize..300,
        latencies in proptest::collection::vec(1_u64..90_000, 1..20),
        answers in proptest::collection::vec(0_u8..4, 1..20),
    ) {
        let mut sent = 0;
        let tally = Batch {
            workers,
            items,
            wall: right,
            gateway: |_, _| {
                sent += 1;
                match answers[sent % answers.len()] {
                    0 => Gateway::Silent,
                    1 => Gateway::Expired,
                    _ => Gateway::Refuses,
                }
            },
            latency: |call| {
                let at = usize::try_from(call).unwrap() % latencies.len();
                Duration::from_millis(latencies[at])
            },
        }
        .run();
        // One at a time for as long as nothing is accepted, so the answers are one row: at most
        // two refusals in each five minutes.
        prop_assert_eq!(tally.accepted, 0);
        prop_assert!(tally.failures <= 2, "{:?}", tally);
        prop_assert!(tally.silent + tally.failures + tally.not_attempted >= items);
    }

    #[test]
    fn no_call_is_left_waiting(
        workers in 1_usize..64,
        answers in proptest::collection::vec(0_u8..8, 1..50),
        latencies in proptest::collection::vec(1_u64..400_000, 1..20),
    ) {
        let mut sent = 0;
        let tally = Batch {
            workers,
            items: 300,
            wall: right,
            gateway: |_, _| {
                sent += 1;
                match answers[sent % answers.len()] {
                    0 => Gateway::Silent,
                    1 => Gateway::Expired,
                    2 => Gateway::Refuses,
                    _ => Gateway::Accepts,
                }
            },
            latency: |call| {
                let at = usize::try_from(call).unwrap() % latencies.len();
                Duration::from_millis(latencies[at])
            },
        }
        .run();
        prop_assert!(tally.accepted + tally.failures + tally.silent + tally.not_attempted >= 300);
    }
}
