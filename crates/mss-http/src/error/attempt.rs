//! One attempt of a call, for the record.

use std::time::Duration;

use mss_core::Outcome;

/// One attempt of a call that failed in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Status of the answer, where one came.
    pub status: Option<u16>,
    /// Error code of the answer.
    pub error_code: Option<String>,
    /// What the answer said, else what went wrong. Without secrets.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// What this attempt alone says about the call.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
}
