//! SHA-256 of a text that lies in memory as a whole.

use sha2::{
    Sha256,
    digest::array::Array,
    digest::block_api::{Buffer, EagerHash, FixedOutputCore as _, UpdateCore as _},
};

type Core = <Sha256 as EagerHash>::Core;

/// The hash of a text that is still being written.
#[derive(Default)]
pub(super) struct Hasher {
    core: Core,
    hashed: usize,
}

impl Hasher {
    /// Hashes the whole blocks of what has been added.
    pub(super) fn follow(&mut self, text: &[u8]) {
        let (blocks, rest) = Array::slice_as_chunks(&text[self.hashed..]);
        self.core.update_blocks(blocks);
        self.hashed = text.len() - rest.len();
    }

    /// The hash of the whole text. What of it is hashed already isn't looked at again.
    pub(super) fn finish(mut self, text: &[u8]) -> [u8; 32] {
        let mut buffer = Buffer::<Core>::default();
        buffer.digest_blocks(&text[self.hashed..], |blocks| {
            self.core.update_blocks(blocks);
        });
        let mut hash = [0; 32].into();
        self.core.finalize_fixed_core(&mut buffer, &mut hash);
        hash.into()
    }
}

/// What `Sha256::digest` does, which moves its state around so often that a signature takes three
/// hundredths longer.
pub(super) fn digest(text: &[u8]) -> [u8; 32] {
    Hasher::default().finish(text)
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn every_length_gives_the_hash_that_the_crate_gives() {
        let text: Vec<u8> = (0..=255).collect();
        for length in 0..text.len() {
            let text = &text[..length];
            assert_eq!(digest(text), *Sha256::digest(text), "{length}");
        }
    }

    #[test]
    fn a_text_that_grows_gives_the_hash_of_the_whole() {
        let text: Vec<u8> = (0..=255).collect();
        for first in 0..=text.len() {
            for second in (first..=text.len()).step_by(13) {
                let mut hasher = Hasher::default();
                hasher.follow(&text[..first]);
                hasher.follow(&text[..second]);
                let hash = hasher.finish(&text);
                assert_eq!(hash, *Sha256::digest(&text), "{first} {second}");
            }
        }
    }
}
