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
        self.optional_text(name, characters)?
            .ok_or_else(|| missing(name))
    }

    pub(super) fn optional_text(
        &self,
        name: &'static str,
        characters: RangeInclusive<usize>,
    ) -> Result<Option<&str>, Refusal> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .ok_or_else(|| Refusal::invalid(format!("{name}: not a string")))?;
        if !characters.contains(&text.chars().count()) {
            return Err(Refusal::invalid(format!(
                "{name}: must have {} to {} characters",
                characters.start(),
                characters.end()
            )));
        }
        Ok(Some(text))
    }

    /// A text that is one of the known ones.
    pub(super) fn word(
        &self,
        name: &'static str,
        characters: usize,
        known: &[&str],
    ) -> Result<&str, Refusal> {
        let text = self.text(name, 1..=characters)?;
        if known.contains(&text) {
            Ok(text)
        } else {
            Err(Refusal::invalid(format!("{name}: unknown")))
        }
    }

    /// A list of texts; empty when there is none.
    pub(super) fn optional_texts(
        &self,
        name: &'static str,
        most: usize,
    ) -> Result<Vec<&str>, Refusal> {
        let Some(value) = self.optional(name) else {
            return Ok(Vec::new());
        };
        let texts: Option<Vec<&str>> = value
            .as_array()
            .and_then(|values| values.iter().map(Value::as_str).collect());
        texts
            .filter(|texts| texts.len() <= most)
            .ok_or_else(|| Refusal::invalid(format!("{name}: not a list of up to {most} strings")))
    }

    pub(super) fn integer(
        &self,
        name: &'static str,
        values: RangeInclusive<u64>,
    ) -> Result<u64, Refusal> {
        self.optional_integer(name, values)?
            .ok_or_else(|| missing(name))
    }

    pub(super) fn optional_integer(
        &self,
        name: &'static str,
        values: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(value) if values.contains(&value) => Ok(Some(value)),
            _ => Err(Refusal::invalid(format!(
                "{name}: must be an integer from {} to {}",
                values.start(),
                values.end()
            ))),
        }
    }

    /// Refuses what is there and of another kind.
    pub(super) fn check_optional(
        &self,
        name: &'static str,
        kind: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<(), Refusal> {
        match self.optional(name) {
            Some(value) if !fits(value) => Err(Refusal::invalid(format!("{name}: not {kind}"))),
            _ => Ok(()),
        }
    }

    /// Those of the named fields that are there, as they came.
    pub(super) fn only(self, names: &[&str]) -> Map<String, Value> {
        let wanted =
            |(name, value): &(String, Value)| names.contains(&name.as_str()) && !value.is_null();
        self.0.into_iter().filter(wanted).collect()
    }

    fn optional(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::invalid(format!("{name}: missing"))
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
