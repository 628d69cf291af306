//! Random requests against a second, slow and simple-minded implementation of the signatures.
#![allow(clippy::unwrap_used)] // in functions beside the tests, too

use std::collections::BTreeMap;

use hkdf::Hkdf;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use mss_core::{
    Credentials,
    signing::{Algorithm, Signer, SigningError},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};
use sha2::{Digest as _, Sha256};
use sm3::Sm3;
use time::{OffsetDateTime, UtcOffset, format_description};

const ACCESS_KEY: &str = "QTWAOYTTINDUT2QVKYUC";
const SECRET_KEY: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
const TOKEN: &str = "token/+=";

const SHA256: &str = "SDK-HMAC-SHA256";
const SM3: &str = "SDK-HMAC-SM3";
const V11: &str = "V11-HMAC-SHA256";
const REGION: &str = "cn-north-4";
const SERVICE: &str = "metastudio";

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None, // the crate's folder stays as it is
        ..ProptestConfig::default()
    })]

    #[test]
    fn signing_does_what_the_model_does(
        request in requests(), now in times(), algorithm in algorithms(), temporary: bool,
    ) {
        let signer = signer(algorithm, temporary);
        let signed = signer.explain(&request, now);
        match model(&request, now, algorithm, temporary.then_some(TOKEN)) {
            Err(error) => prop_assert_eq!(signed.unwrap_err(), error),
            Ok(expected) => {
                let signed = signed.unwrap();
                let lossy = String::from_utf8_lossy(&expected.canonical_request);
                prop_assert_eq!(signed.canonical_request, lossy);
                prop_assert_eq!(signed.string_to_sign, expected.string_to_sign);
                prop_assert_eq!(signed.headers.authorization(), expected.authorization);
            }
        }
    }

    #[test]
    fn signing_twice_gives_the_same(
        request in requests(), now in times(), algorithm in algorithms(), temporary: bool,
    ) {
        let signer = signer(algorithm, temporary);
        let Ok(first) = signer.sign(&request, now) else {
            return Ok(());
        };
        let first: Vec<_> = first.iter().collect();
        let again = signer.sign(&request, now).unwrap();
        prop_assert_eq!(&first, &again.iter().collect::<Vec<_>>());
        let explained = signer.explain(&request, now).unwrap().headers;
        prop_assert_eq!(&first, &explained.iter().collect::<Vec<_>>());
    }

    /// What was added is part of the request then, so the clock doesn't count any more.
    #[test]
    fn a_signed_request_signed_again_keeps_its_signature(
        mut request in requests(), now in times(), later in times(), algorithm in algorithms(),
        temporary: bool,
    ) {
        let signer = signer(algorithm, temporary);
        let Ok(signed) = signer.sign(&request, now) else {
            return Ok(());
        };
        signed.apply(request.headers_mut());
        let again = signer.sign(&request, later).unwrap();
        let again: Vec<_> = again.iter().collect();
        prop_assert_eq!(again, [("authorization", signed.authorization())]);
    }
}

fn signer(name: &str, temporary: bool) -> Signer {
    let mut credentials = Credentials::new(ACCESS_KEY, SECRET_KEY).unwrap();
    if temporary {
        credentials = credentials.with_security_token(TOKEN).unwrap();
    }
    let derives = name == V11;
    let algorithm = Algorithm::named(name, derives.then_some(REGION), derives.then_some(SERVICE));
    Signer::with_algorithm(&credentials, algorithm.unwrap())
}

// The model.

struct Expected {
    canonical_request: Vec<u8>,
    string_to_sign: String,
    authorization: String,
}

fn model(
    request: &Request<Vec<u8>>,
    now: OffsetDateTime,
    algorithm: &str,
    token: Option<&str>,
) -> Result<Expected, SigningError> {
    let mut headers: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (name, value) in request.headers() {
        let value = without_outer_blanks(value.as_bytes());
        headers.entry(name.to_string()).or_default().push(value);
    }
    if !headers.contains_key("host") {
        let authority = request.uri().authority().ok_or(SigningError::NoHost)?;
        let authority = authority.to_string();
        let host = authority.split('@').next_back().unwrap();
        headers.insert("host".into(), vec![host.into()]);
    }
    let now = now.to_offset(UtcOffset::UTC);
    let format = "[year][month][day]T[hour][minute][second]Z";
    let format = format_description::parse_borrowed::<2>(format).unwrap();
    let dates = headers
        .entry("x-sdk-date".into())
        .or_insert_with(|| vec![now.format(&format).unwrap().into()]);
    let date = String::from_utf8_lossy(&dates[0]).into_owned();
    if dates.len() > 1 || !looks_like_a_date(&date) {
        return Err(SigningError::MalformedDate);
    }
    if let Some(token) = token {
        let tokens = headers.entry("x-security-token".into());
        tokens.or_insert_with(|| vec![token.into()]);
    }
    let uses_sm3 = algorithm == SM3;
    let hash: fn(&[u8]) -> [u8; 32] = if uses_sm3 {
        |bytes| Sm3::digest(bytes).into()
    } else {
        |bytes| Sha256::digest(bytes).into()
    };
    let given_hash = headers.get(if uses_sm3 {
        "x-sdk-content-sm3"
    } else {
        "x-sdk-content-sha256"
    });
    let given_hash = given_hash.map_or(&b""[..], |values| &values[0]).to_vec();
    headers.retain(|name, _| name != "authorization" && !name.contains('_'));

    let mut canonical_request = Vec::new();
    let mut line = |text: &[u8]| {
        canonical_request.extend(text);
        canonical_request.push(b'\n');
    };
    line(request.method().as_str().to_uppercase().as_bytes());
    line(path(request.uri().path()).as_bytes());
    line(query(request.uri().query().unwrap_or("")).as_bytes());
    for (name, values) in &mut headers {
        values.sort();
        for value in values {
            line(&[name.as_bytes(), b":", value].concat());
        }
    }
    line(b"");
    let names = headers.into_keys().collect::<Vec<_>>().join(";");
    line(names.as_bytes());
    if given_hash.is_empty() {
        canonical_request.extend(hex(&hash(request.body())).as_bytes());
    } else {
        canonical_request.extend(given_hash);
    }

    let request_hash = hex(&hash(&canonical_request));
    let (key, key_name, string_to_sign);
    if algorithm == V11 {
        let info = format!("{}/{REGION}/{SERVICE}", date.split('T').next().unwrap());
        let mut derived = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(ACCESS_KEY.as_bytes()), SECRET_KEY.as_bytes());
        hkdf.expand(info.as_bytes(), &mut derived).unwrap();
        key = hex(&derived);
        key_name = format!("Credential={ACCESS_KEY}/{info}");
        string_to_sign = format!("{algorithm}\n{date}\n{info}\n{request_hash}");
    } else {
        key = SECRET_KEY.to_owned();
        key_name = format!("Access={ACCESS_KEY}");
        string_to_sign = format!("{algorithm}\n{date}\n{request_hash}");
    }
    let signature = hex(&hmac(hash, key.as_bytes(), string_to_sign.as_bytes()));
    let authorization =
        format!("{algorithm} {key_name}, SignedHeaders={names}, Signature={signature}");
    Ok(Expected {
        canonical_request,
        string_to_sign,
        authorization,
    })
}

fn path(wire: &str) -> String {
    let segments = unescaped(wire);
    let segments: Vec<String> = segments.split(|byte| *byte == b'/').map(escaped).collect();
    let joined = segments.join("/");
    if joined.ends_with('/') {
        joined
    } else {
        joined + "/"
    }
}

fn query(wire: &str) -> String {
    let mut pairs = Vec::new();
    for piece in wire.split('&') {
        if piece.is_empty() {
            continue;
        }
        let mut halves = piece.splitn(2, '=');
        let name = unescaped(halves.next().unwrap());
        let value = unescaped(halves.next().unwrap_or(""));
        pairs.push((name, value));
    }
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| escaped(name) + "=" + &escaped(value))
        .collect();
    pairs.join("&")
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).and_then(|two| str::from_utf8(two).ok());
        let digits = digits.filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let (b'%', Some(digits)) = (first, digits) {
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    bytes
}

fn escaped(bytes: impl AsRef<[u8]>) -> String {
    let one = |byte: &u8| match char::from(*byte) {
        c @ ('A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~') => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    let all: Vec<String> = bytes.as_ref().iter().map(one).collect();
    all.concat()
}

fn without_outer_blanks(value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    while let Some(b' ' | b'\t') = value.last() {
        value.pop();
    }
    while let Some(b' ' | b'\t') = value.first() {
        value.remove(0);
    }
    value
}

fn looks_like_a_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape == "00000000T000000Z"
}

/// RFC 2104, for a key that isn't longer than a block of 64 bytes.
fn hmac(hash: fn(&[u8]) -> [u8; 32], key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = key.to_vec();
    block.resize(64, 0);
    let padded = |pad| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = hash(&[&padded(0x36), text].concat());
    hash(&[&padded(0x5c), &inner[..]].concat())
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

// Random requests.

fn requests() -> impl Strategy<Value = Request<Vec<u8>>> {
    let body = vec(any::<u8>(), 0..200);
    (methods(), uris(), headers(), body).prop_map(|(method, uri, headers, body)| {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        for (name, value) in headers {
            request.headers_mut().append(name, value);
        }
        request
    })
}

fn algorithms() -> impl Strategy<Value = &'static str> {
    select(&[SHA256, SM3, V11][..])
}

fn methods() -> impl Strategy<Value = Method> {
    static NAMES: &[&str] = &[
        "GET", "POST", "PUT", "DELETE", "PATCH", "get", "PuT-x", "M-SEARCH",
    ];
    select(NAMES).prop_map(|name| name.parse().unwrap())
}

/// Pieces of a path, not characters, so that escapes and separators are as frequent as letters.
const PIECES: &[&str] = &[
    "/", "//", "/", ".", "..", "a", "Z", "0", "-", "_", "~", "+", ":", "*", "'", "(", "!", ";",
    ",", "@", "$", "é", "文", "%", "%4", "%zz", "%2F", "%2f", "%20", "%25", "%41", "%7e", "%00",
    "%ff", "%C3%A9", "\"", "|",
];

/// Those of a query besides.
const QUERY_PIECES: &[&str] = &[
    "=", "&", "&&", "?", "a=", "b=", "&a=2", "&a=1", "&B=1", "&a",
];

const ORIGINS: &[&str] = &[
    "https://h",
    "https://Example.COM",
    "https://h:8443",
    "https://user:word@h:1",
    "https://[::1]",
    "https://[::1]:80",
    "", // no host but that of the header, if there is one
];

fn uris() -> impl Strategy<Value = Uri> {
    let path = vec(select(PIECES), 0..12);
    let query = vec(select([PIECES, QUERY_PIECES].concat()), 0..12);
    let parts = (select(ORIGINS), path, proptest::option::of(query));
    parts.prop_filter_map("no URI", |(origin, path, query)| {
        let query = query.map_or(String::new(), |pieces| format!("?{}", pieces.concat()));
        let uri = format!("{origin}/{}{query}", path.concat());
        uri.parse().ok()
    })
}

fn headers() -> impl Strategy<Value = Vec<(HeaderName, HeaderValue)>> {
    let usual = [
        ("Host", "given:80"),
        ("HOST", " given "),
        ("X-Sdk-Date", "20260102T030405Z"),
        ("x-sdk-date", "\t20191115T033655Z "),
        ("X-SDK-DATE", "2026-01-02T03:04"),
        ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
        ("x-sdk-content-sha256", " "),
        ("X-Sdk-Content-Sm3", "UNSIGNED-PAYLOAD"),
        ("X-Security-Token", "given"),
        ("Authorization", "old"),
        ("Content-Type", "application/json"),
        ("x_hidden", "1"),
        ("X-Project-Id", ""),
    ]
    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let usual = subsequence(usual.to_vec(), 0..=4).prop_shuffle();
    // Few letters, so that names come twice.
    let name = "[aX][-_b]{0,2}".prop_map(|name| name.parse().unwrap());
    let bytes = select(&b"  \t\taz09:;,\"=\x80\xc3\xa9\xff"[..]);
    let value = vec(bytes, 0..12).prop_map(|value| HeaderValue::from_bytes(&value).unwrap());
    (usual, vec((name, value), 0..12)).prop_map(|(usual, others)| [usual, others].concat())
}

/// Any second of the years 0 to 9999, seen from any zone; a day away from both ends, where the
/// zone's time would be in another year.
fn times() -> impl Strategy<Value = OffsetDateTime> {
    (-62_167_132_800..253_402_214_400_i64, -12 * 3600..=14 * 3600).prop_map(|(second, offset)| {
        let offset = UtcOffset::from_whole_seconds(offset).unwrap();
        OffsetDateTime::from_unix_timestamp(second)
            .unwrap()
            .to_offset(offset)
    })
}
