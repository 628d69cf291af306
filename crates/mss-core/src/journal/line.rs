//! One line of a journal.

use serde::Serialize;
use serde_json::error::Category;

use crate::{InvalidInput, service_error::excerpt};

/// Why a line can't be read. The text continues a sentence that begins with "line 7".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadLine {
    problem: String,
    is_no_json: bool,
}

impl BadLine {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            is_no_json: false,
        }
    }

    pub(super) fn invalid(error: &InvalidInput) -> Self {
        Self::new(format!("is no record: {error}"))
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        Self {
            // Its "at line 1" would be taken for the number of the journal's line.
            problem: match error.classify() {
                // It may repeat what the line holds, of any length and with line ends.
                Category::Data => {
                    let text = excerpt(without_place(error).as_bytes()).unwrap_or_default();
                    format!("is no record: {text}")
                }
                _ => format!("is no JSON (column {})", error.column()),
            },
            is_no_json: error.classify() != Category::Data,
        }
    }

    /// Whether it isn't JSON at all, as the last line of a process that died while it wrote.
    pub fn is_no_json(&self) -> bool {
        self.is_no_json
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

pub(super) fn write(line: &impl Serialize, out: &mut Vec<u8>) {
    // Memory takes all that is written, and no map of a journal has keys other than text.
    if serde_json::to_writer(&mut *out, line).is_ok() {
        out.push(b'\n');
    }
}
