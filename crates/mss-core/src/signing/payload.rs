//! Step 6, the body's hash: what the request says it is, else SHA-256 of the bytes.

use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::{CONTENT_SHA256_HEADER, sink::Sink};

/// Writes the last line of the canonical request. A given `X-Sdk-Content-Sha256` stands there
/// verbatim, as in the vendor's SDKs.
pub(super) fn write(headers: &HeaderMap, body: &[u8], sink: &mut impl Sink) {
    if let Some(given) = headers.get(CONTENT_SHA256_HEADER) {
        sink.put(given.as_bytes().trim_ascii());
    } else {
        sink.put(&hex(&Sha256::digest(body).into()));
    }
}

/// A digest in lower-case hexadecimal.
pub(super) fn hex(digest: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn line(headers: &HeaderMap, body: &[u8]) -> String {
        let mut text = Vec::new();
        write(headers, body, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_hash_of_an_empty_body_is_the_documented_one() {
        assert_eq!(
            line(&HeaderMap::new(), b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_given_hash_stands_verbatim() {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_SHA256_HEADER,
            HeaderValue::from_static("UNSIGNED-PAYLOAD"),
        );
        assert_eq!(line(&headers, b"body"), "UNSIGNED-PAYLOAD");
    }
}
