//! The MD5 of a content, as fast as this machine can do it.
//!
//! Before the first byte is on the line the whole file goes through here, so of all hashes this
//! is the one whose speed a user waits for. docs/DESIGN.md has the numbers behind the choice.

/// Takes a content piece by piece.
pub(super) struct Hasher(fast_md5::Md5);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(fast_md5::Md5::new())
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 16] {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    use ::md5::{Digest as _, Md5};

    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(length as u64);
        std::iter::repeat_with(|| random.u8(..))
            .take(length)
            .collect()
    }

    /// Another implementation is the judge: of each length around the ends of blocks, and of each
    /// place where a length can be cut in two.
    #[test]
    fn every_length_and_every_cut_has_the_right_digest() {
        for length in 0..=200 {
            let bytes = bytes(length);
            let expected: [u8; 16] = Md5::digest(&bytes).into();
            for cut in 0..=length {
                let mut hasher = Hasher::new();
                hasher.update(&bytes[..cut]);
                hasher.update(&bytes[cut..]);
                assert_eq!(hasher.finish(), expected, "{length} bytes, cut at {cut}");
            }
        }
    }

    #[test]
    fn unaligned_pieces_of_a_long_content_have_the_right_digest() {
        let bytes = bytes((1 << 20) + 3);
        for offset in 0..8 {
            let bytes = &bytes[offset..];
            let expected: [u8; 16] = Md5::digest(bytes).into();
            for piece in [1, 63, 64, 65, 4096, 262_144, bytes.len()] {
                let mut hasher = Hasher::new();
                bytes.chunks(piece).for_each(|piece| hasher.update(piece));
                assert_eq!(
                    hasher.finish(),
                    expected,
                    "offset {offset}, pieces of {piece}"
                );
            }
        }
    }
}
