//! From the canonical request to the signature.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::authorization::ALGORITHM;
use crate::secret::Secret;

/// Whether `claimed` is the signature of the canonical request.
pub(super) fn matches(secret: &Secret, date: &str, canonical: &[u8], claimed: &str) -> bool {
    let Some(expected) = compute(secret, date, canonical) else {
        return false;
    };
    expected.as_bytes().ct_eq(claimed.as_bytes()).into()
}

/// `None` never happens: the code takes keys of any length, its type doesn't say so.
pub(super) fn compute(secret: &Secret, date: &str, canonical: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(string_to_sign(date, canonical).as_bytes());
    Some(base16ct::lower::encode_string(&mac.finalize().into_bytes()))
}

pub(super) fn string_to_sign(date: &str, canonical: &[u8]) -> String {
    let hash = base16ct::lower::encode_string(&Sha256::digest(canonical));
    format!("{ALGORITHM}\n{date}\n{hash}")
}
