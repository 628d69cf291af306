//! Where a file stands, as the service shows it.

use super::words;
use crate::{Outcome, UploadState};

words::words! {
    /// State of a file, as ShowAsset shows it.
    ///
    /// Not the same as [`UploadState`], which is what a caller reports: whoever has confirmed
    /// CREATED may read UPLOADED, REVIEW or BLOCK here.
    ///
    /// Source: [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
    FileState {
        /// Registered; nothing has been confirmed.
        Creating = "CREATING",
        /// Uploaded, and passed by the automatic review.
        Created = "CREATED",
        /// The upload failed.
        Failed = "FAILED",
        /// The upload was cancelled.
        Cancelled = "CANCELLED",
        /// Being deleted.
        Deleting = "DELETING",
        /// Deleted.
        Deleted = "DELETED",
        /// Uploaded, and not reviewed yet.
        Uploaded = "UPLOADED",
        /// Uploaded, and being reviewed by a person.
        Review = "REVIEW",
        /// Frozen by the review.
        Block = "BLOCK",
    }
}

impl FileState {
    /// What this state, read after a confirmation whose answer got lost, proves about that
    /// confirmation.
    ///
    /// | shown | CREATED was sent | FAILED was sent | CANCELLED was sent |
    /// | --- | --- | --- | --- |
    /// | CREATED, UPLOADED, REVIEW, BLOCK | applied | not applied | not applied |
    /// | FAILED | not applied | applied | not applied |
    /// | CANCELLED | not applied | not applied | applied |
    /// | CREATING, DELETING, DELETED, unknown | unknown | unknown | unknown |
    ///
    /// CREATING proves nothing, since the confirmation may still be on its way.
    ///
    /// ```
    /// use mss_core::{FileState, Outcome, UploadState};
    ///
    /// assert_eq!(FileState::Review.proves(UploadState::Created), Outcome::Applied);
    /// assert_eq!(FileState::Creating.proves(UploadState::Created), Outcome::Unknown);
    /// ```
    pub fn proves(&self, sent: UploadState) -> Outcome {
        let applied = match self {
            Self::Created | Self::Uploaded | Self::Review | Self::Block => UploadState::Created,
            Self::Failed => UploadState::Failed,
            Self::Cancelled => UploadState::Cancelled,
            Self::Creating | Self::Deleting | Self::Deleted | Self::Unknown(_) => {
                return Outcome::Unknown;
            }
        };
        if applied == sent {
            Outcome::Applied
        } else {
            Outcome::NotApplied
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_proves_what_the_table_says() {
        let table = FileState::WORDS.iter().map(|word| {
            let proof = |sent| FileState::of_word(word).proves(sent).as_str();
            let row: Vec<_> = UploadState::ALL.into_iter().map(proof).collect();
            format!("{word}: {}\n", row.join(", "))
        });
        insta::assert_snapshot!(table.collect::<String>(), @r"
        CREATING: unknown, unknown, unknown
        CREATED: applied, not_applied, not_applied
        FAILED: not_applied, applied, not_applied
        CANCELLED: not_applied, not_applied, applied
        DELETING: unknown, unknown, unknown
        DELETED: unknown, unknown, unknown
        UPLOADED: applied, not_applied, not_applied
        REVIEW: applied, not_applied, not_applied
        BLOCK: applied, not_applied, not_applied
        ");
    }

    #[test]
    fn an_unknown_state_is_kept_proves_nothing_and_harms_no_terminal() {
        let state: FileState = serde_json::from_str(r#""ARCHIVED\u001b[2J""#).unwrap();
        assert_eq!(state.as_str(), "ARCHIVED [2J");
        assert_eq!(state.proves(UploadState::Created), Outcome::Unknown);
        let escaped: FileState = serde_json::from_str(r#""RE\u0056IEW""#).unwrap();
        assert_eq!(escaped, FileState::Review);
    }
}
