//! What a file is within its asset.

use std::str::FromStr;

use super::words;
use crate::InvalidInput;

words::words! {
    /// Category of a file within its asset. Every asset needs exactly one
    /// [`FileCategory::Main`]; [`AssetType::check_category`](crate::AssetType::check_category)
    /// knows which ones a type of asset takes.
    ///
    /// Words that the vendor adds later pass through as [`FileCategory::Unknown`].
    ///
    /// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
    #[derive(Default)]
    FileCategory {
        /// The asset's main file.
        #[default]
        Main = "MAIN",
        /// The cover.
        Cover = "COVER",
        /// A page.
        Page = "PAGE",
        /// A sample.
        Sample = "SAMPLE",
        /// Any other file.
        Other = "OTHER",
        /// A temporary file, such as one that is going to replace another.
        Temporary = "TEMPORARY",
        /// A package.
        Package = "PACKAGE",
    }
}

impl FromStr for FileCategory {
    type Err = InvalidInput;

    /// Unknown upper-case words are kept; what can't be a category at all is refused.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        words::check("asset_file_category", value, Self::WORDS)?;
        Ok(Self::of_word(value))
    }
}
