//! Step 7: algorithm, date and the canonical request's hash, a line each; V11 has one more.

use super::{date::SigningDate, hex};

const LONGEST_NAME: usize = "SDK-HMAC-SHA256".len();

/// The three lines of a name that is known when this is compiled: no allocation, and the offsets
/// are constants.
pub(super) struct ThreeLines {
    text: [u8; LONGEST_NAME + 1 + SigningDate::LENGTH + 1 + 64],
    length: usize,
}

impl ThreeLines {
    #[inline]
    pub(super) fn of(name: &str, date: &SigningDate, canonical_request_hash: &[u8; 32]) -> Self {
        let date_at = name.len() + 1;
        let hash_at = date_at + SigningDate::LENGTH + 1;
        let length = hash_at + 64;
        let mut text = [b'\n'; _];
        text[..name.len()].copy_from_slice(name.as_bytes());
        text[date_at..hash_at - 1].copy_from_slice(date.as_bytes());
        text[hash_at..length].copy_from_slice(&hex::lower(canonical_request_hash));
        Self { text, length }
    }
}

impl AsRef<[u8]> for ThreeLines {
    fn as_ref(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

/// The four lines, with the derived key's `info` behind the date.
pub(super) fn four_lines(
    name: &str,
    date: &SigningDate,
    info: &[u8],
    canonical_request_hash: &[u8; 32],
) -> Vec<u8> {
    let hash = hex::lower(canonical_request_hash);
    [name.as_bytes(), date.as_bytes(), info, &hash].join(&b'\n')
}
