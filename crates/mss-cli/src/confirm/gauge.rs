//! How far a batch is, told by a thread of its own: a call may take a minute, and the clock goes
//! on.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::HumanDuration;
use serde::Serialize;

use super::tally::Tally;
use crate::{
    console::Console,
    gauge::{Form, JSON_LINES, LINES},
    words::count,
};

/// How often a bar is brought up to date.
const DRAWN: Duration = Duration::from_millis(250);

/// The rate is that of this time.
const RECENT: Duration = Duration::from_secs(10);

/// The tally of a batch, and who tells of it.
pub(super) struct Gauge<'a> {
    form: Form<'a>,
    console: &'a Console<'a>,
    state: Mutex<State>,
    ended: Condvar,
}

struct State {
    tally: Tally,
    is_over: bool,
}

/// How many files and calls there were at a time.
#[derive(Clone, Copy)]
struct Point {
    at: Instant,
    files: u64,
    calls: u64,
}

#[derive(Serialize)]
struct Json {
    r#type: &'static str,
    files_done: u64,
    /// None where nobody knows.
    files_total: Option<u64>,
    failed: u64,
    unknown: u64,
    calls_per_second: f64,
}

impl<'a> Gauge<'a> {
    pub(super) fn new(form: Form<'a>, console: &'a Console<'a>, tally: Tally) -> Self {
        let is_over = false;
        Self {
            form,
            console,
            state: Mutex::new(State { tally, is_over }),
            ended: Condvar::new(),
        }
    }

    /// Changes the tally.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut Tally) -> R) -> R {
        change(&mut self.state().tally)
    }

    pub(super) fn into_tally(self) -> Tally {
        let state = self.state.into_inner();
        state.unwrap_or_else(PoisonError::into_inner).tally
    }

    /// Ends the telling.
    pub(super) fn end(&self) {
        self.state().is_over = true;
        self.ended.notify_all();
    }

    /// Tells how far it is, until it ends.
    pub(super) fn tell(&self) {
        let every = match self.form {
            Form::Nothing => return,
            Form::Bar(_) => DRAWN,
            Form::Lines => LINES,
            Form::Json => JSON_LINES,
        };
        let mut speed = Speed::default();
        let mut state = self.state();
        while !state.is_over {
            let tally = state.tally.clone();
            drop(state);
            let (files, calls) = (tally.done(), tally.calls);
            let at = Instant::now();
            let rates = speed.at(Point { at, files, calls });
            if let Some(rates) = rates {
                self.show(&tally, rates);
            }
            state = self.state();
            let until = at + every;
            while let Some(left) = until.checked_duration_since(Instant::now())
                && !state.is_over
            {
                let waited = self.ended.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    fn show(&self, tally: &Tally, rates: Rates) {
        let text = text(tally, rates);
        match &self.form {
            Form::Bar(screen) => {
                let total = tally.total.unwrap_or_default();
                screen.count("confirming", &text, tally.done(), total);
            }
            Form::Lines => self.console.note(format_args!("confirming {text}")),
            Form::Json => self.console.json(&Json {
                r#type: "progress",
                files_done: tally.done(),
                files_total: tally.total,
                failed: tally.failed,
                unknown: tally.unknown,
                calls_per_second: rates.calls,
            }),
            Form::Nothing => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rates {
    files: f64,
    calls: f64,
}

/// The rates of the last seconds.
#[derive(Default)]
struct Speed(VecDeque<Point>);

impl Speed {
    /// None for the first point: there is nothing to compare it with.
    #[allow(clippy::cast_precision_loss)] // it is for a person
    fn at(&mut self, now: Point) -> Option<Rates> {
        while let Some(second) = self.0.get(1)
            && now.at.duration_since(second.at) >= RECENT
        {
            self.0.pop_front();
        }
        let first = self.0.front().copied();
        self.0.push_back(now);
        let first = first?;
        let time = now.at.duration_since(first.at).as_secs_f64();
        let rate = |now: u64, then: u64| (now - then) as f64 / time;
        Some(Rates {
            files: rate(now.files, first.files),
            calls: rate(now.calls, first.calls),
        })
    }
}

/// `120 of 1000 files, 9.8 calls/s, 1 failed, 90s left`.
#[allow(clippy::cast_precision_loss)] // it is for a person
fn text(tally: &Tally, rates: Rates) -> String {
    let done = tally.done();
    let mut text = match tally.total {
        Some(total) => format!("{done} of {}", count(total, "file")),
        None => count(done, "file"),
    };
    let _ = write!(text, ", {:.1} calls/s", rates.calls);
    for (files, what) in [(tally.failed, "failed"), (tally.unknown, "unknown")] {
        if files > 0 {
            let _ = write!(text, ", {files} {what}");
        }
    }
    let left = tally.total.map(|total| total.saturating_sub(done) as f64);
    let left = left.map(|files| Duration::try_from_secs_f64(files / rates.files));
    match left {
        Some(Ok(left)) => {
            let _ = write!(text, ", {:#} left", HumanDuration(left));
        }
        // Nobody knows how long nothing takes.
        Some(Err(_)) if done > 0 => text += ", stalled",
        _ => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut speed = Speed::default();
        let mut at = |seconds, files| {
            let at = start + Duration::from_secs(seconds);
            let calls = 2 * files;
            speed.at(Point { at, files, calls })
        };
        let rates = |files| {
            let calls = 2.0 * files;
            Some(Rates { files, calls })
        };
        assert_eq!(at(0, 0), None);
        assert_eq!(at(1, 5), rates(5.0));
        assert_eq!(at(5, 50), rates(10.0));
        assert_eq!(at(11, 105), rates(10.0));
        assert_eq!(at(16, 105), rates(5.0));
        assert_eq!(at(40, 105), rates(0.0));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let (files, calls) = (10.0, 12.5);
        let mut tally = Tally::new(Some(1000));
        let rates = Rates { files, calls };
        assert_eq!(
            text(&tally, rates),
            "0 of 1000 files, 12.5 calls/s, 2m left"
        );
        let none = Rates {
            files: 0.0,
            calls: 0.0,
        };
        assert_eq!(text(&tally, none), "0 of 1000 files, 0.0 calls/s");
        (tally.confirmed, tally.failed, tally.unknown) = (497, 2, 1);
        let all = text(&tally, rates);
        assert_eq!(
            all,
            "500 of 1000 files, 12.5 calls/s, 2 failed, 1 unknown, 50s left"
        );
        assert!(text(&tally, none).ends_with(", stalled"));
        tally.total = None;
        assert!(text(&tally, none).starts_with("500 files, 0.0 calls/s, 2 failed"));
        assert!(text(&tally, none).ends_with("1 unknown"));
    }
}
