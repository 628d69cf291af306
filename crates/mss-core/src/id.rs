//! Validated identifiers.
//!
//! An id is one segment of a URL path. Letting `..` or `a/b` through would address another
//! resource, so an id that isn't plainly one segment can't be made at all.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::InvalidInput;

/// Longest project or file id that is accepted, in characters.
///
/// The vendor documents no length; real ids have 32 or 36.
pub const MAX_ID_CHARS: usize = 128;

/// Longest asset id, in characters
/// ([CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html)).
pub const MAX_ASSET_ID_CHARS: usize = 64;

fn check(field: &'static str, max: usize, value: &str) -> Result<(), InvalidInput> {
    let refuse = |problem: &str| Err(InvalidInput::with_value(field, problem, value));
    if value.is_empty() {
        return Err(InvalidInput::new(field, "is empty"));
    }
    if value == "." || value == ".." {
        return refuse("would address another resource");
    }
    if !value.bytes().all(is_unreserved) {
        return refuse("may only hold A-Z a-z 0-9 - . _ ~");
    }
    if value.len() > max {
        return refuse(&format!("is longer than {max} characters"));
    }
    Ok(())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $field:literal, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidInput;

            fn from_str(value: &str) -> Result<Self, InvalidInput> {
                check($field, $max, value)?;
                Ok(Self(value.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidInput;

            fn try_from(value: &str) -> Result<Self, InvalidInput> {
                value.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidInput;

            fn try_from(value: String) -> Result<Self, InvalidInput> {
                check($field, $max, &value)?;
                Ok(Self(value.into()))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}

id!(
    /// Id of a file: what CreateFile answers and ConfirmFileUpload names.
    /// 1 to 128 of `A-Z a-z 0-9 - . _ ~`, neither `.` nor `..`.
    ///
    /// ```
    /// use mss_core::FileId;
    ///
    /// assert!("24bad716-87b1-45e5-8912-6102f7693265".parse::<FileId>().is_ok());
    /// assert!("..".parse::<FileId>().is_err());
    /// ```
    FileId,
    "file_id",
    MAX_ID_CHARS
);

id!(
    /// Id of a project. 1 to 128 of `A-Z a-z 0-9 - . _ ~`, neither `.` nor `..`.
    ProjectId,
    "project_id",
    MAX_ID_CHARS
);

id!(
    /// Id of an asset, the thing that files belong to. 1 to 64 of `A-Z a-z 0-9 - . _ ~`,
    /// neither `.` nor `..`.
    AssetId,
    "asset_id",
    MAX_ASSET_ID_CHARS
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f01_f02_ids_that_are_not_one_plain_segment_are_refused() {
        let long = "x".repeat(129);
        let bad = [
            "", " ", ".", "..", "../x", "a/b", "a\\b", "a?x", "a#b", "a%2Fb", "%2e%2e", "a\r\nb",
            "a\0b", "a\tb", "a\x7fb", "é", "文件", &long, " a", "a ",
        ];
        for value in bad {
            let error = value.parse::<FileId>().expect_err(value);
            assert_eq!(error.field(), "file_id");
            assert!(value.parse::<ProjectId>().is_err(), "{value:?}");
            assert!(value.parse::<AssetId>().is_err(), "{value:?}");
            assert!(FileId::try_from(value.to_owned()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn the_longest_ids_and_every_allowed_character_pass() {
        let all = "ABCXYZabcxyz0189-._~";
        assert_eq!(all.parse::<FileId>().unwrap().as_str(), all);
        assert!("x".repeat(128).parse::<FileId>().is_ok());
        assert!("x".repeat(64).parse::<AssetId>().is_ok());
        assert!("x".repeat(65).parse::<AssetId>().is_err());
        assert!("...".parse::<FileId>().is_ok());
    }
}
