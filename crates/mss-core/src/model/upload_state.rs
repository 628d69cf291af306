//! The three states that a caller reports.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::InvalidInput;

/// What became of an upload, as ConfirmFileUpload reports it.
///
/// Exhaustive on purpose: the document lists these three and no others. States that the service
/// *shows* for a file are more and are not this type.
///
/// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum UploadState {
    /// The content has been uploaded.
    Created,
    /// The upload failed.
    Failed,
    /// The user cancelled the upload.
    Cancelled,
}

impl UploadState {
    /// All three, in the order of the document.
    pub const ALL: [Self; 3] = [Self::Created, Self::Failed, Self::Cancelled];

    /// The state as it stands on the wire: `CREATED`, `FAILED` or `CANCELLED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl fmt::Display for UploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for UploadState {
    type Err = InvalidInput;

    /// Takes exactly the three words; other letter case is refused.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == value)
            .ok_or_else(|| {
                InvalidInput::with_value("state", "must be CREATED, FAILED or CANCELLED", value)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_only_the_three_exact_words_are_states() {
        for state in UploadState::ALL {
            assert_eq!(state.as_str().parse::<UploadState>().unwrap(), state);
            assert_eq!(
                serde_json::to_string(&state).unwrap(),
                format!("\"{state}\"")
            );
        }
        for value in ["", "created", "BOGUS", "1", "CREATED ", "CREATING"] {
            assert_eq!(
                value.parse::<UploadState>().expect_err(value).field(),
                "state"
            );
        }
    }
}
