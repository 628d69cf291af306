//! How many uploads ended how.

use std::{fmt::Write as _, time::Instant};

use indicatif::BinaryBytes;
use serde::Serialize;

use super::report::End;
use crate::{exit::Exit, run::Context, words::count};

/// How many files ended how.
#[derive(Default)]
pub(super) struct Tally {
    created: u64,
    failed: u64,
    cancelled: u64,
    unknown: u64,
    left_open: u64,
    /// Of all of them those that a journal knew before.
    known: u64,
    pub(super) bytes: u64,
    /// It is a journal's rest.
    has_journal: bool,
}

#[derive(Serialize)]
struct Summary {
    r#type: &'static str,
    files: u64,
    created: u64,
    failed: u64,
    cancelled: u64,
    unknown: u64,
    /// Only where a journal may have some.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_open: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<u64>,
    bytes: u64,
    seconds: f64,
    exit_code: i32,
}

impl Tally {
    /// Of the entries of a journal.
    pub(super) fn of_journal() -> Self {
        Self {
            has_journal: true,
            ..Self::default()
        }
    }

    /// Files that have come to an end.
    pub(super) fn files(&self) -> u64 {
        self.created + self.failed + self.cancelled + self.unknown + self.left_open
    }

    pub(super) fn add(&mut self, end: End) {
        *match end {
            End::Created => &mut self.created,
            End::Failed => &mut self.failed,
            End::Cancelled => &mut self.cancelled,
            End::Unknown => &mut self.unknown,
            End::LeftOpen => &mut self.left_open,
        } += 1;
    }

    /// Counts what a journal says is done.
    pub(super) fn add_known(&mut self, end: End) {
        self.add(end);
        self.known += 1;
    }

    pub(super) fn show(&self, json: bool, started: Instant, exit: Exit, context: &Context<'_>) {
        let console = context.console;
        let files = self.files();
        let others = [
            (self.failed, "failed"),
            (self.cancelled, "cancelled"),
            (self.unknown, "unknown"),
            (self.left_open, "left open"),
        ];
        let others = others.into_iter().filter(|(number, _)| *number > 0);
        let mut text = (others.map(|(number, what)| format!(", {number} {what}"))).fold(
            format!("{} of {} CREATED", self.created, count(files, "file")),
            |text, more| text + &more,
        );
        if self.known > 0 {
            let _ = write!(text, " ({} of them known before)", self.known);
        }
        console.achieved(&text);
        let time = started.elapsed();
        if json {
            console.json(&Summary {
                r#type: "summary",
                files,
                created: self.created,
                failed: self.failed,
                cancelled: self.cancelled,
                unknown: self.unknown,
                left_open: self.has_journal.then_some(self.left_open),
                repeats: self.has_journal.then_some(self.known),
                bytes: self.bytes,
                seconds: time.as_secs_f64(),
                exit_code: exit.code(),
            });
        } else {
            let bytes = BinaryBytes(self.bytes);
            let seconds = time.as_secs_f64();
            console.result(format_args!(
                "{:<10} {text}, {bytes} in {seconds:.1} s",
                "summary"
            ));
        }
    }
}
