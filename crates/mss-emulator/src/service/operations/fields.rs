//! Reading the fields of a call, with words for what is wrong.

use std::ops::RangeInclusive;

use http::request::Parts;
use serde_json::{Map, Value};

use super::super::refusal::Refusal;

/// The body of a call, which must be a JSON object. Unknown fields don't matter.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::invalid("body: not a JSON object")),
            Err(_) => Err(Refusal::invalid("body: not JSON")),
        }
    }

    pub(super) fn text(
        &self,
        name: &'static str,
        characters: RangeInclusive<usize>,
    ) -> Result<&str, Refusal> {
        let text = self
            .required(name)?
            .as_str()
            .ok_or_else(|| Refusal::invalid(format!("{name}: not a string")))?;
        if !characters.contains(&text.chars().count()) {
            return Err(Refusal::invalid(format!(
                "{name}: must have {} to {} characters",
                characters.start(),
                characters.end()
            )));
        }
        Ok(text)
    }

    pub(super) fn integer(
        &self,
        name: &'static str,
        values: RangeInclusive<u64>,
    ) -> Result<u64, Refusal> {
        self.required(name)?
            .as_u64()
            .filter(|value| values.contains(value))
            .ok_or_else(|| {
                Refusal::invalid(format!(
                    "{name}: must be an integer from {} to {}",
                    values.start(),
                    values.end()
                ))
            })
    }

    fn required(&self, name: &'static str) -> Result<&Value, Refusal> {
        self.0
            .get(name)
            .filter(|value| !value.is_null())
            .ok_or_else(|| Refusal::invalid(format!("{name}: missing")))
    }
}

/// `X-App-UserId`, which must be ASCII.
pub(super) fn app_user_id(head: &Parts) -> Result<Option<String>, Refusal> {
    match head.headers.get("x-app-userid") {
        None => Ok(None),
        Some(value) => match value.to_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(Refusal::invalid("X-App-UserId: not ASCII")),
        },
    }
}
