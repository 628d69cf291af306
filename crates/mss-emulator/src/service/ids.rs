//! Ids that nobody can guess, from one random seed: the service draws no randomness itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub(super) struct Ids {
    seed: Zeroizing<[u8; 64]>,
    drawn: u64,
}

impl Ids {
    pub(super) fn new(seed: [u8; 64]) -> Self {
        Self {
            seed: Zeroizing::new(seed),
            drawn: 0,
        }
    }

    /// 32 hexadecimal digits: a request, or an asset.
    pub(super) fn plain_id(&mut self) -> String {
        base16ct::lower::encode_string(&self.draw()[..16])
    }

    /// The look of a random UUID.
    pub(super) fn file_id(&mut self) -> String {
        let mut bytes = self.draw();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = base16ct::lower::encode_string(&bytes[..16]);
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    /// What the object store calls `x-obs-id-2` and `HostId`.
    pub(super) fn host_id(&mut self) -> String {
        STANDARD.encode(self.draw())
    }

    /// 20 capital letters and digits.
    pub(super) fn access_key(&mut self) -> String {
        self.letters(20)
    }

    /// 40 capital letters and digits.
    pub(super) fn secret_key(&mut self) -> String {
        self.letters(40)
    }

    /// Base64 of this length, a multiple of 4.
    pub(super) fn token(&mut self, length: usize) -> String {
        let size = length / 4 * 3;
        let mut bytes = Vec::with_capacity(size + 32);
        while bytes.len() < size {
            bytes.extend_from_slice(&self.draw());
        }
        STANDARD.encode(&bytes[..size])
    }

    /// The alphabet has 32 signs, so that no sign is likelier than another.
    fn letters(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = String::with_capacity(length + 32);
        while text.len() < length {
            let signs = self.draw().map(|byte| ALPHABET[usize::from(byte & 31)]);
            text.extend(signs.map(char::from));
        }
        text.truncate(length);
        text
    }

    fn draw(&mut self) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.seed).into());
        mac.update(&self.drawn.to_le_bytes());
        self.drawn = self.drawn.wrapping_add(1);
        mac.finalize().into_bytes().into()
    }
}
