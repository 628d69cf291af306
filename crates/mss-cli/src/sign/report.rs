//! What is shown of a signature, and what isn't.

use std::collections::BTreeMap;

use mss_core::signing::{Explanation, SECURITY_TOKEN_HEADER};
use serde::Serialize;

use super::{
    curl::{self, Added},
    request::Given,
};
use crate::{console::Console, environment::SECURITY_TOKEN};

/// Every step of a signature. A security token that came from the environment is hidden.
pub(super) struct Signature<'a> {
    canonical_request: String,
    explanation: &'a Explanation,
    added: Vec<(&'a str, Added<'a>)>,
    curl: Vec<String>,
    hidden: Vec<&'static str>,
}

/// What stands for the token in the canonical request.
const MARK: &str = "***";

#[derive(Serialize)]
pub(super) struct Json<'a> {
    canonical_request: &'a str,
    string_to_sign: &'a str,
    authorization: &'a str,
    headers: BTreeMap<&'a str, String>,
    curl: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hidden: &'a [&'static str],
}

impl<'a> Signature<'a> {
    pub(super) fn new(given: &Given, explanation: &'a Explanation) -> Self {
        let mut canonical_request = explanation.canonical_request.clone();
        let mut hidden = Vec::new();
        let mut added = Vec::new();
        for (name, value) in explanation.headers.iter() {
            if name == SECURITY_TOKEN_HEADER {
                let [line, shown] = [value, MARK].map(|value| format!("\n{name}:{value}\n"));
                canonical_request = canonical_request.replacen(&line, &shown, 1);
                added.push((name, Added::Variable(SECURITY_TOKEN)));
                hidden.push(SECURITY_TOKEN_HEADER);
            } else {
                added.push((name, Added::Text(value)));
            }
        }
        Self {
            canonical_request,
            explanation,
            curl: curl::arguments(given, &added),
            added,
            hidden,
        }
    }

    pub(super) fn json(&self) -> Json<'_> {
        Json {
            canonical_request: &self.canonical_request,
            string_to_sign: &self.explanation.string_to_sign,
            authorization: self.explanation.headers.authorization(),
            headers: self
                .added
                .iter()
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
            curl: format!("curl {}", self.curl.join(" ")),
            hidden: &self.hidden,
        }
    }

    pub(super) fn show(&self, console: &Console<'_>) {
        let headers: Vec<_> = self
            .added
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        console.result(format_args!(
            "\
# canonical request
{}

# string to sign
{}

# headers to add
{}

# the same as a command
curl {}",
            self.canonical_request,
            self.explanation.string_to_sign,
            headers.join("\n"),
            self.curl.join(" \\\n  "),
        ));
        if !self.hidden.is_empty() {
            console.note(format_args!(
                "The security token is hidden: {MARK} and ${SECURITY_TOKEN} stand for it. It was \
                 signed in full."
            ));
        }
    }
}
