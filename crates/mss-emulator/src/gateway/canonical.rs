//! The canonical request: what the signature is about.

use http::{HeaderMap, request::Parts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::algorithm::Algorithm;

const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

/// The last line of the canonical request.
pub(super) struct Payload {
    line: Vec<u8>,
    /// Whether the line fits the bytes that came. It can miss them when the client names a hash
    /// of its own.
    pub(super) is_true: bool,
}

impl Payload {
    pub(super) fn of(algorithm: Algorithm, headers: &HeaderMap, body: &[u8]) -> Self {
        let actual = algorithm.hash(body).into_bytes();
        match headers.get(algorithm.content_header()) {
            None => Self {
                line: actual,
                is_true: true,
            },
            Some(named) => Self {
                line: named.as_bytes().to_vec(),
                is_true: named == "UNSIGNED-PAYLOAD" || named.as_bytes() == actual,
            },
        }
    }
}

/// The canonical form of a request.
pub(super) struct Canonical {
    pub(super) text: Vec<u8>,
    /// Whether every header that the signature names did come.
    pub(super) complete: bool,
}

pub(super) fn request(head: &Parts, signed_headers: &[String], payload: &Payload) -> Canonical {
    let mut names: Vec<&str> = signed_headers.iter().map(String::as_str).collect();
    names.sort_unstable();

    let mut text = Vec::with_capacity(512);
    line(&mut text, head.method.as_str().as_bytes());
    line(&mut text, path(head.uri.path()).as_bytes());
    line(
        &mut text,
        query(head.uri.query().unwrap_or_default()).as_bytes(),
    );
    let complete = headers(&mut text, &head.headers, &names);
    line(&mut text, b"");
    line(&mut text, names.join(";").as_bytes());
    text.extend_from_slice(&payload.line);
    Canonical { text, complete }
}

fn line(text: &mut Vec<u8>, content: &[u8]) {
    text.extend_from_slice(content);
    text.push(b'\n');
}

/// Decoded as a whole and encoded again, so that `%2F` counts as a slash; ends with a slash.
fn path(wire: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(wire).collect();
    let mut encoded = percent_encode(&decoded, IN_PATH).to_string();
    if !encoded.ends_with('/') {
        encoded.push('/');
    }
    encoded
}

/// Pairs sorted by decoded name, then value; a name without value gets an empty one.
fn query(wire: &str) -> String {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = wire
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                percent_decode_str(name).collect(),
                percent_decode_str(value).collect(),
            )
        })
        .collect();
    pairs.sort_unstable();
    let encoded: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            format!(
                "{}={}",
                percent_encode(name, IN_QUERY),
                percent_encode(value, IN_QUERY)
            )
        })
        .collect();
    encoded.join("&")
}

/// One line for each value of each named header; `false` when one of them did not come.
fn headers(text: &mut Vec<u8>, headers: &HeaderMap, names: &[&str]) -> bool {
    let mut complete = true;
    for name in names {
        let mut values: Vec<&[u8]> = headers
            .get_all(*name)
            .iter()
            .map(|value| value.as_bytes().trim_ascii())
            .collect();
        values.sort_unstable();
        if values.is_empty() {
            complete = false;
            values.push(b"");
        }
        for value in values {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            line(text, value);
        }
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (wire, canonical) in [
            ("/", "/"),
            ("/a%20b/c", "/a%20b/c/"),
            ("/a%20b/c%2Fd", "/a%20b/c/d/"),
            ("/a%2520b", "/a%2520b/"),
            ("/a:b~c*d(e)!", "/a%3Ab~c%2Ad%28e%29%21/"),
            ("//a//b", "//a//b/"),
            ("/a/../b/./c", "/a/../b/./c/"),
            ("/a+b", "/a%2Bb/"),
            ("/%E6%96%87%E4%BB%B6", "/%E6%96%87%E4%BB%B6/"),
            ("/done/", "/done/"),
            ("/broken%zz", "/broken%25zz/"),
        ] {
            assert_eq!(path(wire), canonical, "{wire}");
        }
    }

    #[test]
    fn queries() {
        for (wire, canonical) in [
            ("", ""),
            ("a", "a="),
            ("a=2&a=1&B=x&b=y", "B=x&a=1&a=2&b=y"),
            ("p=/tmp%2F1&t=%20%28", "p=%2Ftmp%2F1&t=%20%28"),
        ] {
            assert_eq!(query(wire), canonical, "{wire}");
        }
    }
}
