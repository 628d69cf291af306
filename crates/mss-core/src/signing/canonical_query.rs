//! Step 3, canonical query: decoded, sorted by name and then value, encoded.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// Everything but `A-Z a-z 0-9 - _ . ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Writes the canonical form of a query as it stands on the wire. A `+` is a plus sign, a name
/// without a value gets an empty one, and empty pieces between two `&` are dropped.
pub(super) fn write(query: Option<&str>, text: &mut Vec<u8>) {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return;
    };
    let mut pairs: Vec<[Cow<'_, [u8]>; 2]> = query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| [name, value].map(|text| percent_decode_str(text).into()))
        .collect();
    pairs.sort_unstable();
    for (at, [name, value]) in pairs.iter().enumerate() {
        if at > 0 {
            text.push(b'&');
        }
        write_encoded(name, text);
        text.push(b'=');
        write_encoded(value, text);
    }
}

fn write_encoded(bytes: &[u8], text: &mut Vec<u8>) {
    for piece in percent_encode(bytes, RESERVED) {
        text.extend_from_slice(piece.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(query: &str) -> String {
        let mut text = Vec::new();
        write(Some(query), &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn queries_are_sorted_by_raw_name_and_then_value() {
        for (query, expected) in [
            ("", ""),
            ("a=2&a=1&B=x&b=y", "B=x&a=1&a=2&b=y"),
            ("flag", "flag="),
            ("flag=", "flag="),
            ("a=b=c", "a=b%3Dc"),
            ("a+b=c+d", "a%2Bb=c%2Bd"),
            ("a%20b=%2f", "a%20b=%2F"),
            ("a=1&&b=2&", "a=1&b=2"),
            ("%7E=~", "~=~"),
        ] {
            assert_eq!(canonical(query), expected, "{query}");
        }
    }

    /// The query that the vendor's Python and Go SDKs test with.
    #[test]
    fn the_vendors_example_query_comes_out_the_same() {
        let wire = "limit=1&enable=true&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29\
                    &path=%2Ftmp%2F123&multi=1&multi=2&multi=3";
        assert_eq!(
            canonical(wire),
            "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123\
             &test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
        );
    }
}
