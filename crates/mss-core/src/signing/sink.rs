//! Where a canonical text goes: into a string for people, or straight into the hash.

use sha2::{Digest as _, Sha256};

pub(super) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

const BUFFER: usize = 1024;

/// Hashes what is put into it. Pieces are gathered in a buffer on the stack first, since feeding
/// the hash a few bytes at a time costs more than the hash itself.
pub(super) struct HashSink {
    hash: Sha256,
    buffer: [u8; BUFFER],
    filled: usize,
}

impl HashSink {
    pub(super) fn new() -> Self {
        Self {
            hash: Sha256::new(),
            buffer: [0; BUFFER],
            filled: 0,
        }
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        self.hash.update(&self.buffer[..self.filled]);
        self.hash.finalize().into()
    }
}

impl Sink for HashSink {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if let Some(free) = self.buffer.get_mut(self.filled..self.filled + bytes.len()) {
            free.copy_from_slice(bytes);
            self.filled += bytes.len();
        } else {
            self.hash.update(&self.buffer[..self.filled]);
            self.hash.update(bytes);
            self.filled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_does_not_depend_on_the_pieces() {
        let text: Vec<u8> = (0..5000_u32).flat_map(u32::to_le_bytes).collect();
        for piece in [1, 7, 63, 64, 1023, 1024, 1025, 4000] {
            let mut sink = HashSink::new();
            text.chunks(piece).for_each(|chunk| sink.put(chunk));
            assert_eq!(
                sink.finish(),
                <[u8; 32]>::from(Sha256::digest(&text)),
                "{piece}"
            );
        }
    }
}
