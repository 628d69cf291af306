//! The third-party user id of a call.

use std::{fmt, str::FromStr};

use crate::InvalidInput;

/// Longest user id that is accepted, in characters. The vendor documents no limit; this one is
/// ours and keeps the header far below what gateways take.
pub const MAX_APP_USER_ID_CHARS: usize = 1024;

/// Value of `X-App-UserId`: marks the user of the caller's own application to whom an asset
/// belongs. Visible ASCII characters only: no blanks, no Chinese characters.
///
/// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
/// Whether other letters outside ASCII are allowed is not documented, and the vendor's signers
/// disagree about them, so they are refused too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppUserId(Box<str>);

impl AppUserId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppUserId {
    type Err = InvalidInput;

    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        let field = "app_user_id";
        if value.is_empty() {
            return Err(InvalidInput::new(field, "is empty"));
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidInput::with_value(
                field,
                "may only hold visible ASCII characters",
                value,
            ));
        }
        if value.len() > MAX_APP_USER_ID_CHARS {
            return Err(InvalidInput::with_value(
                field,
                format_args!("is longer than {MAX_APP_USER_ID_CHARS} characters"),
                value,
            ));
        }
        Ok(Self(value.into()))
    }
}

impl TryFrom<&str> for AppUserId {
    type Error = InvalidInput;

    fn try_from(value: &str) -> Result<Self, InvalidInput> {
        value.parse()
    }
}

impl fmt::Display for AppUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f05_user_ids_that_a_signature_could_not_survive_are_refused() {
        let long = "u".repeat(10_000);
        for value in [
            "", "用户", "é", "a\r\nb", " a", "a ", "a b", "a\tb", "a\0", &long,
        ] {
            assert_eq!(
                value.parse::<AppUserId>().expect_err(value).field(),
                "app_user_id"
            );
        }
        assert_eq!(
            "tester-01!@[~".parse::<AppUserId>().unwrap().as_str(),
            "tester-01!@[~"
        );
    }
}
