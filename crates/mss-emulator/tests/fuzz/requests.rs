//! Requests, as they come out of the server's parser.

use http::{Request, Response};
use mss_emulator::Unconnected;

const SECRET_KEY: &str = "PLANTED-secret-key-0123456789";

/// Whatever is asked, and whatever was asked before: there is an answer that a client can read,
/// and the secret key isn't in it. Requests are parted by a line of `===`.
pub(crate) fn check(input: &[u8]) {
    let mut emulator = Unconnected::new(SECRET_KEY).expect("the system has random numbers");
    for text in split(input, b"\n===\n") {
        let Some(request) = request(text) else {
            continue;
        };
        let answer = emulator.answer(request);
        assert!((200..600).contains(&answer.status().as_u16()), "{answer:?}");
        is_readable(&answer);
        let shown = format!(
            "{:?}{}",
            answer.headers(),
            String::from_utf8_lossy(answer.body())
        );
        assert!(!shown.contains(SECRET_KEY), "{shown}");
    }
}

/// `METHOD TARGET`, lines of headers, an empty line, the body.
fn request(text: &[u8]) -> Option<Request<Vec<u8>>> {
    let (head, body) = match text.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&text[..at], &text[at + 2..]),
        None => (text, &[][..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.splitn(2, |byte| *byte == b' ');
    let mut request = Request::builder().method(words.next()?).uri(words.next()?);
    for line in lines {
        let at = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..at], line[at + 1..].trim_ascii());
    }
    request.body(body.to_vec()).ok()
}

fn is_readable(answer: &Response<Vec<u8>>) {
    let kind = answer.headers().get("content-type");
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("application/json") && !answer.body().is_empty() {
        let body: Result<serde_json::Value, _> = serde_json::from_slice(answer.body());
        assert!(body.is_ok(), "{answer:?}");
    }
    let is_refusal = answer.status().is_client_error();
    let has_id = ["x-request-id", "x-obs-request-id"]
        .iter()
        .any(|name| answer.headers().contains_key(*name));
    assert!(!is_refusal || has_id || kind.is_empty(), "{answer:?}");
}

fn split<'a>(mut rest: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = rest.windows(mark.len()).position(|it| it == mark) {
        pieces.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    pieces.push(rest);
    pieces
}
