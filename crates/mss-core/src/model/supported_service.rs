//! What an asset may be used for.

use super::words;

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
