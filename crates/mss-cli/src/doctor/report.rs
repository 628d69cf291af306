//! What was found, for a person at night and for a program.

use mss_http::diagnosis::{Finding, State};
use serde::{Serialize, Serializer};

use crate::{
    console::Console,
    exit::Exit,
    words::{count, in_options},
};

/// Width of a line, in characters.
const WIDTH: usize = 100;

/// Where the words begin, behind state, step and time.
const INDENT: usize = 31;

/// Tells each finding as soon as it is there; as JSON they are told at the end.
pub(super) struct Report<'a> {
    console: &'a Console<'a>,
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    exit_code: i32,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    name: &'a str,
    state: &'a str,
    found: String,
    advice: Option<String>,
    kind: Option<&'a str>,
    milliseconds: u128,
    #[serde(serialize_with = "as_map")]
    details: &'a [(&'static str, String)],
}

impl<'a> Report<'a> {
    pub(super) fn new(console: &'a Console<'a>, json: bool) -> Self {
        Self { console, json }
    }

    pub(super) fn tell(&mut self, finding: &Finding) {
        if self.json {
            return;
        }
        let time = match finding.duration.as_millis() {
            0 => String::new(),
            time => format!("{time} ms"),
        };
        let state = match finding.state {
            State::Failed => "FAILED",
            state => state.as_str(),
        };
        let head = format!("{state:<8} {:<12} {time:>8}", finding.step);
        let mut lines = wrapped(&in_options(&finding.found), WIDTH - INDENT);
        if let Some(advice) = &finding.advice {
            let advice = wrapped(&in_options(advice), WIDTH - INDENT - 3);
            let mark = |(at, line)| format!("{} {line}", if at == 0 { "->" } else { "  " });
            lines.extend(advice.into_iter().enumerate().map(mark));
        }
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { &*head } else { "" };
            self.console
                .result(format_args!("{head:<width$} {line}", width = INDENT - 1));
        }
    }

    pub(super) fn end(&self, findings: &[Finding], exit: Exit) {
        if self.json {
            self.console.json(&Json {
                exit_code: exit.code(),
                findings: findings.iter().map(JsonFinding::of).collect(),
            });
            return;
        }
        let in_state = |state| {
            let these = findings.iter().filter(move |it| it.state == state);
            these.map(|it| it.step.as_str()).collect::<Vec<_>>()
        };
        let (failed, warned) = (in_state(State::Failed), in_state(State::Warning));
        let warnings = match warned.len() {
            0 => String::new(),
            number => format!(", with {}", count(number as u64, "warning")),
        };
        let verdict = match (exit, failed.first()) {
            (Exit::Interrupted, _) => "interrupted".to_owned(),
            (_, None) => format!("calls work{warnings}"),
            (_, Some(_)) => format!(
                "calls don't work: {} failed (a call would end with exit code {})",
                failed.join(", "),
                exit.code()
            ),
        };
        self.console.result(format_args!("\n{verdict}"));
    }
}

impl<'a> JsonFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            name: finding.step.as_str(),
            state: finding.state.as_str(),
            found: in_options(&finding.found).into_owned(),
            advice: finding
                .advice
                .as_deref()
                .map(|it| in_options(it).into_owned()),
            kind: finding.kind.map(mss_http::ErrorKind::as_str),
            milliseconds: finding.duration.as_millis(),
            details: &finding.details,
        }
    }
}

fn as_map<S: Serializer>(
    details: &&[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().map(|(name, value)| (name, value)))
}

/// A text in lines of so many characters. A longer word, which somebody may want to copy, has a
/// line of its own, and each item of a numbered list, (1), (2), begins a line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut items = 0;
    for word in text.split_whitespace() {
        let is_item = word == format!("({})", items + 1);
        items += usize::from(is_item);
        let fits = line.chars().count() + 1 + word.chars().count() <= width;
        if line.is_empty() {
            line.push_str(word);
        } else if fits && !is_item {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a longer-word b", 5), ["a", "longer-word", "b"]);
        assert_eq!(wrapped("äöü äöü", 7), ["äöü äöü"]);
        assert_eq!(
            wrapped("tried: (1) a; (2) b c (9)", 9),
            ["tried:", "(1) a;", "(2) b c", "(9)"]
        );
    }
}
