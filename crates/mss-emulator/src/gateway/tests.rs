//! The published vectors, stage by stage, and what the gateway says to faulty requests.

use http::{Request, request::Parts};
use serde::Deserialize;
use time::OffsetDateTime;

use super::*;
use crate::secret::Secret;

#[derive(Deserialize)]
struct Vector {
    name: String,
    access_key: String,
    secret_key: String,
    date: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    canonical_request: String,
    string_to_sign: Option<String>,
    authorization: String,
}

fn vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../../tests/vectors/gateway.json")).unwrap();
    assert!(vectors.len() >= 10);
    vectors
}

fn head(vector: &Vector) -> Parts {
    let mut request = Request::builder()
        .method(vector.method.as_str())
        .uri(vector.target.as_str());
    for (name, value) in &vector.headers {
        request = request.header(name, value.as_bytes());
    }
    request
        .header("Authorization", &vector.authorization)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn attempt(vector: &Vector, head: &Parts, now: OffsetDateTime) -> Result<(), Rejection> {
    let secret_key = Secret::new(vector.secret_key.clone());
    let credentials = Credentials {
        keys: &Keys::new(vector.access_key.clone(), secret_key),
        tokens: &Tokens::new("right", "project".to_owned()),
    };
    authenticate(head, vector.body.as_bytes(), &credentials, now).map(drop)
}

fn text(outcome: Result<(), Rejection>) -> String {
    match outcome {
        Err(Rejection::Incorrect(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_stage_of_every_vector() {
    for vector in vectors() {
        let name = &vector.name;
        let head = head(&vector);
        let authorization = Authorization::of(&head.headers).unwrap().ok().unwrap();
        let payload = canonical::Payload::of(&head.headers, vector.body.as_bytes());
        let canonical = canonical::request(&head, &authorization.signed_headers, &payload);
        assert_eq!(
            String::from_utf8(canonical.text.clone()).unwrap(),
            vector.canonical_request,
            "{name}"
        );
        if let Some(expected) = &vector.string_to_sign {
            let to_sign = signature::string_to_sign(&vector.date, &canonical.text);
            assert_eq!(&to_sign, expected, "{name}");
        }
        let secret = Secret::new(vector.secret_key.clone());
        let signature = signature::compute(&secret, &vector.date, &canonical.text).unwrap();
        assert_eq!(signature, authorization.signature, "{name}");
    }
}

#[test]
fn a_signature_is_good_for_15_minutes_either_way() {
    let vector = vectors().into_iter().find(|v| v.name == "M2").unwrap();
    let head = head(&vector);
    let signed_at = clock::parse_basic(&vector.date).unwrap();
    for seconds in [-900, 0, 900] {
        assert!(attempt(&vector, &head, signed_at + Duration::seconds(seconds)).is_ok());
    }
    let late = attempt(&vector, &head, signed_at + Duration::seconds(901));
    assert_eq!(
        text(late),
        "calc aksk signature fail:signature expired, \
         signature time:20260102T030405Z,server time:20260102T031906Z"
    );
    assert!(attempt(&vector, &head, signed_at - Duration::seconds(901)).is_err());
}

#[test]
fn a_hash_named_by_the_client_must_be_true() {
    let vector = vectors().into_iter().find(|v| v.name == "M2").unwrap();
    let mut head = head(&vector);
    let empty = base16ct::lower::encode_string(&<sha2::Sha256 as sha2::Digest>::digest(b""));
    for (named, is_true) in [("UNSIGNED-PAYLOAD", true), (&empty, true), ("other", false)] {
        head.headers
            .insert("x-sdk-content-sha256", named.parse().unwrap());
        let payload = canonical::Payload::of(&head.headers, b"");
        assert_eq!(payload.is_true, is_true, "{named}");
    }
    assert!(!canonical::Payload::of(&head.headers, b"x").is_true);
}

#[test]
fn garbled_headers_are_named() {
    let vector = vectors().into_iter().find(|v| v.name == "M2").unwrap();
    let now = clock::parse_basic(&vector.date).unwrap();
    for garbled in [
        "",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 ",
        "Basic QTpC",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date",
        "SDK-HMAC-SHA256 Access=a, Access=a, SignedHeaders=b, Signature=c",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=b, Signature=c",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=b, Signature=c, More=d",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date, Signature=c",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=c",
    ] {
        let mut head = head(&vector);
        head.headers
            .insert("authorization", garbled.parse().unwrap());
        let said = text(attempt(&vector, &head, now));
        assert!(
            said.starts_with("authorization header: "),
            "{garbled}: {said}"
        );
    }
}

#[test]
fn a_named_header_has_to_come() {
    let vector = vectors().into_iter().find(|v| v.name == "M2").unwrap();
    let now = clock::parse_basic(&vector.date).unwrap();
    let mut head = head(&vector);
    head.headers.remove("content-type");
    let said = text(attempt(&vector, &head, now));
    assert!(
        said.starts_with("verify aksk signature fail, canonicalRequest:POST|/v1/"),
        "{said}"
    );
    assert!(said.contains("|content-type:|host:metastudio."), "{said}");
}

#[test]
fn the_token_is_the_other_way_in() {
    let vector = vectors().into_iter().find(|v| v.name == "M2").unwrap();
    let now = clock::parse_basic(&vector.date).unwrap();
    let mut head = head(&vector);
    head.headers.remove("authorization");
    assert!(matches!(
        attempt(&vector, &head, now),
        Err(Rejection::Anonymous)
    ));
    head.headers
        .insert("x-auth-token", "right".parse().unwrap());
    assert!(attempt(&vector, &head, now).is_ok());
    head.headers
        .insert("x-auth-token", "wrong".parse().unwrap());
    assert_eq!(text(attempt(&vector, &head, now)), "decrypt token fail");
}
