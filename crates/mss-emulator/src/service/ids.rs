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

    fn draw(&mut self) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.seed).into());
        mac.update(&self.drawn.to_le_bytes());
        self.drawn = self.drawn.wrapping_add(1);
        mac.finalize().into_bytes().into()
    }
}
