//! A key that fails too often is locked for five minutes.

use mss_emulator::Emulator;
use serde_json::Value;

use crate::support::{Hand, NOW_BASIC, Request, Response, emulator, unsigned};

const LOCKED: &str =
    "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden";

/// A call for a file that doesn't exist: 404 to those who are let in.
fn signed(emulator: &Emulator, secret_key: &str, date: &str) -> Response {
    let request = unsigned(emulator, "/files/f/complete", "{\"state\": \"FAILED\"}");
    let request = request.replace("X-Sdk-Date", date);
    let request = request.signed(emulator.access_key(), secret_key);
    request.send(emulator)
}

fn right(emulator: &Emulator) -> Response {
    signed(emulator, emulator.secret_key(), NOW_BASIC)
}

#[track_caller]
fn fails(emulator: &Emulator, times: usize) {
    for _ in 0..times {
        let answer = signed(emulator, "wrong", NOW_BASIC);
        assert_eq!(
            (answer.status, answer.error_code()),
            (401, "APIGW.0301".into())
        );
        assert!(answer.error_msg().contains("verify aksk signature fail"));
    }
}

#[test]
fn the_sixth_failure_in_a_row_locks_for_five_minutes() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    fails(&emulator, 6);
    let refused = right(&emulator);
    assert_eq!(
        (refused.status, refused.error_code()),
        (401, "APIGW.0301".into())
    );
    assert_eq!(refused.error_msg(), LOCKED);
    hand.advance(299);
    assert_eq!(right(&emulator).error_msg(), LOCKED);
    let [seen] = &emulator.authentication_failures()[..] else {
        panic!("one key");
    };
    assert_eq!(seen.access_key, emulator.access_key());
    assert_eq!((seen.failures, seen.consecutive), (6, 0));
    assert_eq!(seen.refused_while_locked, 2);
    assert_eq!(seen.locked_until.as_deref(), Some("2026-01-02T03:09:05Z"));
    hand.advance(1);
    assert_eq!(right(&emulator).status, 404);
    // The next lock takes as many failures as the first.
    fails(&emulator, 5);
    assert_eq!(right(&emulator).status, 404);
}

#[test]
fn a_success_begins_the_count_anew() {
    let emulator = emulator();
    for round in 1..=3 {
        fails(&emulator, 5);
        let [seen] = &emulator.authentication_failures()[..] else {
            panic!("one key");
        };
        assert_eq!((seen.failures, seen.consecutive), (5 * round, 5));
        assert_eq!(right(&emulator).status, 404);
    }
    assert_eq!(emulator.authentication_failures()[0].consecutive, 0);
}

#[test]
fn an_expired_signature_counts_too() {
    let emulator = emulator();
    for _ in 0..6 {
        let answer = signed(&emulator, emulator.secret_key(), "20260102T020405Z");
        assert!(answer.error_msg().contains("signature expired"));
    }
    assert_eq!(right(&emulator).error_msg(), LOCKED);
}

#[test]
fn only_a_key_that_exists_can_be_locked_and_only_for_itself() {
    let emulator = emulator();
    for _ in 0..7 {
        let request = unsigned(&emulator, "/files/f/complete", "{}");
        let answer = request.signed("NOBODY", "wrong").send(&emulator);
        assert!(
            answer
                .error_msg()
                .ends_with("Get secretKey failed,ak:NOBODY,err:ak not exist")
        );
        let garbled = unsigned(&emulator, "/files", "{}").header("Authorization", "Basic QTpC");
        assert_eq!(garbled.send(&emulator).status, 401);
        let token = unsigned(&emulator, "/files", "{}").header("X-Auth-Token", "wrong");
        assert_eq!(token.send(&emulator).status, 401);
    }
    assert_eq!(right(&emulator).status, 404);
    let seen = emulator.authentication_failures();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].access_key.as_str(), seen[0].failures),
        ("NOBODY", 7)
    );
    assert_eq!(seen[0].locked_until, None);
}

#[test]
fn a_token_opens_while_the_key_is_locked() {
    let emulator = emulator();
    fails(&emulator, 6);
    let request = unsigned(&emulator, "/files/f/complete", "{\"state\": \"FAILED\"}");
    let request = request.header("X-Auth-Token", emulator.token());
    assert_eq!(request.send(&emulator).status, 404);
}

#[test]
fn the_page_shows_the_same() {
    let emulator = emulator();
    fails(&emulator, 2);
    let page = Request::new("GET", "/_emulator/authentication_failures", "").header("Host", "x");
    let page = page.send(&emulator).json();
    let seen = &page["authentication_failures"][0];
    assert_eq!(seen["access_key"], emulator.access_key());
    assert_eq!(seen["failures"], 2);
    assert_eq!(seen["locked_until"], Value::Null);
}
