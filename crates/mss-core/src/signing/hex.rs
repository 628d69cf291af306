//! Digests as text.

/// A digest in lower-case hexadecimal.
pub(super) fn lower(digest: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
    text
}

/// Without a table, so that the compiler can work on many digits at once.
fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_two_digits() {
        for first in (0..=255_u8).step_by(32) {
            let digest = std::array::from_fn(|at| first + u8::try_from(at).unwrap());
            let expected = digest.map(|byte| format!("{byte:02x}")).concat();
            assert_eq!(lower(&digest), expected.as_bytes());
        }
    }
}
