//! Step 8: HMAC-SHA256 over the string to sign.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::sink::Sink;
use crate::Secret;

/// The secret key, already worked into the HMAC's two inner states: two of the blocks that each
/// signature would cost are hashed once.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(super) fn new(secret_key: &Secret) -> Self {
        let mac = Hmac::new_from_slice(secret_key.expose().as_bytes());
        Self(mac.expect("HMAC takes a key of any length"))
    }

    /// The signature of what `write` puts down.
    pub(super) fn sign(&self, write: impl FnOnce(&mut MacSink)) -> [u8; 32] {
        let mut sink = MacSink {
            mac: self.0.clone(),
        };
        write(&mut sink);
        sink.mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

pub(super) struct MacSink {
    mac: Hmac<Sha256>,
}

impl Sink for MacSink {
    fn put(&mut self, bytes: &[u8]) {
        self.mac.update(bytes);
    }
}
