//! Keys that were handed out for a while are real ones, until they end or go bad.

use std::time::Duration;

use mss_emulator::Emulator;

use crate::support::{Hand, Request, Response, emulator, repeatable, unsigned};

#[derive(Clone)]
struct Keys {
    access: String,
    secret: String,
    security_token: String,
}

fn fetch(emulator: &Emulator) -> Keys {
    let answer = Request::new("GET", "/openstack/latest/securitykey", "")
        .header("Host", "169.254.169.254")
        .send(emulator);
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    let text = |name: &str| told["credential"][name].as_str().unwrap().to_owned();
    Keys {
        access: text("access"),
        secret: text("secret"),
        security_token: text("securitytoken"),
    }
}

fn call(emulator: &Emulator, keys: &Keys, security_token: Option<&str>) -> Response {
    let body = repeatable();
    let mut request = unsigned(emulator, "/files", body);
    if let Some(token) = security_token {
        request = request.header("X-Security-Token", token);
    }
    request.signed(&keys.access, &keys.secret).send(emulator)
}

fn status(emulator: &Emulator, keys: &Keys) -> u16 {
    call(emulator, keys, Some(&keys.security_token)).status
}

fn refused(answer: &Response, text: &str) {
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    let said = answer.error_msg();
    assert!(
        said.starts_with("Incorrect IAM authentication information: "),
        "{said}"
    );
    assert!(said.contains(text), "{said}");
}

#[test]
fn they_need_their_own_security_token() {
    let emulator = emulator();
    let (keys, others) = (fetch(&emulator), fetch(&emulator));
    assert_eq!(status(&emulator, &keys), 200);
    assert_eq!(status(&emulator, &others), 200);
    refused(&call(&emulator, &keys, None), "is missing");
    let other = Some(others.security_token.as_str());
    refused(&call(&emulator, &keys, other), "doesn't belong");
    let forged = Keys {
        secret: "another secret".to_owned(),
        ..keys.clone()
    };
    let token = Some(keys.security_token.as_str());
    refused(
        &call(&emulator, &forged, token),
        "verify aksk signature fail",
    );
    // It is said only where a key is refused anyway.
    assert_eq!(status(&emulator, &keys), 200);
}

#[test]
fn they_end_in_their_time_and_not_with_the_next_ones() {
    let hand = Hand::new();
    let emulator = Emulator::builder()
        .key_lifetime(Duration::from_secs(10))
        .clock(hand.clock())
        .start()
        .unwrap();
    let first = fetch(&emulator);
    hand.advance(9);
    let second = fetch(&emulator);
    assert_eq!(status(&emulator, &first), 200);
    hand.advance(1);
    let late = call(&emulator, &first, Some(&first.security_token));
    refused(&late, "has expired");
    assert_eq!(status(&emulator, &second), 200);
    emulator.expire_keys();
    assert_eq!(status(&emulator, &second), 401);
    assert_eq!(status(&emulator, &fetch(&emulator)), 200);
}

#[test]
fn a_key_can_go_bad_at_any_time() {
    let emulator = emulator();
    let keys = fetch(&emulator);
    assert_eq!(status(&emulator, &keys), 200);
    assert!(emulator.revoke_key(&keys.access));
    assert!(!emulator.revoke_key(&keys.access));
    let gone = call(&emulator, &keys, Some(&keys.security_token));
    refused(&gone, "err:ak not exist");

    let permanent = |secret: &str| {
        let body = repeatable();
        let request = unsigned(&emulator, "/files", body);
        request
            .signed(emulator.access_key(), secret)
            .send(&emulator)
    };
    assert_eq!(permanent(emulator.secret_key()).status, 200);
    assert!(emulator.set_secret_key(emulator.access_key(), "another secret"));
    refused(
        &permanent(emulator.secret_key()),
        "verify aksk signature fail",
    );
    assert_eq!(permanent("another secret").status, 200);
    assert!(!emulator.set_secret_key("NOBODY", "x"));
    assert!(emulator.revoke_key(emulator.access_key()));
    refused(&permanent("another secret"), "err:ak not exist");
}
