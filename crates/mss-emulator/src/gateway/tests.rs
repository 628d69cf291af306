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
    assert!(vectors.len() >= 34);
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
        region: "cn-north-4",
        failures: &RefCell::default(),
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
        let payload = canonical::Payload::of(
            authorization.algorithm,
            &head.headers,
            vector.body.as_bytes(),
        );
        let canonical = canonical::request(&head, &authorization.signed_headers, &payload);
        assert_eq!(
            String::from_utf8(canonical.text.clone()).unwrap(),
            vector.canonical_request,
            "{name}"
        );
        if let Some(expected) = &vector.string_to_sign {
            let to_sign = signature::string_to_sign(
                authorization.algorithm,
                &vector.date,
                &authorization.scope,
                &canonical.text,
            );
            assert_eq!(&to_sign, expected, "{name}");
        }
        let secret = Secret::new(vector.secret_key.clone());
        let signature =
            signature::compute(&authorization, &secret, &vector.date, &canonical.text).unwrap();
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
        let payload = canonical::Payload::of(Algorithm::SdkHmacSha256, &head.headers, b"");
        assert_eq!(payload.is_true, is_true, "{named}");
    }
    let other = canonical::Payload::of(Algorithm::SdkHmacSha256, &head.headers, b"x");
    assert!(!other.is_true);
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
        "SDK-HMAC-SHA256 Credential=a/20260102/r/s, SignedHeaders=host;x-sdk-date, Signature=c",
        "SDK-HMAC-SM3 Credential=a/20260102/r/s, SignedHeaders=host;x-sdk-date, Signature=c",
        "SDK-HMAC-MD5 Access=a, SignedHeaders=host;x-sdk-date, Signature=c",
        "V11-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=c",
        "V11-HMAC-SHA256 Credential=a, SignedHeaders=host;x-sdk-date, Signature=c",
        "V11-HMAC-SHA256 Credential=a/r/s, SignedHeaders=host;x-sdk-date, Signature=c",
        "V11-HMAC-SHA256 Credential=a/20260102//s, SignedHeaders=host;x-sdk-date, Signature=c",
        "V11-HMAC-SHA256 Credential=/20260102/r/s, SignedHeaders=host;x-sdk-date, Signature=c",
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

/// The header that goes with a scope, right in itself: only what the key was derived for differs.
fn derived_for(vector: &Vector, scope: &str) -> String {
    let (head, right) = (head(vector), "20260102/cn-north-4/metastudio");
    let mut authorization = Authorization::of(&head.headers).unwrap().ok().unwrap();
    assert_eq!(authorization.scope, right);
    scope.clone_into(&mut authorization.scope);
    let secret = Secret::new(vector.secret_key.clone());
    let canonical = vector.canonical_request.as_bytes();
    let signature = signature::compute(&authorization, &secret, &vector.date, canonical).unwrap();
    vector
        .authorization
        .replace(right, scope)
        .replace(&authorization.signature, &signature)
}

#[test]
fn a_derived_key_is_good_for_one_day_region_and_service() {
    let vector = vectors().into_iter().find(|v| v.name == "M6").unwrap();
    let now = clock::parse_basic(&vector.date).unwrap();
    let said = |authorization: String| {
        let mut head = head(&vector);
        head.headers
            .insert("authorization", authorization.parse().unwrap());
        attempt(&vector, &head, now)
    };
    let right = derived_for(&vector, "20260102/cn-north-4/metastudio");
    assert_eq!(right, vector.authorization);
    assert!(said(right).is_ok());
    for scope in [
        "20260103/cn-north-4/metastudio",
        "20260102/cn-east-3/metastudio",
        "20260102/cn-north-4/obs",
        "20260102/CN-NORTH-4/metastudio",
    ] {
        // The key of another scope, and the right key under another name.
        let renamed = vector
            .authorization
            .replace("20260102/cn-north-4/metastudio", scope);
        for authorization in [derived_for(&vector, scope), renamed] {
            let said = text(said(authorization));
            assert!(
                said.starts_with("verify aksk signature fail, canonicalRequest:POST|/v1/"),
                "{scope}: {said}"
            );
        }
    }
}

#[test]
fn an_algorithm_signs_for_itself_only() {
    let vectors = vectors();
    let named = |name: &str| vectors.iter().find(|v| v.name == name).unwrap();
    for (name, one, other) in [
        ("M2", "SDK-HMAC-SHA256 ", "SDK-HMAC-SM3 "),
        ("M5", "SDK-HMAC-SM3 ", "SDK-HMAC-SHA256 "),
    ] {
        let vector = named(name);
        let now = clock::parse_basic(&vector.date).unwrap();
        let mut head = head(vector);
        assert!(attempt(vector, &head, now).is_ok(), "{name}");
        let mixed = vector.authorization.replace(one, other);
        head.headers.insert("authorization", mixed.parse().unwrap());
        let said = text(attempt(vector, &head, now));
        assert!(said.starts_with("verify aksk signature fail, "), "{said}");
    }
}

#[test]
fn each_algorithm_has_its_own_header_for_the_hash_of_the_body() {
    for (algorithm, own, foreign) in [
        (
            Algorithm::SdkHmacSm3,
            "x-sdk-content-sm3",
            "x-sdk-content-sha256",
        ),
        (
            Algorithm::V11HmacSha256,
            "x-sdk-content-sha256",
            "x-sdk-content-sm3",
        ),
    ] {
        for (name, hash, is_true) in [
            (own, algorithm.hash(b"body"), true),
            (own, "UNSIGNED-PAYLOAD".to_owned(), true),
            (own, algorithm.hash(b"other"), false),
            (foreign, algorithm.hash(b"other"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, hash.parse().unwrap());
            let payload = canonical::Payload::of(algorithm, &headers, b"body");
            assert_eq!(payload.is_true, is_true, "{algorithm:?} {name}");
        }
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
