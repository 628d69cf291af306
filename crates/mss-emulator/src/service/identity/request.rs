//! Reading the body of a call of IAM or STS.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::{super::refusal::Refusal, Voice};

/// A JSON object, asked by path.
pub(super) struct Request {
    body: Value,
    voice: Voice,
}

impl Request {
    pub(super) fn parse(body: &[u8], voice: Voice) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(body @ Value::Object(_)) => Ok(Self { body, voice }),
            _ => Err(bad(voice)),
        }
    }

    /// A text that has to be there, and not be empty; the path is a JSON pointer.
    pub(super) fn text(&self, path: &str) -> Result<&str, Refusal> {
        self.optional_text(path)?.ok_or_else(|| bad(self.voice))
    }

    pub(super) fn optional_text(&self, path: &str) -> Result<Option<&str>, Refusal> {
        match self.body.pointer(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(bad(self.voice)),
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.body
            .pointer(path)
            .is_some_and(|value| !value.is_null())
    }

    /// The list at `/auth/identity/methods` must hold this one.
    pub(super) fn needs_method(&self, method: &str) -> Result<(), Refusal> {
        let methods = self.body.pointer("/auth/identity/methods");
        let methods = methods.and_then(Value::as_array);
        if methods.is_some_and(|methods| methods.iter().any(|one| one == method)) {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    /// A number of seconds in a range, or what goes for it when none is given.
    pub(super) fn seconds(
        &self,
        path: &str,
        allowed: std::ops::RangeInclusive<u64>,
        without: u64,
    ) -> Result<Duration, Refusal> {
        let seconds = match self.body.pointer(path) {
            None | Some(Value::Null) => without,
            Some(value) => value
                .as_u64()
                .filter(|seconds| allowed.contains(seconds))
                .ok_or_else(|| bad(self.voice))?,
        };
        Ok(Duration::from_secs(seconds))
    }

    /// What is said about any body that isn't as it must be.
    pub(super) fn refused(&self) -> Refusal {
        bad(self.voice)
    }
}

fn bad(voice: Voice) -> Refusal {
    Refusal::Spoken {
        voice,
        status: StatusCode::BAD_REQUEST,
        message: "The request body is invalid".to_owned(),
    }
}
