//! A report as JSON.

use mss_core::explain::{Cause, Line, Part, Report};
use serde::Serialize;

/// A report as JSON. All fields are always there; what doesn't apply is null.
#[derive(Serialize)]
pub(crate) struct Json<'a> {
    causes: Vec<CauseJson<'a>>,
    code: Option<&'a str>,
    said: &'a str,
    lines: Vec<LineJson<'a>>,
    omitted_lines: usize,
}

#[derive(Serialize)]
struct CauseJson<'a> {
    kind: &'static str,
    text: String,
    advice: &'static str,
    header: Option<&'a str>,
    /// What to add to this machine's clock.
    offset_seconds: Option<i64>,
    obstacle: Option<&'static str>,
}

#[derive(Serialize)]
struct LineJson<'a> {
    part: &'static str,
    header: Option<&'a str>,
    here: Option<&'a str>,
    at_server: Option<&'a str>,
    differs: bool,
}

impl<'a> Json<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        Self {
            causes: report.causes().iter().map(CauseJson::of).collect(),
            code: report.code(),
            said: report.said(),
            lines: report.lines().iter().map(LineJson::of).collect(),
            omitted_lines: report.omitted(),
        }
    }
}

impl<'a> CauseJson<'a> {
    fn of(cause: &'a Cause) -> Self {
        Self {
            kind: cause.as_str(),
            text: cause.to_string(),
            advice: cause.advice(),
            header: match cause {
                Cause::HeaderChanged(name)
                | Cause::HeaderAdded(name)
                | Cause::HeaderRemoved(name) => Some(name),
                _ => None,
            },
            offset_seconds: match cause {
                Cause::Clock { offset } => Some(offset.whole_seconds()),
                _ => None,
            },
            obstacle: match cause {
                Cause::NotComparable(obstacle) => Some(obstacle.as_str()),
                _ => None,
            },
        }
    }
}

impl<'a> LineJson<'a> {
    fn of(line: &'a Line) -> Self {
        Self {
            part: line.part().as_str(),
            header: match line.part() {
                Part::Header(name) => Some(name),
                _ => None,
            },
            here: line.ours(),
            at_server: line.theirs(),
            differs: line.differs(),
        }
    }
}
