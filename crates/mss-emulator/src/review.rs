//! What the review of content does, as a test wants it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::view::FileState;

/// How the review of a file goes on after CREATED was confirmed. It moves by one step with each
/// answer of `ShowAsset`, so that a client that polls sees each state exactly as often as the
/// script says.
///
/// ```
/// use mss_emulator::{Emulator, ReviewScript};
///
/// let emulator = Emulator::builder().start()?;
/// // UPLOADED once, REVIEW twice, then BLOCK for good:
/// emulator.set_review(ReviewScript::blocks(1, 2));
/// # Ok::<(), mss_emulator::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewScript {
    uploaded: u32,
    review: u32,
    blocks: bool,
}

impl ReviewScript {
    /// No review: a file is CREATED at once. The default.
    pub fn none() -> Self {
        Self::default()
    }

    /// UPLOADED for `uploaded` answers, REVIEW for `review` answers, then CREATED.
    pub fn passes(uploaded: u32, review: u32) -> Self {
        Self {
            uploaded,
            review,
            blocks: false,
        }
    }

    /// UPLOADED for `uploaded` answers, REVIEW for `review` answers, then BLOCK.
    pub fn blocks(uploaded: u32, review: u32) -> Self {
        Self {
            blocks: true,
            ..Self::passes(uploaded, review)
        }
    }

    /// Reads a script from a JSON object, `{"uploaded": 1, "review": 2, "ends": "BLOCK"}`; what it
    /// doesn't name is 0 and `CREATED`.
    ///
    /// # Errors
    /// [`ReviewError`] when it isn't JSON, or has a name or a value that means nothing.
    pub fn from_json(text: &str) -> Result<Self, ReviewError> {
        // By itself serde would take a list of values too.
        let fields: Map<String, Value> = serde_json::from_str(text).map_err(ReviewError)?;
        let script: Json = serde_json::from_value(fields.into()).map_err(ReviewError)?;
        Ok(Self {
            uploaded: script.uploaded,
            review: script.review,
            blocks: script.ends == End::Block,
        })
    }

    /// What the answer shows that comes after `answers` others.
    pub(crate) fn state_after(self, answers: u32) -> FileState {
        if answers < self.uploaded {
            FileState::Uploaded
        } else if answers - self.uploaded < self.review {
            FileState::Review
        } else if self.blocks {
            FileState::Block
        } else {
            FileState::Created
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Json {
    uploaded: u32,
    review: u32,
    ends: End,
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum End {
    #[default]
    Created,
    Block,
}

/// Why a text is no [`ReviewScript`].
#[derive(Debug, thiserror::Error)]
#[error("a review is a JSON object with the numbers uploaded and review, and ends: {0}")]
pub struct ReviewError(serde_json::Error);
