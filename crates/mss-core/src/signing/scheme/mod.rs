//! What differs from one algorithm to the other; the steps themselves are the same for all.

mod sdk_hmac;
mod v11_hmac;

pub(super) use sdk_hmac::SdkHmac;
use sha2::Sha256;
use sm3::Sm3;
pub(super) use v11_hmac::V11Hmac;

use super::{Algorithm, date::SigningDate, hash::Hash};
use crate::Credentials;

/// One algorithm with a key. The steps are compiled for each, so that none pays for the others.
pub(super) trait Scheme {
    /// Hashes the body and the canonical request.
    type Hash: Hash;

    /// Its name, as it stands in the string to sign and in `Authorization`.
    const NAME: &'static str;

    /// The header whose value, where present, stands in for the hash of the body.
    const CONTENT_HASH_HEADER: &'static str;

    /// Writes what follows the name in `Authorization`, such as ` Access=AK`.
    fn write_key_name(&self, access_key: &str, date: &SigningDate, text: &mut Vec<u8>);

    /// How long that is beside the access key, at most.
    fn key_name_len(&self) -> usize;

    /// Step 7: algorithm, date, whatever else the algorithm wants, and the canonical request's
    /// hash, a line each.
    fn string_to_sign(
        &self,
        date: &SigningDate,
        canonical_request_hash: &[u8; 32],
    ) -> impl AsRef<[u8]>;

    /// Step 8: the signature.
    fn sign(&self, date: &SigningDate, string_to_sign: &[u8]) -> [u8; 32];
}

/// The algorithm that was chosen, with its key.
#[derive(Debug, Clone)]
pub(super) enum Chosen {
    SdkHmacSha256(SdkHmac<Sha256>),
    SdkHmacSm3(SdkHmac<Sm3>),
    V11HmacSha256(V11Hmac),
}

impl Chosen {
    pub(super) fn new(algorithm: Algorithm, credentials: &Credentials) -> Self {
        let secret_key = credentials.secret_key();
        match algorithm {
            Algorithm::SdkHmacSha256 => Self::SdkHmacSha256(SdkHmac::new(secret_key)),
            Algorithm::SdkHmacSm3 => Self::SdkHmacSm3(SdkHmac::new(secret_key)),
            Algorithm::V11HmacSha256(scope) => {
                Self::V11HmacSha256(V11Hmac::new(credentials.access_key(), secret_key, scope))
            }
        }
    }
}
