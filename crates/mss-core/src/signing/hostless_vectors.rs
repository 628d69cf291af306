//! The published vectors that sign no `Host`. [`super::Signer`] always signs it, so these are put
//! through the single steps; all others are in `tests/signing_vectors.rs`.

use serde_json::Value;

use super::{
    Algorithm, RequestParts, authorization,
    canonical_headers::{self, CanonicalHeaders},
    canonical_request,
    date::SigningDate,
    hash, hex,
    payload::Payload,
    scheme::{Chosen, Scheme},
};
use crate::Credentials;

#[test]
fn vectors_without_host_come_out_at_every_stage() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/signing.json"
    );
    #[allow(clippy::disallowed_methods)] // the crate does no I/O, its tests may
    let json = std::fs::read(path).unwrap();
    let vectors: Vec<Value> = serde_json::from_slice(&json).unwrap();
    let signs_no_host = |vector: &&Value| {
        let names = vector["headers"].as_array().unwrap().iter();
        names.clone().all(|pair| pair[0] != "Host")
    };
    let names: Vec<&str> = vectors
        .iter()
        .filter(signs_no_host)
        .map(|vector| {
            match chosen(vector) {
                Chosen::SdkHmacSha256(scheme) => assert_steps(vector, &scheme),
                Chosen::SdkHmacSm3(scheme) => assert_steps(vector, &scheme),
                Chosen::V11HmacSha256(scheme) => assert_steps(vector, &scheme),
            }
            text(&vector["name"])
        })
        .collect();
    assert_eq!(names, ["G1", "G2", "G3", "G4", "G5", "G6"]);
}

fn chosen(vector: &Value) -> Chosen {
    let (region, service) = (vector["region"].as_str(), vector["service"].as_str());
    let algorithm = Algorithm::named(text(&vector["algorithm"]), region, service).unwrap();
    let keys = (text(&vector["access_key"]), text(&vector["secret_key"]));
    Chosen::new(algorithm, &Credentials::new(keys.0, keys.1).unwrap())
}

fn assert_steps<S: Scheme>(vector: &Value, scheme: &S) {
    let name = &vector["name"];
    let mut headers = CanonicalHeaders::default();
    let lower = |pair: &Value| (text(&pair[0]).to_lowercase(), text(&pair[1]).to_owned());
    let list = vector["headers"].as_array().unwrap();
    let list: Vec<_> = list.iter().map(lower).collect();
    for (name, value) in &list {
        headers.add(name, value.as_bytes());
    }
    let headers = headers.sorted();
    let query = vector["query"].as_array().unwrap();
    let query = query
        .iter()
        .map(|pair| format!("{}={}", text(&pair[0]), text(&pair[1])));
    let query = query.collect::<Vec<_>>().join("&");
    let request = RequestParts {
        method: text(&vector["method"]),
        path: text(&vector["path"]),
        query: Some(&query),
        authority: None,
        body: text(&vector["body"]).as_bytes(),
    };
    let payload = Payload::of::<S::Hash>(None, request.body);

    let mut canonical_request = Vec::new();
    canonical_request::write_target(&request, &mut canonical_request);
    canonical_headers::write(headers, &mut canonical_request);
    canonical_request::write_end(headers, &payload, &mut canonical_request);
    assert_eq!(
        str::from_utf8(&canonical_request).unwrap(),
        vector["canonical_request"],
        "{name}"
    );

    let date = SigningDate::parse(text(&vector["date"]).as_bytes()).unwrap();
    let hash = hash::digest::<S::Hash>(&canonical_request);
    let string_to_sign = scheme.string_to_sign(&date, &hash);
    let string_to_sign = string_to_sign.as_ref();
    assert_eq!(
        str::from_utf8(string_to_sign).unwrap(),
        vector["string_to_sign"],
        "{name}"
    );

    let signature = scheme.sign(&date, string_to_sign);
    let mut authorization = Vec::new();
    let access_key = text(&vector["access_key"]);
    authorization::write_beginning(scheme, access_key, &date, headers, &mut authorization);
    authorization.extend_from_slice(&hex::lower(&signature));
    assert_eq!(
        str::from_utf8(&authorization).unwrap(),
        vector["authorization"],
        "{name}"
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
