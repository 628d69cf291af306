//! What a file is within its asset.

use std::{fmt, str::FromStr};

use crate::InvalidInput;

/// Category of a file within its asset. Every asset needs exactly one [`FileCategory::Main`].
///
/// Words that the vendor adds later pass as [`FileCategory::Other`]-like text through
/// [`FileCategory::Unknown`].
///
/// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FileCategory {
    /// The asset's main file.
    #[default]
    Main,
    /// The cover.
    Cover,
    /// A page.
    Page,
    /// A sample.
    Sample,
    /// Any other file.
    Other,
    /// A temporary file.
    Temporary,
    /// A package.
    Package,
    /// A word that this version doesn't know: 1 to 128 characters.
    Unknown(Box<str>),
}

impl FileCategory {
    /// The category as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Main => "MAIN",
            Self::Cover => "COVER",
            Self::Page => "PAGE",
            Self::Sample => "SAMPLE",
            Self::Other => "OTHER",
            Self::Temporary => "TEMPORARY",
            Self::Package => "PACKAGE",
            Self::Unknown(word) => word,
        }
    }
}

impl FromStr for FileCategory {
    type Err = InvalidInput;

    /// Unknown upper-case words are kept; what can't be a category at all is refused.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        Ok(match value {
            "MAIN" => Self::Main,
            "COVER" => Self::Cover,
            "PAGE" => Self::Page,
            "SAMPLE" => Self::Sample,
            "OTHER" => Self::Other,
            "TEMPORARY" => Self::Temporary,
            "PACKAGE" => Self::Package,
            word if is_category_word(word) => Self::Unknown(word.into()),
            _ => {
                return Err(InvalidInput::with_value(
                    "asset_file_category",
                    "must be one of MAIN, COVER, PAGE, SAMPLE, OTHER, TEMPORARY, PACKAGE or \
                     another word of A-Z 0-9 _ up to 128 characters",
                    value,
                ));
            }
        })
    }
}

fn is_category_word(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=128).contains(&word.len()) && word.bytes().all(allowed)
}

impl fmt::Display for FileCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
