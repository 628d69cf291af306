//! The algorithms that the gateway takes, and their hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use zeroize::Zeroizing;

use crate::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    SdkHmacSha256,
    SdkHmacSm3,
    /// With a key that is derived for a day, a region and a service.
    V11HmacSha256,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::SdkHmacSha256, Self::SdkHmacSm3, Self::V11HmacSha256];

    pub(super) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SdkHmacSha256 => "SDK-HMAC-SHA256",
            Self::SdkHmacSm3 => "SDK-HMAC-SM3",
            Self::V11HmacSha256 => "V11-HMAC-SHA256",
        }
    }

    /// What says in `Authorization` whose key has signed.
    pub(super) fn key_part(self) -> &'static str {
        match self {
            Self::SdkHmacSha256 | Self::SdkHmacSm3 => "Access",
            Self::V11HmacSha256 => "Credential",
        }
    }

    /// The header in which a client may name the body's hash.
    pub(super) fn content_header(self) -> &'static str {
        match self {
            Self::SdkHmacSha256 | Self::V11HmacSha256 => "x-sdk-content-sha256",
            Self::SdkHmacSm3 => "x-sdk-content-sm3",
        }
    }

    pub(super) fn hash(self, data: &[u8]) -> String {
        match self {
            Self::SdkHmacSha256 | Self::V11HmacSha256 => hex(&Sha256::digest(data)),
            Self::SdkHmacSm3 => hex(&Sm3::digest(data)),
        }
    }

    /// `None` never happens: the codes take keys of any length, their type doesn't say so.
    pub(super) fn sign(self, key: &[u8], text: &[u8]) -> Option<String> {
        match self {
            Self::SdkHmacSha256 | Self::V11HmacSha256 => Some(hex(&hmac_sha256(key, &[text])?[..])),
            Self::SdkHmacSm3 => {
                let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
                mac.update(text);
                Some(hex(&mac.finalize().into_bytes()))
            }
        }
    }
}

/// The key of `V11-HMAC-SHA256`: one round of HKDF over the secret key, salted with the access key,
/// written in hexadecimal digits.
pub(super) fn derived_key(
    access_key: &str,
    secret: &Secret,
    info: &str,
) -> Option<Zeroizing<String>> {
    let extracted = hmac_sha256(access_key.as_bytes(), &[secret.expose().as_bytes()])?;
    let expanded = hmac_sha256(&extracted[..], &[info.as_bytes(), &[1]])?;
    Some(Zeroizing::new(hex(&expanded[..])))
}

fn hmac_sha256(key: &[u8], pieces: &[&[u8]]) -> Option<Zeroizing<[u8; 32]>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for piece in pieces {
        mac.update(piece);
    }
    Some(Zeroizing::new(mac.finalize().into_bytes().into()))
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last comes from a unit test of the vendor's PHP SDK, the others from its Python SDK.
    #[test]
    fn published_derived_keys() {
        for (access_key, secret_key, info, derived) in [
            (
                "AccessKey",
                "SecretKey",
                "20191115/region-id-1/service",
                "1c5724913ed69bdda5e7a25d0beb7f2518aa55d96f97e0649301127d35b9ed31",
            ),
            (
                "AccessKey",
                "SecretKey",
                "20200608/test-region-1/demo",
                "5f2c01cbdf35366c541e012b779258a826d7376e6ff5238d76d85000690e1b50",
            ),
            (
                "RXKT3UXNJUE7EP6XO9NX",
                "E6ZARQS6jkC3NDtrqErJ7qgRrGHABeokBr42DXz4",
                "20240801/cn-north-4/iotdm",
                "dec8925d79117ef80d132672159bbd900940fd63a035b460bd90da006707c9dc",
            ),
        ] {
            let secret = Secret::new(secret_key.to_owned());
            let key = derived_key(access_key, &secret, info).unwrap();
            assert_eq!(key.as_str(), derived, "{info}");
        }
    }

    #[test]
    fn the_hash_of_nothing() {
        let sm3 = Algorithm::SdkHmacSm3.hash(b"");
        assert_eq!(
            sm3,
            "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
        );
        let sha256 = Algorithm::V11HmacSha256.hash(b"");
        assert_eq!(
            sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
