//! `V11-HMAC-SHA256`: a key signs that is derived from the key pair for a day, a region and a
//! service, by HKDF (RFC 5869) with the access key as salt.

use sha2::Sha256;
use zeroize::Zeroizing;

use super::Scheme;
use crate::{
    Secret,
    signing::{
        CONTENT_SHA256_HEADER, KeyScope, date::SigningDate, hex, key::SigningKey, string_to_sign,
    },
};

/// The pseudorandom key of HKDF's first step. The second takes four blocks a signature, so nothing
/// is kept for a day: what isn't kept can't be yesterday's.
#[derive(Debug, Clone)]
pub(in crate::signing) struct V11Hmac {
    pseudorandom_key: SigningKey<Sha256>,
    scope: KeyScope,
}

impl V11Hmac {
    pub(in crate::signing) fn new(access_key: &str, secret_key: &Secret, scope: KeyScope) -> Self {
        let salt = SigningKey::<Sha256>::new(access_key.as_bytes());
        let pseudorandom_key = Zeroizing::new(salt.sign(secret_key.expose().as_bytes()));
        Self {
            pseudorandom_key: SigningKey::new(&*pseudorandom_key),
            scope,
        }
    }

    /// What the key is for: `YYYYMMDD/region/service`.
    fn info(&self, date: &SigningDate) -> Vec<u8> {
        let KeyScope { region, service } = &self.scope;
        [date.day(), region.as_bytes(), service.as_bytes()].join(&b'/')
    }

    /// The derived key as it signs: not its 32 bytes, but their hexadecimal digits.
    ///
    /// This is HKDF's second step for the only block that is needed. The crate for it leaves both
    /// of its keys in memory.
    fn derived_key(&self, date: &SigningDate) -> Zeroizing<[u8; 64]> {
        let first_block = [&*self.info(date), &[1]].concat();
        let derived = Zeroizing::new(self.pseudorandom_key.sign(&first_block));
        Zeroizing::new(hex::lower(&derived))
    }
}

impl Scheme for V11Hmac {
    type Hash = Sha256;

    const NAME: &'static str = "V11-HMAC-SHA256";
    const CONTENT_HASH_HEADER: &'static str = CONTENT_SHA256_HEADER;

    fn write_key_name(&self, access_key: &str, date: &SigningDate, text: &mut Vec<u8>) {
        text.extend_from_slice(b" Credential=");
        text.extend_from_slice(access_key.as_bytes());
        text.push(b'/');
        text.extend_from_slice(&self.info(date));
    }

    fn key_name_len(&self) -> usize {
        let KeyScope { region, service } = &self.scope;
        " Credential=/YYYYMMDD//".len() + region.len() + service.len()
    }

    fn string_to_sign(
        &self,
        date: &SigningDate,
        canonical_request_hash: &[u8; 32],
    ) -> impl AsRef<[u8]> {
        string_to_sign::four_lines(Self::NAME, date, &self.info(date), canonical_request_hash)
    }

    fn sign(&self, date: &SigningDate, string_to_sign: &[u8]) -> [u8; 32] {
        SigningKey::<Sha256>::new(&*self.derived_key(date)).sign(string_to_sign)
    }
}

#[cfg(test)]
mod tests {
    use hkdf::Hkdf;

    use super::*;

    fn derived(keys: [&str; 2], day: &str, region: &str, service: &str) -> String {
        let scope = KeyScope::new(region, service).unwrap();
        let key = V11Hmac::new(keys[0], &Secret::new(keys[1]), scope);
        let date = SigningDate::parse(format!("{day}T235959Z").as_bytes()).unwrap();
        String::from_utf8(key.derived_key(&date).to_vec()).unwrap()
    }

    /// The last one is published, in a unit test of the vendor's PHP SDK; the others are what its
    /// Python SDK computes.
    #[test]
    fn keys_are_derived_as_the_vendor_derives_them() {
        let made_up = ["AccessKey", "SecretKey"];
        let published = [
            "RXKT3UXNJUE7EP6XO9NX",
            "E6ZARQS6jkC3NDtrqErJ7qgRrGHABeokBr42DXz4",
        ];
        for (keys, day, region, service, expected) in [
            (
                made_up,
                "20191115",
                "region-id-1",
                "service",
                "1c5724913ed69bdda5e7a25d0beb7f2518aa55d96f97e0649301127d35b9ed31",
            ),
            (
                made_up,
                "20200608",
                "test-region-1",
                "demo",
                "5f2c01cbdf35366c541e012b779258a826d7376e6ff5238d76d85000690e1b50",
            ),
            (
                published,
                "20240801",
                "cn-north-4",
                "iotdm",
                "dec8925d79117ef80d132672159bbd900940fd63a035b460bd90da006707c9dc",
            ),
        ] {
            assert_eq!(derived(keys, day, region, service), expected);
        }
    }

    #[test]
    fn the_derivation_is_the_standard_one_for_keys_and_scopes_of_every_length() {
        let text = "0123456789abcdef".repeat(16);
        for length in 1..200 {
            let (access_key, secret_key) = (&text[..length], &text[length / 2..]);
            let (region, service) = (&text[..200 - length], &text[..=length / 3]);
            let mut expected = [0; 32];
            Hkdf::<Sha256>::new(Some(access_key.as_bytes()), secret_key.as_bytes())
                .expand(
                    format!("20260102/{region}/{service}").as_bytes(),
                    &mut expected,
                )
                .unwrap();
            let ours = derived([access_key, secret_key], "20260102", region, service);
            assert_eq!(ours.as_bytes(), hex::lower(&expected), "{length}");
        }
    }
}
