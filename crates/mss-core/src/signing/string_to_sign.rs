//! Step 7: algorithm, date and the canonical request's hash, a line each.

use super::{ALGORITHM, date::SigningDate, hex};

pub(super) fn write(date: &SigningDate, canonical_request_hash: &[u8; 32], text: &mut Vec<u8>) {
    text.extend_from_slice(ALGORITHM.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(date.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(&hex::lower(canonical_request_hash));
}
