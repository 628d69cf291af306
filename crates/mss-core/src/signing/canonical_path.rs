//! Step 2, canonical URI: each segment decoded, then encoded; a `/` at the end.

use percent_encoding::{percent_decode, percent_encode_byte};

/// Writes the canonical form of a path as it stands on the wire. Dot segments and double
/// slashes are kept. A decoded `%2F` stays a bare slash: so does the vendor's Python signer, the
/// one the gateway was seen to agree with.
pub(super) fn write(path: &str, text: &mut Vec<u8>) {
    let path = path.as_bytes();
    if all_plain(path) {
        text.extend_from_slice(path);
    } else {
        for byte in percent_decode(path) {
            if is_plain(byte) {
                text.push(byte);
            } else {
                text.extend_from_slice(percent_encode_byte(byte).as_bytes());
            }
        }
    }
    if text.last() != Some(&b'/') {
        text.push(b'/');
    }
}

/// Every byte is looked at instead of stopping at the first that isn't plain: the compiler makes
/// that a check of many at once. It does so for multiples of 32 only, so the last 32 are looked at
/// once more instead of the rest one by one.
fn all_plain(path: &[u8]) -> bool {
    let all = |bytes: &[u8]| bytes.iter().fold(true, |all, byte| all & is_plain(*byte));
    match path.last_chunk::<32>() {
        Some(last) => all(&path[..path.len() & !31]) && all(last),
        None => all(path),
    }
}

/// `A-Z a-z 0-9 - _ . ~` and the slash; `-`, `.`, `/` and the digits are neighbours in ASCII, and
/// one bit is what letters differ by from their capitals.
fn is_plain(byte: u8) -> bool {
    (byte | 0x20).is_ascii_lowercase() | matches!(byte, b'-'..=b'9' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(path: &str) -> String {
        let mut text = Vec::new();
        write(path, &mut text);
        String::from_utf8(text).unwrap()
    }

    /// What the vendor's Python signer (3.1.219) makes of these paths.
    #[test]
    fn odd_paths_come_out_as_the_vendor_signs_them() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("/v1/p/files", "/v1/p/files/"),
            ("/v1/p/files/", "/v1/p/files/"),
            ("/a b/c", "/a%20b/c/"),
            ("/a%20b/c%2Fd", "/a%20b/c/d/"),
            ("/a%2520b", "/a%2520b/"),
            ("/a:b~c*d(e)!", "/a%3Ab~c%2Ad%28e%29%21/"),
            ("//a//b", "//a//b/"),
            ("/a/../b/./c", "/a/../b/./c/"),
            ("/a+b", "/a%2Bb/"),
            ("/文件", "/%E6%96%87%E4%BB%B6/"),
            ("/a%2F", "/a/"),
            ("/100%", "/100%25/"),
            ("/a%zz", "/a%25zz/"),
            ("*", "%2A/"),
        ] {
            assert_eq!(canonical(path), expected, "{path}");
        }
    }

    #[test]
    fn a_byte_is_encoded_wherever_it_stands() {
        for length in 1..=100 {
            for at in 0..length {
                let (before, behind) = ("a".repeat(at), "z".repeat(length - at - 1));
                let expected = format!("{before}%2B{behind}/");
                assert_eq!(canonical(&format!("{before}+{behind}")), expected);
            }
        }
    }

    #[test]
    fn only_unreserved_characters_and_the_slash_stand_as_they_are() {
        for byte in 0..=u8::MAX {
            let plain = byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
            assert_eq!(is_plain(byte), plain, "{byte}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_kept() {
        assert_eq!(canonical("/%ff%FE"), "/%FF%FE/");
    }
}
