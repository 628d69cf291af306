//! How something ended, as a record tells it.

use serde::{Deserialize, Serialize};

use crate::{Outcome, UploadState};

/// Longest text of an error that a record keeps.
const MAX_MESSAGE_CHARS: usize = 400;

/// Kinds of errors that would be the same again, whoever tries and whenever.
const REFUSALS: [&str; 3] = ["invalid_input", "not_found", "rejected"];

/// How a confirmation ended, or with no `state` a whole upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ended {
    /// Whether it was applied.
    #[serde(with = "outcome")]
    pub outcome: Outcome,
    /// The state that was confirmed; none where the record is about an upload that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UploadState>,
    /// Status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Kind of the error in one word, such as `rate_limited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Error code of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The service's id of the last answered request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Attempts altogether.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
}

impl Ended {
    /// An end of which nothing but the outcome is known so far.
    pub fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            state: None,
            status: None,
            kind: None,
            error_code: None,
            message: None,
            request_id: None,
            attempts: None,
            ms: None,
        }
    }

    /// Keeps what went wrong, the beginning of it where it is long.
    pub fn set_message(&mut self, message: &str) {
        self.message = Some(message.chars().take(MAX_MESSAGE_CHARS).collect());
    }

    /// Whether the service, or this client before it sent anything, said a definite no: it would
    /// say so again. What can pass, such as 429, no connection or a key that was refused, isn't.
    pub fn is_refusal(&self) -> bool {
        self.outcome == Outcome::NotApplied
            && self
                .kind
                .as_deref()
                .is_some_and(|kind| REFUSALS.contains(&kind))
    }
}

mod outcome {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::Outcome;

    const ALL: [Outcome; 3] = [Outcome::Applied, Outcome::NotApplied, Outcome::Unknown];

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde wants it so
    pub(super) fn serialize<S: Serializer>(outcome: &Outcome, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(outcome.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Outcome, D::Error> {
        let word = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        let known = ALL.into_iter().find(|outcome| outcome.as_str() == word);
        known.ok_or_else(|| D::Error::custom("outcome must be applied, not_applied or unknown"))
    }
}
