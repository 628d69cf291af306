//! Step 8: HMAC over the string to sign.

use std::fmt;

use hmac::{
    KeyInit as _,
    block_api::HmacCore,
    digest::block_api::{Buffer, FixedOutputCore as _, UpdateCore as _},
};

use super::hash::Hash;

/// A key, already worked into the HMAC's two inner states: two of the blocks that each signature
/// would cost are hashed once. It is the crate's HMAC at the level of blocks; the one above takes a
/// few hundredths longer, for the moves of its state.
///
/// The two states are as good as the key; [`Hash`] is what wipes them when they are dropped, here
/// and in the copy that each signature uses up.
pub(super) struct SigningKey<H: Hash>(HmacCore<H>);

impl<H: Hash> SigningKey<H> {
    pub(super) fn new(key: &[u8]) -> Self {
        let mac = HmacCore::new_from_slice(key);
        Self(mac.expect("HMAC takes a key of any length"))
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        let mut buffer = Buffer::<HmacCore<H>>::default();
        buffer.digest_blocks(text, |blocks| mac.update_blocks(blocks));
        let mut signature = [0; 32].into();
        mac.finalize_fixed_core(&mut buffer, &mut signature);
        signature.into()
    }
}

impl<H: Hash> Clone for SigningKey<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H: Hash> fmt::Debug for SigningKey<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac as _};
    use sha2::Sha256;
    use sm3::Sm3;

    use super::*;

    #[test]
    fn every_length_of_key_and_text_gives_what_the_crate_gives() {
        lengths::<Sha256>();
        lengths::<Sm3>();
    }

    fn lengths<H: Hash>() {
        let text = "0123456789abcdef".repeat(13);
        for length in 0..=200 {
            let key = &text.as_bytes()[..length];
            let mut mac = Hmac::<H>::new_from_slice(key).unwrap();
            let message = &text.as_bytes()[length / 2..];
            mac.update(message);
            let expected = mac.finalize().into_bytes();
            let ours = SigningKey::<H>::new(key).sign(message);
            assert_eq!(ours[..], expected[..], "{length}");
        }
    }
}
