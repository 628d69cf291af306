//! How far it is: a bar on a terminal, elsewhere a line now and then.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{BinaryBytes, HumanDuration};
use mss_http::{ManyProgress, Progress, Stage};
use serde::Serialize;

use super::{UploadArgs, selection::Item};
use crate::{
    console::Console,
    gauge::{Form, JSON_LINES, LINES},
    run::Context,
    words::count,
};

/// Shows progress where and as it is wanted.
pub(super) struct Gauge<'a> {
    console: &'a Console<'a>,
    form: Form<'a>,
    last: Mutex<Option<Shown>>,
}

/// Where a stage stood when it was shown, or when it began.
struct Shown {
    stage: Option<Stage>,
    done: u64,
    at: Instant,
}

#[derive(Serialize)]
struct Json {
    r#type: &'static str,
    files_done: usize,
    files_total: usize,
    bytes_done: u64,
    bytes_total: u64,
}

impl<'a> Gauge<'a> {
    /// For one file.
    pub(super) fn for_one(args: &UploadArgs, item: &Item, context: &Context<'a>) -> Self {
        let is_typed = matches!(item, Item::Stdin(_)) && context.screen.shows_stdin();
        Self::new(args, false, !is_typed, context)
    }

    /// For several files.
    pub(super) fn for_many(args: &UploadArgs, context: &Context<'a>) -> Self {
        Self::new(args, true, true, context)
    }

    fn new(args: &UploadArgs, several: bool, may_draw: bool, context: &Context<'a>) -> Self {
        let may_draw = may_draw && !args.json;
        let form = Form::new(args.json && several, args.quiet, may_draw, context);
        Self {
            console: context.console,
            form,
            last: Mutex::default(),
        }
    }

    /// How far one file is.
    pub(super) fn one(&self, progress: Progress) {
        let Progress {
            stage, done, total, ..
        } = progress;
        let verb = match stage {
            Stage::Hash => "reading",
            Stage::Put => "sending",
            _ => "",
        };
        match (&self.form, stage) {
            (Form::Bar(screen), Stage::Hash | Stage::Put) => screen.show(verb, verb, done, total),
            (Form::Bar(screen), Stage::Create) => screen.wait("registering"),
            (Form::Bar(screen), Stage::Confirm) => screen.wait("confirming"),
            (Form::Bar(screen), Stage::Review) => screen.wait("under review"),
            (Form::Lines, Stage::Hash | Stage::Put) => {
                if let Some(rate) = self.rate(LINES, Some(stage), done, Instant::now()) {
                    let how_far = how_far(done, total, rate);
                    self.console.note(format_args!("{verb:<10} {how_far}"));
                }
            }
            _ => {}
        }
    }

    /// How far several files are.
    pub(super) fn many(&self, progress: ManyProgress) {
        let ManyProgress {
            files_done,
            files_total,
            bytes_done,
            bytes_total,
            ..
        } = progress;
        let files = format!("{files_done} of {}", count(files_total as u64, "file"));
        match &self.form {
            Form::Bar(screen) => screen.show("files", &files, bytes_done, bytes_total),
            Form::Lines => {
                if let Some(rate) = self.rate(LINES, None, bytes_done, Instant::now()) {
                    let how_far = how_far(bytes_done, bytes_total, rate);
                    self.console
                        .note(format_args!("sending    {files}, {how_far}"));
                }
            }
            Form::Json => {
                if (self.rate(JSON_LINES, None, bytes_done, Instant::now())).is_some() {
                    self.console.json(&Json {
                        r#type: "progress",
                        files_done,
                        files_total,
                        bytes_done,
                        bytes_total,
                    });
                }
            }
            Form::Nothing => {}
        }
    }

    /// Bytes a second since the last line, if it is time for another one.
    fn rate(&self, every: Duration, stage: Option<Stage>, done: u64, now: Instant) -> Option<f64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = match &*last {
            Some(shown) if shown.stage == stage => {
                let time = now.saturating_duration_since(shown.at);
                if time < every {
                    return None;
                }
                #[allow(clippy::cast_precision_loss)] // it is for a person
                let bytes = done.saturating_sub(shown.done) as f64;
                Some(bytes / time.as_secs_f64())
            }
            _ => None,
        };
        let at = now;
        *last = Some(Shown { stage, done, at });
        rate
    }
}

/// `1.00 GiB of 4.00 GiB, 100.00 MiB/s, 31s left`. A total of 0 isn't known.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // it is for a person
fn how_far(done: u64, total: u64, rate: f64) -> String {
    let done_text = BinaryBytes(done);
    let rate_text = BinaryBytes(rate as u64);
    if total == 0 {
        return format!("{done_text}, {rate_text}/s");
    }
    let text = format!("{done_text} of {}, {rate_text}/s", BinaryBytes(total));
    let left = total.saturating_sub(done) as f64 / rate;
    match Duration::try_from_secs_f64(left) {
        Ok(left) => format!("{text}, {:#} left", HumanDuration(left)),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Screen;

    #[test]
    fn a_line_comes_when_it_is_time_and_a_new_stage_begins_anew() {
        let (mut stdout, mut stderr, screen) = (Vec::new(), Vec::new(), Screen::none());
        let console = Console::new(&mut stdout, &mut stderr, &screen);
        let gauge = Gauge {
            console: &console,
            form: Form::Lines,
            last: Mutex::default(),
        };
        let start = Instant::now();
        let rate = |seconds, stage, done| {
            let now = start + Duration::from_secs(seconds);
            gauge.rate(LINES, Some(stage), done, now)
        };
        assert_eq!(rate(0, Stage::Hash, 0), None);
        assert_eq!(rate(9, Stage::Hash, 900), None);
        assert_eq!(rate(10, Stage::Hash, 1000), Some(100.0));
        assert_eq!(rate(19, Stage::Hash, 2000), None);
        assert_eq!(rate(20, Stage::Hash, 3000), Some(200.0));
        assert_eq!(rate(30, Stage::Put, 0), None);
        assert_eq!(rate(40, Stage::Put, 10), Some(1.0));
        // Sent again from the beginning.
        assert_eq!(rate(50, Stage::Put, 0), Some(0.0));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let mebibyte = 1 << 20;
        let whole = how_far(mebibyte, 3 * mebibyte, 1_048_576.0);
        assert_eq!(whole, "1.00 MiB of 3.00 MiB, 1.00 MiB/s, 2s left");
        assert_eq!(how_far(mebibyte, 0, 0.0), "1.00 MiB, 0 B/s");
        assert_eq!(how_far(0, mebibyte, 0.0), "0 B of 1.00 MiB, 0 B/s");
    }
}
