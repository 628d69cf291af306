//! Step 1: the six parts of the canonical request in their order.

use super::{
    RequestParts,
    canonical_headers::{self, Header},
    canonical_path, canonical_query,
    payload::Payload,
};

/// Writes the first three parts. The headers come next: [`canonical_headers::write`].
#[inline] // else it isn't, now that each algorithm has its own call
pub(super) fn write_target(request: &RequestParts<'_>, text: &mut Vec<u8>) {
    text.extend(request.method.bytes().map(|byte| byte.to_ascii_uppercase()));
    text.push(b'\n');
    canonical_path::write(request.path, text);
    text.push(b'\n');
    canonical_query::write(request.query, text);
    text.push(b'\n');
}

/// Writes what follows the headers, which are those to be signed, sorted.
#[inline] // as write_target
pub(super) fn write_end(headers: &[Header<'_>], payload: &Payload<'_>, text: &mut Vec<u8>) {
    text.push(b'\n');
    canonical_headers::write_names(headers, text);
    text.push(b'\n');
    text.extend_from_slice(payload.as_bytes());
}

/// A length that the canonical request doesn't exceed: percent-encoding makes three bytes of one
/// at most, and a given hash is one of the headers.
pub(super) fn max_len(request: &RequestParts<'_>, headers: &[Header<'_>]) -> usize {
    let encoded = 3 * (request.path.len() + request.query.map_or(0, str::len));
    let headers: usize = headers
        .iter()
        .map(|(name, value)| 2 * (name.len() + value.len() + 2))
        .sum();
    request.method.len() + encoded + headers + 80
}

#[cfg(test)]
mod tests {
    use http::Request;
    use sha2::Sha256;

    use super::*;

    fn canonical(method: &str, uri: &str, headers: &[Header<'_>]) -> String {
        let method = method.as_bytes();
        let request = Request::builder().method(method).uri(uri).body("").unwrap();
        let request = RequestParts::from(&request);
        let payload = Payload::of::<Sha256>(None, b"");
        let mut text = Vec::new();
        write_target(&request, &mut text);
        canonical_headers::write(headers, &mut text);
        write_end(headers, &payload, &mut text);
        assert!(text.len() <= max_len(&request, headers), "{uri}");
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn six_parts_stand_in_their_order() {
        assert_eq!(
            canonical("get", "http://h/p?b&a=1", &[("host", b"h"), ("x-a", b"")]),
            "GET\n/p/\na=1&b=\nhost:h\nx-a:\n\nhost;x-a\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn no_request_exceeds_the_length_that_is_reserved() {
        for uri in [
            "*",
            "/",
            "/+++?+++",
            "/?a",
            "/?a&b&c&d",
            "/?=&=&=",
            "/%ff?%ff",
            "h:1",
        ] {
            for count in 0..4 {
                let headers = vec![("a", &b"1"[..]); count];
                canonical("M", uri, &headers);
            }
        }
    }
}
