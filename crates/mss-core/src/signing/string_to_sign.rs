//! Step 7: algorithm, date and the canonical request's hash, a line each.

use super::{ALGORITHM, date::SigningDate, hex};

const DATE_AT: usize = ALGORITHM.len() + 1;
const HASH_AT: usize = DATE_AT + SigningDate::LENGTH + 1;
const LENGTH: usize = HASH_AT + 64;

pub(super) fn of(date: &SigningDate, canonical_request_hash: &[u8; 32]) -> [u8; LENGTH] {
    let mut text = [b'\n'; LENGTH];
    text[..ALGORITHM.len()].copy_from_slice(ALGORITHM.as_bytes());
    text[DATE_AT..HASH_AT - 1].copy_from_slice(date.as_bytes());
    text[HASH_AT..].copy_from_slice(&hex::lower(canonical_request_hash));
    text
}
