//! The MD5 of a file's content, in the one form that both calls carry.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// MD5 of a file's content. CreateFile takes it as `file_md5` and the PUT as `Content-MD5`: both
/// the base64 of the 16 bytes (RFC 1864), 24 characters.
///
/// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ContentMd5(String);

impl ContentMd5 {
    /// From the 16 bytes of the digest.
    pub fn new(digest: [u8; 16]) -> Self {
        Self(BASE64_STANDARD.encode(digest))
    }

    /// The 24 characters of base64.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ContentMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentMd5({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_has_its_well_known_text() {
        let digest = 0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e_u128.to_be_bytes();
        assert_eq!(ContentMd5::new(digest).as_str(), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }
}
