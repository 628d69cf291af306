//! The fields of a JSON object, each read once, with errors that name them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::FaultError;

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// What is null counts as not given, except for `times`.
    pub(super) fn new(mut fields: Map<String, Value>) -> Self {
        fields.retain(|name, value| name == "times" || !value.is_null());
        Self(fields)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, FaultError> {
        self.read(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn truth(&mut self, name: &str) -> Result<Option<bool>, FaultError> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<Option<u64>, FaultError> {
        self.read(name, "a whole number, 0 or more", Value::as_u64)
    }

    pub(super) fn seconds(&mut self, name: &str) -> Result<Option<Duration>, FaultError> {
        self.read(name, "a number of seconds, 0 or more", |value| {
            Duration::try_from_secs_f64(value.as_f64()?).ok()
        })
    }

    /// A field without which `how` means nothing.
    pub(super) fn needed<T>(
        &mut self,
        how: &str,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Result<Option<T>, FaultError>,
    ) -> Result<T, FaultError> {
        read(self, name)?.ok_or_else(|| FaultError(format!("how {how} needs {name}")))
    }

    /// Once by default; null or "all" until it is cleared.
    pub(super) fn times(&mut self) -> Result<Option<u32>, FaultError> {
        match self.0.remove("times") {
            None => Ok(Some(1)),
            Some(Value::Null) => Ok(None),
            Some(Value::String(word)) if word == "all" => Ok(None),
            Some(value) => value
                .as_u64()
                .and_then(|times| u32::try_from(times).ok())
                .map(Some)
                .ok_or_else(|| wrong("times", "a whole number, or \"all\"", &value)),
        }
    }

    /// Whether all fields had a meaning.
    pub(super) fn end(mut self, how: &str) -> Result<(), FaultError> {
        let Some((name, _)) = std::mem::take(&mut self.0).into_iter().next() else {
            return Ok(());
        };
        let specific = match how {
            "slow_close" | "latency" => "at, after_bytes, delay",
            "bandwidth" => "at, after_bytes, bytes_per_second",
            "slice" => "at, after_bytes, size, delay",
            "status" => {
                "status, code, retry_after, location, content_type, body, request_id, applied"
            }
            "expired" | "no_continue" => "and nothing else",
            _ => "at, after_bytes",
        };
        Err(FaultError(format!(
            "how {how} takes no {name}; it takes operation, file_id, times, {specific}"
        )))
    }

    fn read<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, FaultError> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        read(&value)
            .map(Some)
            .ok_or_else(|| wrong(name, wanted, &value))
    }
}

fn wrong(name: &str, wanted: &str, value: &Value) -> FaultError {
    FaultError(format!("{name} must be {wanted}; not {value}"))
}
