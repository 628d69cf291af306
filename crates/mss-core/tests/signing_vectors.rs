//! Published and computed signatures, asserted stage by stage. The data, and what its fields
//! mean, is in `tests/vectors` of the workspace.
#![allow(clippy::unwrap_used)] // in functions beside the tests, too

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use mss_core::{
    AppUserId, Credentials, FileId,
    signing::{Algorithm, Explanation, Signer},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::{Date, Month, OffsetDateTime, Time};

const NOT_ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The Go SDK signs no `Host`, and [`Signer`] never leaves it out. The single steps are held to
/// these in `src/signing/hostless_vectors.rs`.
const WITHOUT_HOST: [&str; 6] = ["G1", "G2", "G3", "G4", "G5", "G6"];

#[test]
fn f19_published_vectors_come_out_at_every_stage() {
    let vectors = vectors("signing.json");
    let mut tested = BTreeMap::new();
    for vector in &vectors {
        let name = text(vector, "name");
        if WITHOUT_HOST.contains(&name) {
            continue;
        }
        // As it is written, host and date given; the clock is elsewhere.
        let mut request = published_request(vector);
        let signed = explain(vector, &request, OffsetDateTime::UNIX_EPOCH);
        assert_stages(vector, &signed);
        assert_eq!(signed.headers.iter().count(), 1, "{name}: nothing to add");
        // The same with both left to the signer.
        request.headers_mut().remove("host");
        request.headers_mut().remove("x-sdk-date");
        assert_stages(vector, &explain(vector, &request, date(vector)));
        *tested.entry(text(vector, "algorithm")).or_insert(0) += 1;
    }
    let expected = [
        ("SDK-HMAC-SHA256", 9),
        ("SDK-HMAC-SM3", 6),
        ("V11-HMAC-SHA256", 6),
    ];
    assert_eq!(tested, expected.into());
    assert_eq!(vectors.len(), 21 + WITHOUT_HOST.len());
}

#[test]
fn f19_vectors_of_metastudio_come_out_at_every_stage() {
    let vectors = vectors("metastudio.json");
    for vector in &vectors {
        let request = metastudio_request(vector);
        assert_stages(vector, &explain(vector, &request, date(vector)));
    }
    assert_eq!(vectors.len(), 13);
}

#[test]
fn what_our_calls_refuse_is_refused() {
    let vectors = vectors("metastudio.json");
    let named = |name| {
        vectors
            .iter()
            .find(|vector| vector["name"] == name)
            .unwrap()
    };

    let user = signed_header(named("M4"), "x-app-userid");
    assert!(!user.is_ascii(), "{user}");
    user.parse::<AppUserId>().unwrap_err();
    signed_header(named("M1"), "x-app-userid")
        .parse::<AppUserId>()
        .unwrap();

    let segment = |name| text(named(name), "url").rsplit('/').nth(1).unwrap();
    let id = segment("M7");
    assert!(id.contains("%2F"), "{id}");
    id.parse::<FileId>().unwrap_err();
    let decoded = percent_decode_str(id).decode_utf8().unwrap();
    decoded.parse::<FileId>().unwrap_err();
    segment("M1").parse::<FileId>().unwrap();
}

fn vectors(file: &str) -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
    #[allow(clippy::disallowed_methods)] // the crate does no I/O, its tests may
    let json = std::fs::read(format!("{folder}/{file}")).expect(file);
    serde_json::from_slice(&json).expect(file)
}

fn published_request(vector: &Value) -> Request<Vec<u8>> {
    let encode =
        |value: &Value| utf8_percent_encode(value.as_str().unwrap(), NOT_ENCODED).to_string();
    let query: Vec<String> = vector["query"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| format!("{}={}", encode(&pair[0]), encode(&pair[1])))
        .collect();
    let separator = if query.is_empty() { "" } else { "?" };
    let url = format!(
        "https://{}{}{separator}{}",
        text(vector, "host"),
        text(vector, "path"),
        query.join("&")
    );
    let mut request = request(vector, &url);
    for pair in vector["headers"].as_array().unwrap() {
        add(
            request.headers_mut(),
            pair[0].as_str().unwrap(),
            pair[1].as_str().unwrap(),
        );
    }
    request
}

/// The request without host and date, which the signer adds.
fn metastudio_request(vector: &Value) -> Request<Vec<u8>> {
    let url = text(vector, "url");
    let mut request = request(vector, url);
    let names = match vector.get("signed_headers") {
        Some(names) => names.as_str().unwrap(),
        None => text(vector, "canonical_request")
            .lines()
            .rev()
            .nth(1)
            .unwrap(),
    };
    for name in names.split(';') {
        let value = match name {
            "host" | "x-sdk-date" => continue,
            "content-type" => "application/json",
            "x-project-id" => url.split('/').nth(4).unwrap(),
            _ => signed_header(vector, name),
        };
        add(request.headers_mut(), name, value);
    }
    request
}

fn request(vector: &Value, url: &str) -> Request<Vec<u8>> {
    Request::builder()
        .method(text(vector, "method"))
        .uri(url)
        .body(text(vector, "body").into())
        .unwrap()
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    let name: HeaderName = name.parse().unwrap();
    // Values may be outside ASCII: their UTF-8 bytes are what is sent.
    headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
}

fn signed_header<'a>(vector: &'a Value, name: &str) -> &'a str {
    let mut lines = text(vector, "canonical_request").lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.expect(name)
}

fn date(vector: &Value) -> OffsetDateTime {
    let digits = text(vector, "date");
    let number = |from: usize| digits[from..from + 2].parse::<u8>().unwrap();
    let year = digits[..4].parse().unwrap();
    let month = Month::try_from(number(4)).unwrap();
    let day = Date::from_calendar_date(year, month, number(6)).unwrap();
    let time = Time::from_hms(number(9), number(11), number(13)).unwrap();
    day.with_time(time).assume_utc()
}

fn explain(vector: &Value, request: &Request<Vec<u8>>, now: OffsetDateTime) -> Explanation {
    let key = text(vector, "access_key");
    let credentials = Credentials::new(key, text(vector, "secret_key")).unwrap();
    let signer = Signer::with_algorithm(&credentials, algorithm(vector));
    signer.explain(request, now).unwrap()
}

/// What the vector says; where it says nothing, as those of MetaStudio, what its `Authorization`
/// says; the "compact" ones carry the bare signature of the usual algorithm.
fn algorithm(vector: &Value) -> Algorithm {
    let named = |name: &str, region, service| Algorithm::named(name, region, service).unwrap();
    if let Some(name) = vector.get("algorithm") {
        let [region, service] = ["region", "service"].map(|field| vector[field].as_str());
        return named(name.as_str().unwrap(), region, service);
    }
    let Some(authorization) = vector.get("authorization") else {
        return Algorithm::SdkHmacSha256;
    };
    let (name, rest) = authorization.as_str().unwrap().split_once(' ').unwrap();
    let mut scope = rest.split(", ").next().unwrap().split('/').skip(2);
    let (region, service) = (scope.next(), scope.next());
    named(name, region, service)
}

/// Compares what the vector carries, the first stage first: it is the one to look at.
fn assert_stages(vector: &Value, signed: &Explanation) {
    let authorization = signed.headers.authorization();
    let hash: [u8; 32] = Sha256::digest(&signed.canonical_request).into();
    let hash = hash.map(|byte| format!("{byte:02x}")).concat();
    let mut carried = 0;
    for (stage, ours) in [
        ("canonical_request", &*signed.canonical_request),
        ("canonical_request_sha256", &*hash),
        ("string_to_sign", &*signed.string_to_sign),
        ("authorization", authorization),
        ("signature", authorization.rsplit('=').next().unwrap()),
    ] {
        if let Some(expected) = vector.get(stage) {
            assert_eq!(ours, expected, "{}: {stage}", vector["name"]);
            carried += 1;
        }
    }
    assert!(carried >= 2, "{}: no stages to compare", vector["name"]);
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    let value = vector[field].as_str();
    value.unwrap_or_else(|| panic!("{}: no {field}", vector["name"]))
}
