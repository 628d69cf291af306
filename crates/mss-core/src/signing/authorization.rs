//! Step 9: the value of the `Authorization` header.

use super::{
    canonical_headers::{self, Header},
    date::SigningDate,
    scheme::Scheme,
};

/// Writes what stands before the signature.
pub(super) fn write_beginning<S: Scheme>(
    scheme: &S,
    access_key: &str,
    date: &SigningDate,
    headers: &[Header<'_>],
    text: &mut Vec<u8>,
) {
    text.extend_from_slice(S::NAME.as_bytes());
    scheme.write_key_name(access_key, date, text);
    text.extend_from_slice(b", SignedHeaders=");
    canonical_headers::write_names(headers, text);
    text.extend_from_slice(b", Signature=");
}

/// A length that it doesn't exceed, with the signature and a host from among the headers.
pub(super) fn max_len(scheme: &impl Scheme, access_key: &str, headers: &[Header<'_>]) -> usize {
    let names: usize = headers.iter().map(|(name, _)| name.len() + 1).sum();
    scheme.key_name_len() + access_key.len() + names + 128
}
