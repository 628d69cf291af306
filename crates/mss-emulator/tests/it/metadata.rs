//! The metadata service of a cloud server, in its versions 2 and 1.

use mss_emulator::{Emulator, Fault, MetadataService, Operation};

use crate::support::{Hand, Request, Response, emulator};

const TOKEN: &str = "/meta-data/latest/api/token";
const KEYS: &str = "/openstack/latest/securitykey";

fn ask_token(emulator: &Emulator, seconds: &str) -> Response {
    Request::new("PUT", TOKEN, "")
        .header("Host", "169.254.169.254")
        .header("X-Metadata-Token-Ttl-Seconds", seconds)
        .send(emulator)
}

fn token(emulator: &Emulator) -> String {
    let answer = ask_token(emulator, "21600");
    assert_eq!(answer.status, 200, "{answer:?}");
    String::from_utf8(answer.body).unwrap()
}

fn ask_keys(emulator: &Emulator, token: Option<&str>) -> Response {
    let mut request = Request::new("GET", KEYS, "").header("Host", "169.254.169.254");
    if let Some(token) = token {
        request = request.header("X-Metadata-Token", token);
    }
    request.send(emulator)
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn keys_come_with_a_token_and_without() {
    let emulator = emulator();
    let token = token(&emulator);
    let mut seen = Vec::new();
    for token in [Some(token.as_str()), None] {
        let answer = ask_keys(&emulator, token);
        assert_eq!(answer.status, 200);
        let told = answer.json();
        let keys = &told["credential"];
        assert_eq!(keys["expires_at"], "2026-01-03T03:04:05.000000Z");
        for name in ["access", "secret", "securitytoken"] {
            assert!(keys[name].as_str().unwrap().len() >= 20, "{name}");
        }
        seen.push(keys["access"].clone());
    }
    assert_ne!(seen[0], seen[1], "each fetch gives new ones");
}

#[test]
fn a_metadata_token_ends_when_it_was_asked_to() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    for wrong in ["", "0", "21601", "-1", "soon"] {
        assert_eq!(ask_token(&emulator, wrong).status, 400, "{wrong}");
    }
    let short = text(&ask_token(&emulator, "60"));
    let long = token(&emulator);
    hand.advance(59);
    assert_eq!(ask_keys(&emulator, Some(&short)).status, 200);
    hand.advance(1);
    assert_eq!(ask_keys(&emulator, Some(&short)).status, 401);
    assert_eq!(ask_keys(&emulator, Some("another")).status, 401);
    assert_eq!(ask_keys(&emulator, Some(&long)).status, 200);
    emulator.expire_tokens();
    assert_eq!(ask_keys(&emulator, Some(&long)).status, 401);
}

#[test]
fn a_service_may_know_version_2_only_or_version_1_only() {
    let emulator = Emulator::builder()
        .metadata(MetadataService::V2Only)
        .start()
        .unwrap();
    let token = token(&emulator);
    assert_eq!(ask_keys(&emulator, Some(&token)).status, 200);
    let refused = ask_keys(&emulator, None);
    assert_eq!(refused.status, 401);
    assert!(!text(&refused).contains("Cloud Service Agency"));

    emulator.set_metadata(MetadataService::V1Only);
    assert_eq!(ask_token(&emulator, "21600").status, 404);
    assert_eq!(ask_keys(&emulator, None).status, 200);
    // It doesn't know the header.
    assert_eq!(ask_keys(&emulator, Some("anything")).status, 200);

    emulator.set_metadata(MetadataService::V2AndV1);
    for status in [405, 503] {
        let unsupported = Fault::status(status).on(Operation::MetadataToken);
        emulator.inject(unsupported).unwrap();
        assert_eq!(ask_token(&emulator, "21600").status, status);
    }
}

#[test]
fn a_server_without_an_agency_gets_no_keys() {
    let emulator = emulator();
    emulator.set_metadata(MetadataService::NoAgency);
    let token = token(&emulator);
    for token in [Some(token.as_str()), None] {
        let answer = ask_keys(&emulator, token);
        assert_eq!(answer.status, 401);
        assert!(text(&answer).contains("Please configure Cloud Service Agency first"));
    }
    // A wrong token is another matter, which a new one cures.
    assert!(!text(&ask_keys(&emulator, Some("wrong"))).contains("Agency"));
}

#[test]
fn what_was_forwarded_is_not_answered() {
    let emulator = emulator();
    let token = token(&emulator);
    for request in [
        Request::new("PUT", TOKEN, "").header("X-Metadata-Token-Ttl-Seconds", "60"),
        Request::new("GET", KEYS, "").header("X-Metadata-Token", token),
    ] {
        let request = request.header("Host", "169.254.169.254");
        assert_eq!(request.send(&emulator).status, 200);
        let request = request.header("X-Forwarded-For", "10.0.0.1");
        assert_eq!(request.send(&emulator).status, 403);
    }
}

/// So a client with a fixed address reaches it as its proxy.
#[test]
fn the_absolute_form_is_the_same_request() {
    let emulator = emulator();
    let base = "http://169.254.169.254";
    let token = Request::new("PUT", &format!("{base}{TOKEN}"), "")
        .header("Host", "169.254.169.254")
        .header("X-Metadata-Token-Ttl-Seconds", "21600")
        .send(&emulator);
    assert_eq!(token.status, 200, "{token:?}");
    let keys = Request::new("GET", &format!("{base}{KEYS}"), "")
        .header("Host", "169.254.169.254")
        .header("X-Metadata-Token", text(&token))
        .send(&emulator);
    assert_eq!(keys.status, 200, "{keys:?}");
    let seen = emulator.requests();
    let seen: Vec<_> = seen
        .iter()
        .map(|request| (request.operation.unwrap(), request.path.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Operation::MetadataToken, TOKEN),
            (Operation::MetadataKeys, KEYS)
        ]
    );
}
