//! File ids by the million.

use crate::FileId;

/// A file id in 24 bytes: the service's own are UUIDs, and 36 characters on the heap take three
/// times as much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CompactId {
    /// A UUID in lower case with its four hyphens.
    Uuid([u8; 16]),
    Other(FileId),
}

/// Where the hyphens of a UUID are.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl From<FileId> for CompactId {
    fn from(id: FileId) -> Self {
        match uuid(id.as_str().as_bytes()) {
            Some(bytes) => Self::Uuid(bytes),
            None => Self::Other(id),
        }
    }
}

impl CompactId {
    /// The id; a UUID is one by its form, so `None` doesn't happen.
    pub(super) fn to_id(&self) -> Option<FileId> {
        let bytes = match self {
            Self::Other(id) => return Some(id.clone()),
            Self::Uuid(bytes) => bytes,
        };
        let mut text = String::with_capacity(36);
        for byte in bytes {
            if HYPHENS.contains(&text.len()) {
                text.push('-');
            }
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text.parse().ok()
    }
}

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || HYPHENS.iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    let digits = text
        .iter()
        .enumerate()
        .filter(|(at, _)| !HYPHENS.contains(at));
    for (number, (_, digit)) in digits.enumerate() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        bytes[number / 2] = bytes[number / 2] << 4 | value;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_as_it_was() {
        for (text, is_uuid) in [
            ("24bad716-87b1-45e5-8912-6102f7693265", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("24BAD716-87b1-45e5-8912-6102f7693265", false),
            ("24bad71-687b1-45e5-8912-6102f7693265", false),
            ("24bad716-87b1-45e5-8912-6102f769326-", false),
            ("24bad71687b145e589126102f7693265", false),
            ("f", false),
        ] {
            let id: FileId = text.parse().unwrap();
            let compact = CompactId::from(id.clone());
            assert_eq!(matches!(compact, CompactId::Uuid(_)), is_uuid, "{text}");
            assert_eq!(compact.to_id(), Some(id), "{text}");
        }
        assert_eq!(size_of::<CompactId>(), 24);
    }
}
