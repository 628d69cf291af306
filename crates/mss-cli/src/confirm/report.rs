//! What is said of each file at its end.

use std::{cell::RefCell, fmt::Write as _};

use mss_http::{Confirmation, Error, ErrorKind, UploadState};
use serde::Serialize;

use super::tally::End;
use crate::{
    console::Console,
    failure::{Json as ErrorJson, show_explanation},
    words::in_options,
};

/// Causes that are told in full, with what to do.
const TOLD: usize = 8;

/// Longest part of a server's text in a line.
const SHOWN_CHARS: usize = 120;

/// Tells of results.
pub(super) struct Reporter<'a> {
    console: &'a Console<'a>,
    json: bool,
    /// Causes that have been told in full.
    told: RefCell<Vec<Cause>>,
}

/// What failures with the same text have in common.
#[derive(PartialEq)]
struct Cause {
    kind: ErrorKind,
    status: Option<u16>,
    code: Option<String>,
}

/// One result. All fields are always there but `error`, which only failures have.
#[derive(Serialize)]
struct Json<'a> {
    r#type: &'static str,
    index: u64,
    /// Of the list, from 1.
    line: Option<u64>,
    file_id: Option<&'a str>,
    state: Option<UploadState>,
    outcome: &'static str,
    status: Option<u16>,
    error_code: Option<&'a str>,
    request_id: Option<&'a str>,
    attempts: u32,
    ms: u128,
    repeat: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(console: &'a Console<'a>, json: bool) -> Self {
        Self {
            console,
            json,
            told: RefCell::default(),
        }
    }

    /// A line for each in JSON; in words for those that failed: what succeeds is only counted.
    pub(super) fn ended(&self, confirmation: &Confirmation, line: Option<u64>) {
        let end = End::of(confirmation);
        if let (Err(error), End::Failed | End::Unknown) = (&confirmation.result, end) {
            self.explain(error);
        }
        if self.json {
            self.show_json(confirmation, line);
        } else if let (Err(error), End::Failed | End::Unknown) = (&confirmation.result, end) {
            let subject = &confirmation.subject;
            let what = brief(error);
            let line = format!("{:<10} {subject:<36}  {what}", end.as_str());
            self.console.result(format_args!("{line}"));
        }
    }

    /// Says on stderr why and what to do: of each cause once, for there may be a million.
    pub(super) fn explain(&self, error: &Error) {
        let cause = Cause {
            kind: error.kind(),
            status: error.status(),
            code: error.error_code().map(str::to_owned),
        };
        let mut told = self.told.borrow_mut();
        if told.len() >= TOLD || told.contains(&cause) {
            return;
        }
        told.push(cause);
        let text = match (error.kind(), error.subject()) {
            // It is about the line, and not about the batch.
            (ErrorKind::InvalidInput, Some(place)) => {
                format!("{place}: {} (not sent)", error.message())
            }
            _ => in_options(&error.to_string()).into_owned(),
        };
        self.console.note(format_args!("metastudio: {text}"));
        show_explanation(error, self.console);
        if told.len() == TOLD {
            let text = "metastudio: other causes follow; each file has its own in its line";
            self.console.note(format_args!("{text}"));
        }
    }

    fn show_json(&self, confirmation: &Confirmation, line: Option<u64>) {
        let error = confirmation.result.as_ref().err();
        // Where there was no id, the subject only says where.
        let has_id = confirmation.state.is_some();
        self.console.json(&Json {
            r#type: "result",
            index: confirmation.index,
            line,
            file_id: has_id.then_some(&*confirmation.subject),
            state: confirmation.state,
            outcome: confirmation.outcome().as_str(),
            status: confirmation.status,
            error_code: confirmation.error_code(),
            request_id: confirmation.request_id(),
            attempts: confirmation.attempts,
            ms: confirmation.elapsed.as_millis(),
            repeat: confirmation.is_repeat,
            error: error.map(|error| ErrorJson::of_call(error, &[])),
        });
    }
}

/// `404 MSS.00000002, Not Found, request id r`.
fn brief(error: &Error) -> String {
    let status = error.status().map(|status| status.to_string());
    let head: Vec<_> = (status.as_deref().into_iter())
        .chain(error.error_code())
        .collect();
    let mut text = head.join(" ");
    if !text.is_empty() {
        text += ", ";
    }
    let message = error.message();
    let _ = match message.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => write!(text, "{}...", &message[..end]),
        None => write!(text, "{message}"),
    };
    if let Some(id) = error.request_id() {
        let _ = write!(text, ", request id {id}");
    }
    text
}
