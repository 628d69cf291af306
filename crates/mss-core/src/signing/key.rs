//! Step 8: HMAC-SHA256 over the string to sign.

use std::fmt;

use hmac::{
    KeyInit as _,
    block_api::HmacCore,
    digest::block_api::{Buffer, EagerHash, FixedOutputCore as _, UpdateCore as _},
};
use sha2::Sha256;
use zeroize::ZeroizeOnDrop;

use crate::Secret;

/// The secret key, already worked into the HMAC's two inner states: two of the blocks that each
/// signature would cost are hashed once. It is the crate's HMAC at the level of blocks; the one
/// above takes a few hundredths longer, for the moves of its state.
#[derive(Clone)]
pub(super) struct SigningKey(HmacCore<Sha256>);

/// The two states are as good as the key. This compiles only while they are wiped when dropped,
/// here and in the copy that each signature uses up.
const _: fn() = wiped_when_dropped::<<Sha256 as EagerHash>::Core>;

fn wiped_when_dropped<T: ZeroizeOnDrop>() {}

impl SigningKey {
    pub(super) fn new(secret_key: &Secret) -> Self {
        let mac = HmacCore::new_from_slice(secret_key.expose().as_bytes());
        Self(mac.expect("HMAC takes a key of any length"))
    }

    pub(super) fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        let mut buffer = Buffer::<HmacCore<Sha256>>::default();
        buffer.digest_blocks(string_to_sign, |blocks| mac.update_blocks(blocks));
        let mut signature = [0; 32].into();
        mac.finalize_fixed_core(&mut buffer, &mut signature);
        signature.into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac as _};

    use super::*;

    #[test]
    fn every_length_of_key_and_text_gives_what_the_crate_gives() {
        let text = "0123456789abcdef".repeat(13);
        for length in 0..=200 {
            let key = Secret::new(&text[..length]);
            let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).unwrap();
            let message = &text.as_bytes()[length / 2..];
            mac.update(message);
            let expected: [u8; 32] = mac.finalize().into_bytes().into();
            assert_eq!(SigningKey::new(&key).sign(message), expected, "{length}");
        }
    }
}
