//! SHA-256 of a text that lies in memory as a whole.

use sha2::{
    Sha256,
    digest::block_api::{Buffer, EagerHash, FixedOutputCore as _, UpdateCore as _},
};

type Core = <Sha256 as EagerHash>::Core;

/// What `Sha256::digest` does, which moves its state around so often that a signature takes three
/// hundredths longer.
pub(super) fn digest(text: &[u8]) -> [u8; 32] {
    let mut core = Core::default();
    let mut buffer = Buffer::<Core>::default();
    buffer.digest_blocks(text, |blocks| core.update_blocks(blocks));
    let mut hash = [0; 32].into();
    core.finalize_fixed_core(&mut buffer, &mut hash);
    hash.into()
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
}
