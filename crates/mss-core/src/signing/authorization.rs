//! Step 9: the value of the `Authorization` header.

use super::{
    ALGORITHM,
    canonical_headers::{self, Header},
};

/// Writes what stands before the signature.
pub(super) fn write_beginning(access_key: &str, headers: &[Header<'_>], text: &mut Vec<u8>) {
    text.extend_from_slice(ALGORITHM.as_bytes());
    text.extend_from_slice(b" Access=");
    text.extend_from_slice(access_key.as_bytes());
    text.extend_from_slice(b", SignedHeaders=");
    canonical_headers::write_names(headers, text);
    text.extend_from_slice(b", Signature=");
}

/// A length that it doesn't exceed, with the signature and a host from among the headers.
pub(super) fn max_len(access_key: &str, headers: &[Header<'_>]) -> usize {
    let names: usize = headers.iter().map(|(name, _)| name.len() + 1).sum();
    access_key.len() + names + 128
}
