//! `SDK-HMAC-SHA256` and `SDK-HMAC-SM3`: the secret key signs.

use sha2::Sha256;
use sm3::Sm3;

use super::Scheme;
use crate::{
    Secret,
    signing::{
        CONTENT_SHA256_HEADER, CONTENT_SM3_HEADER, date::SigningDate, hash::Hash, key::SigningKey,
        string_to_sign::ThreeLines,
    },
};

/// A hash function that one of the two is made of.
pub(in crate::signing) trait SdkHash: Hash {
    const NAME: &'static str;
    const CONTENT_HASH_HEADER: &'static str;
}

impl SdkHash for Sha256 {
    const NAME: &'static str = "SDK-HMAC-SHA256";
    const CONTENT_HASH_HEADER: &'static str = CONTENT_SHA256_HEADER;
}

impl SdkHash for Sm3 {
    const NAME: &'static str = "SDK-HMAC-SM3";
    const CONTENT_HASH_HEADER: &'static str = CONTENT_SM3_HEADER;
}

#[derive(Debug, Clone)]
pub(in crate::signing) struct SdkHmac<H: SdkHash>(SigningKey<H>);

impl<H: SdkHash> SdkHmac<H> {
    pub(in crate::signing) fn new(secret_key: &Secret) -> Self {
        Self(SigningKey::new(secret_key.expose().as_bytes()))
    }
}

impl<H: SdkHash> Scheme for SdkHmac<H> {
    type Hash = H;

    const NAME: &'static str = H::NAME;
    const CONTENT_HASH_HEADER: &'static str = H::CONTENT_HASH_HEADER;

    fn write_key_name(&self, access_key: &str, _date: &SigningDate, text: &mut Vec<u8>) {
        text.extend_from_slice(b" Access=");
        text.extend_from_slice(access_key.as_bytes());
    }

    fn key_name_len(&self) -> usize {
        " Access=".len()
    }

    fn string_to_sign(
        &self,
        date: &SigningDate,
        canonical_request_hash: &[u8; 32],
    ) -> impl AsRef<[u8]> {
        ThreeLines::of(H::NAME, date, canonical_request_hash)
    }

    fn sign(&self, _date: &SigningDate, string_to_sign: &[u8]) -> [u8; 32] {
        self.0.sign(string_to_sign)
    }
}
