//! Step 7: algorithm, date and the canonical request's hash, a line each.

use super::{ALGORITHM, date::SigningDate, payload::hex, sink::Sink};

pub(super) fn write(date: &SigningDate, canonical_request_hash: &[u8; 32], sink: &mut impl Sink) {
    sink.put(ALGORITHM.as_bytes());
    sink.put(b"\n");
    sink.put(date.as_str().as_bytes());
    sink.put(b"\n");
    sink.put(&hex(canonical_request_hash));
}
