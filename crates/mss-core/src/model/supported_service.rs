//! What an asset may be used for.

use std::str::FromStr;

use super::words;
use crate::InvalidInput;

words::words! {
    /// A kind of production that an asset is meant for.
    ///
    /// Source: [CreateDigitalAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateDigitalAsset.html).
    SupportedService {
        /// Videos with a virtual avatar.
        Video2d = "VIDEO_2D",
        /// Live streams with a virtual avatar.
        Live2d = "LIVE_2D",
        /// Conversations with a virtual avatar.
        Chat2d = "CHAT_2D",
    }
}

impl FromStr for SupportedService {
    type Err = InvalidInput;

    /// Unknown upper-case words are kept; what can't be a service at all is refused.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        words::check("supported_service", value, Self::WORDS)?;
        Ok(Self::of_word(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_unknown_ones_kept() {
        let read = |word: &str| word.parse::<SupportedService>();
        assert_eq!(read("LIVE_2D").unwrap(), SupportedService::Live2d);
        assert_eq!(read("VIDEO_3D").unwrap().as_str(), "VIDEO_3D");
        for word in ["", "live_2d", "A B"] {
            assert_eq!(read(word).expect_err(word).field(), "supported_service");
        }
    }
}
