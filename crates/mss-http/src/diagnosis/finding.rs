//! What one step has found.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use mss_core::explain::Cause;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Error, ErrorKind};

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Endpoint, region, project: whether a client can be built from them.
    Settings,
    /// Where the credentials come from.
    Credentials,
    /// Whether a proxy is on the way.
    Proxy,
    /// The addresses of the endpoint.
    Dns,
    /// A connection to one of them, or to the proxy.
    Tcp,
    /// TLS, and the certificate of the server.
    Tls,
    /// This machine's clock beside the service's.
    Clock,
    /// The project: given, found with the credentials, or asked of IAM.
    Project,
    /// A signed call that changes nothing.
    Call,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// As it should be.
    Ok,
    /// Calls work in spite of it.
    Warning,
    /// Calls don't work.
    Failed,
    /// There was nothing to examine, or no way to.
    Skipped,
}

/// What one step has found. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was looked at.
    pub step: Step,
    /// How it ended.
    pub state: State,
    /// What was found, in a sentence or less.
    pub found: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// Of a failure its kind, which is that of the error of a call.
    pub kind: Option<ErrorKind>,
    /// The same for programs: names and values, which differ from step to step.
    pub details: Vec<(&'static str, String)>,
    /// How long it took.
    pub duration: Duration,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 9] = [
        Self::Settings,
        Self::Credentials,
        Self::Proxy,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Clock,
        Self::Project,
        Self::Call,
    ];

    /// The step in one word, as it stands in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Credentials => "credentials",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Clock => "clock",
            Self::Project => "project",
            Self::Call => "call",
        }
    }
}

impl State {
    /// The state in one word, as it stands in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Finding {
    fn new(step: Step, state: State, found: impl Into<String>) -> Self {
        Self {
            step,
            state,
            found: found.into(),
            advice: None,
            kind: None,
            details: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    pub(super) fn ok(step: Step, found: impl Into<String>) -> Self {
        Self::new(step, State::Ok, found)
    }

    pub(super) fn warning(step: Step, found: impl Into<String>, advice: &str) -> Self {
        Self::new(step, State::Warning, found).advised(advice)
    }

    pub(super) fn skipped(step: Step, why: impl Into<String>) -> Self {
        Self::new(step, State::Skipped, why)
    }

    /// A failure, with the usual advice for its kind.
    pub(super) fn failed(step: Step, kind: ErrorKind, found: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            advice: kind.advice(step.as_str()).map(str::to_owned),
            ..Self::new(step, State::Failed, found)
        }
    }

    pub(super) fn of_error(step: Step, error: &Error) -> Self {
        let finding = Self::failed(step, error.kind(), error.message());
        finding
            .explained(error)
            .with("status", error.status())
            .with("error_code", error.error_code())
            .with("request_id", error.request_id())
    }

    /// A refusal of key, token or signature in fewer words than the gateway's, and with its cause.
    fn explained(mut self, error: &Error) -> Self {
        let Some(report) = error.explanation() else {
            return self;
        };
        let before = match error.status() {
            None => "not tried, since this key was refused before: ",
            Some(_) => "",
        };
        self.found = format!("{before}{}", report.said());
        if matches!(report.cause(), Cause::NotComparable(_)) {
            return self;
        }
        let _ = write!(self.found, ": {}", report.cause());
        for line in report.lines().iter().filter(|line| line.differs()) {
            let (ours, theirs) = (line.ours().unwrap_or("-"), line.theirs().unwrap_or("-"));
            let part = line.part();
            let _ = write!(self.found, "; {part} here {ours}, at server {theirs}");
        }
        self.advised(report.cause().advice())
    }

    pub(super) fn advised(mut self, advice: &str) -> Self {
        self.advice = Some(advice.to_owned());
        self
    }

    /// Adds a detail, where there is one.
    pub(super) fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        let value = value.map(|value| (name, value.to_string()));
        self.details.extend(value);
        self
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A moment as programs read it.
pub(super) fn timestamp(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
