//! The results of a batch, told one by one and altogether.

use std::{cell::RefCell, thread};

use mss_http::{BatchItem, Confirmation, Confirmations, Error, ErrorKind};

use super::{gauge::Gauge, items::Read, report::Reporter, tally::Tally};
use crate::{exit::Exit, failure::Failure, gauge::Form, run::Context};

/// How to go on after an end before the end.
pub(super) enum Again {
    /// With this command, which knows from the journal what is done.
    Resume(String),
    /// With this one, which tells everything again.
    Repeat(String),
}

/// Who is told, and how.
pub(super) struct Telling<'c, 'x> {
    pub(super) form: Form<'c>,
    pub(super) json: bool,
    pub(super) again: Option<Again>,
    pub(super) context: &'x Context<'c>,
}

impl Again {
    fn command(&self) -> &str {
        match self {
            Self::Resume(command) | Self::Repeat(command) => command,
        }
    }
}

/// What an end at once leaves.
pub(super) fn left_open(again: Option<&Again>) -> String {
    match again {
        Some(Again::Resume(command)) => {
            format!("the journal has what was under way; go on with: {command}")
        }
        Some(Again::Repeat(command)) => format!(
            "what was under way may have been applied; it may be told again in the same state: \
             {command}"
        ),
        None => "what was under way may have been applied; it may be told again in the same state"
            .to_owned(),
    }
}

impl Telling<'_, '_> {
    /// Takes all results, and tells of each and of all.
    pub(super) fn tell<I>(
        self,
        results: Confirmations<I>,
        tally: Tally,
        read: &RefCell<Read>,
    ) -> Exit
    where
        I: Iterator<Item = BatchItem>,
    {
        let Self {
            form,
            json,
            again,
            context,
        } = self;
        let console = context.console;
        let gauge = Gauge::new(form, console, tally);
        let taker = Taker {
            reporter: Reporter::new(console, json),
            gauge: &gauge,
            read,
        };
        let ended = thread::scope(|scope| {
            scope.spawn(|| gauge.tell());
            let ended = taker.take_all(results);
            gauge.end();
            ended
        });
        context.screen.close();

        let mut tally = gauge.into_tally();
        tally.close();
        let mut exit = tally.exit();
        let is_whole = tally.is_whole() && (tally.total.is_some() || read.borrow().is_whole);
        if context.stop.cancel_handle().is_cancelled() && !(exit == Exit::Done && is_whole) {
            exit = Exit::Interrupted;
        } else if exit == Exit::Done && !tally.is_whole() && ended.is_ok() {
            console.note(format_args!(
                "metastudio: the list became shorter meanwhile"
            ));
            exit = Exit::LocalFile;
        }
        if let Err(error) = ended {
            let failure = Failure::from(error);
            exit = Exit::worst([exit, failure.show(console, false)]);
        }
        show(json, &tally, exit, context);
        if let Some(again) = again.filter(|_| exit != Exit::Done && tally.open > 0) {
            console.note(format_args!("next: {}", again.command()));
        }
        exit
    }
}

struct Taker<'r, 'c> {
    reporter: Reporter<'c>,
    gauge: &'r Gauge<'c>,
    read: &'r RefCell<Read>,
}

impl Taker<'_, '_> {
    /// Takes the results until there are no more, nobody wants them, or the key is no good.
    fn take_all<I>(&self, mut results: Confirmations<I>) -> Result<(), Error>
    where
        I: Iterator<Item = BatchItem>,
    {
        let ended = loop {
            match results.next() {
                None => return Ok(()),
                Some(Ok(confirmation)) => {
                    if self.took(&confirmation) {
                        break Ok(());
                    }
                }
                // Who has asked for the end knows that it came.
                Some(Err(error)) if error.kind() == ErrorKind::Cancelled => break Ok(()),
                Some(Err(error)) => break Err(error),
            }
        };
        for confirmation in results.close() {
            self.took(&confirmation);
        }
        ended
    }

    /// Returns whether nothing more can be sent: the others would wait for their turn only to be
    /// told the same.
    fn took(&self, confirmation: &Confirmation) -> bool {
        let line = self.read.borrow_mut().lines.pop_front();
        self.gauge.update(|tally| tally.add(confirmation));
        self.reporter.ended(confirmation, line);
        confirmation.result.as_ref().is_err_and(|error| {
            let is_refused = matches!(
                error.kind(),
                ErrorKind::Authentication | ErrorKind::InvalidCredentials
            );
            let ends = is_refused && error.attempts().is_empty();
            if ends {
                self.reporter.explain(error);
            }
            ends
        })
    }
}

fn show(json: bool, tally: &Tally, exit: Exit, context: &Context<'_>) {
    let text = tally.text();
    let console = context.console;
    console.achieved(&text);
    if json {
        console.json(&tally.json(exit));
        return;
    }
    let seconds = tally.started.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss)] // it is for a person
    let rate = tally.calls as f64 / seconds.max(0.001);
    let speed = format!("{seconds:.1} s, {rate:.1} calls/s");
    console.result(format_args!("{:<10} {text}, {speed}", "summary"));
}
