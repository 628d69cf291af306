//! The hash of a text that lies in memory as a whole.

use hmac::digest::{
    array::Array,
    block_api::{Buffer, EagerHash, FixedOutputCore, UpdateCore as _},
    consts::U32,
};
use zeroize::ZeroizeOnDrop;

/// A hash function of 32 bytes that takes its blocks as they are. A state of one can be as good as
/// a key, so only those come into question that wipe it when dropped.
pub(super) trait Hash:
    EagerHash<Core: FixedOutputCore<OutputSize = U32> + ZeroizeOnDrop>
{
}

impl<H> Hash for H where H: EagerHash<Core: FixedOutputCore<OutputSize = U32> + ZeroizeOnDrop> {}

/// The hash of a text that is still being written.
pub(super) struct Hasher<H: Hash> {
    core: H::Core,
    hashed: usize,
}

impl<H: Hash> Hasher<H> {
    pub(super) fn new() -> Self {
        Self {
            core: H::Core::default(),
            hashed: 0,
        }
    }

    /// Hashes the whole blocks of what has been added.
    pub(super) fn follow(&mut self, text: &[u8]) {
        let (blocks, rest) = Array::slice_as_chunks(&text[self.hashed..]);
        self.core.update_blocks(blocks);
        self.hashed = text.len() - rest.len();
    }

    /// The hash of the whole text. What of it is hashed already isn't looked at again.
    pub(super) fn finish(mut self, text: &[u8]) -> [u8; 32] {
        let mut buffer = Buffer::<H::Core>::default();
        buffer.digest_blocks(&text[self.hashed..], |blocks| {
            self.core.update_blocks(blocks);
        });
        let mut hash = [0; 32].into();
        self.core.finalize_fixed_core(&mut buffer, &mut hash);
        hash.into()
    }
}

/// What `Digest::digest` does, which moves its state around so often that a signature takes three
/// hundredths longer.
pub(super) fn digest<H: Hash>(text: &[u8]) -> [u8; 32] {
    Hasher::<H>::new().finish(text)
}

#[cfg(test)]
mod tests {
    use sha2::Sha256;
    use sm3::Sm3;

    use super::*;

    #[test]
    fn every_length_gives_the_hash_that_the_crate_gives() {
        lengths::<Sha256>();
        lengths::<Sm3>();
    }

    fn lengths<H: Hash>() {
        let text: Vec<u8> = (0..=255).collect();
        for length in 0..text.len() {
            let text = &text[..length];
            assert_eq!(digest::<H>(text)[..], H::digest(text)[..], "{length}");
        }
    }

    #[test]
    fn a_text_that_grows_gives_the_hash_of_the_whole() {
        grown::<Sha256>();
        grown::<Sm3>();
    }

    fn grown<H: Hash>() {
        let text: Vec<u8> = (0..=255).collect();
        for first in 0..=text.len() {
            for second in (first..=text.len()).step_by(13) {
                let mut hasher = Hasher::<H>::new();
                hasher.follow(&text[..first]);
                hasher.follow(&text[..second]);
                let hash = hasher.finish(&text);
                assert_eq!(hash[..], H::digest(&text)[..], "{first} {second}");
            }
        }
    }
}
