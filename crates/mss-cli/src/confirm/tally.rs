//! How many files ended how.

use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use mss_http::{Confirmation, ErrorKind, Outcome, journal::Todo};
use serde::Serialize;

use crate::{exit::Exit, words::count};

/// What became of a file, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Confirmed,
    Failed,
    Unknown,
    NotSent,
}

impl End {
    pub(super) fn of(confirmation: &Confirmation) -> Self {
        let Err(error) = &confirmation.result else {
            return Self::Confirmed;
        };
        let is_bad = error.kind() == ErrorKind::InvalidInput;
        match error.outcome() {
            Outcome::Applied => Self::Confirmed,
            Outcome::Unknown => Self::Unknown,
            // A repeat shares the attempts of the first.
            Outcome::NotApplied if error.attempts().is_empty() && !is_bad => Self::NotSent,
            Outcome::NotApplied => Self::Failed,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not sent",
        }
    }
}

/// How many files ended how, so far.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) started: Instant,
    /// None while nobody knows how many there are.
    pub(super) total: Option<u64>,
    pub(super) confirmed: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    not_sent: u64,
    /// That were known from earlier ones, or from the journal.
    repeats: u64,
    pub(super) calls: u64,
    /// Of the confirmed ones.
    states: BTreeMap<&'static str, u64>,
    /// Worth another try: not refused for good.
    pub(super) open: u64,
    exit: Exit,
}

#[derive(Serialize)]
struct Json<'a> {
    r#type: &'static str,
    files: u64,
    confirmed: u64,
    states: &'a BTreeMap<&'static str, u64>,
    failed: u64,
    unknown: u64,
    not_sent: u64,
    repeats: u64,
    calls: u64,
    seconds: f64,
    exit_code: i32,
}

impl Tally {
    pub(super) fn new(total: Option<u64>) -> Self {
        Self {
            started: Instant::now(),
            total,
            confirmed: 0,
            failed: 0,
            unknown: 0,
            not_sent: 0,
            repeats: 0,
            calls: 0,
            states: BTreeMap::new(),
            open: 0,
            exit: Exit::Done,
        }
    }

    pub(super) fn add(&mut self, confirmation: &Confirmation) {
        let end = End::of(confirmation);
        *match end {
            End::Confirmed => &mut self.confirmed,
            End::Failed => &mut self.failed,
            End::Unknown => &mut self.unknown,
            End::NotSent => &mut self.not_sent,
        } += 1;
        if confirmation.is_repeat {
            self.repeats += 1;
        } else {
            self.calls += u64::from(confirmation.attempts);
        }
        match &confirmation.result {
            Ok(_) => {
                if let Some(state) = confirmation.state {
                    *self.states.entry(state.as_str()).or_default() += 1;
                }
            }
            Err(error) => {
                // Why it was cancelled is known to who did it.
                let exit = match (error.kind(), error.outcome()) {
                    (ErrorKind::Cancelled, Outcome::NotApplied) => None,
                    (ErrorKind::Cancelled, _) => Some(Exit::Unknown),
                    _ => Some(Exit::of(error)),
                };
                self.open += u64::from(exit.is_none_or(Exit::may_pass));
                self.exit = Exit::worst([self.exit].into_iter().chain(exit));
            }
        }
    }

    /// Files that have come to an end.
    pub(super) fn done(&self) -> u64 {
        self.confirmed + self.failed + self.unknown + self.not_sent
    }

    /// What no result came of hasn't been sent.
    pub(super) fn close(&mut self) {
        if let Some(rest) = self.total.map(|total| total.saturating_sub(self.done())) {
            self.not_sent += rest;
            self.open += rest;
        }
    }

    /// Counts what a journal says is done.
    pub(super) fn add_known(&mut self, todo: &Todo) {
        match todo {
            Todo::Applied(state) => {
                self.confirmed += 1;
                *self.states.entry(state.as_str()).or_default() += 1;
            }
            Todo::Refused => {
                self.failed += 1;
                self.exit = Exit::worst([self.exit, Exit::Refused]);
            }
            _ => return,
        }
        self.repeats += 1;
    }

    /// Whether none is left out.
    pub(super) fn is_whole(&self) -> bool {
        self.not_sent == 0
    }

    /// The worst of them.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    /// `998 of 1000 files CREATED, 1 failed, 1 unknown`.
    pub(super) fn text(&self) -> String {
        let all = count(self.done(), "file");
        let done = match self.states.first_key_value() {
            Some((state, _)) if self.states.len() == 1 => (*state).to_owned(),
            None => "confirmed".to_owned(),
            Some(_) => {
                let states: Vec<_> = (self.states.iter())
                    .map(|(state, files)| format!("{files} {state}"))
                    .collect();
                format!("confirmed ({})", states.join(", "))
            }
        };
        let mut text = format!("{} of {all} {done}", self.confirmed);
        for (files, what) in [
            (self.failed, "failed"),
            (self.unknown, "unknown"),
            (self.not_sent, "not sent"),
        ] {
            if files > 0 {
                let _ = write!(text, ", {files} {what}");
            }
        }
        if self.repeats > 0 {
            let _ = write!(text, " ({} of them known before)", self.repeats);
        }
        text
    }

    pub(super) fn json(&self, exit: Exit) -> impl Serialize {
        Json {
            r#type: "summary",
            files: self.done(),
            confirmed: self.confirmed,
            states: &self.states,
            failed: self.failed,
            unknown: self.unknown,
            not_sent: self.not_sent,
            repeats: self.repeats,
            calls: self.calls,
            seconds: self.started.elapsed().as_secs_f64(),
            exit_code: exit.code(),
        }
    }
}
