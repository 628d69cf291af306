//! The MD5 of a file's content, in the one form that both calls carry.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::InvalidInput;

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

impl FromStr for ContentMd5 {
    type Err = InvalidInput;

    /// Takes the base64 of exactly 16 bytes.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        let digest: Option<[u8; 16]> = BASE64_STANDARD
            .decode(value)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        digest.map(Self::new).ok_or_else(|| {
            let problem = "must be the base64 of a 16-byte MD5, 24 characters";
            InvalidInput::with_value("file_md5", problem, value)
        })
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

    #[test]
    fn only_the_base64_of_sixteen_bytes_is_read() {
        let text = "1B2M2Y8AsgTpgAmY7PhCfg==";
        assert_eq!(text.parse::<ContentMd5>().unwrap().as_str(), text);
        for bad in [
            "",
            "d41d8cd98f00b204e9800998ecf8427e",
            "1B2M2Y8AsgTpgAmY7PhC",
            "é",
        ] {
            assert_eq!(
                bad.parse::<ContentMd5>().expect_err(bad).field(),
                "file_md5"
            );
        }
    }
}
