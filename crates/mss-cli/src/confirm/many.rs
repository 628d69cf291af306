//! Many confirmations: a line for each that fails, and a summary.

use std::{cell::RefCell, io, thread, time::Duration};

use mss_http::{Batch, Client, Confirmation, Error, ErrorKind};

use super::{
    ConfirmArgs,
    gauge::Gauge,
    items::{self, Items, Read, Source},
    report::Reporter,
    tally::Tally,
};
use crate::{
    exit::Exit,
    failure::Failure,
    gauge::Form,
    list::{List, Pipe},
    next::Next,
    run::Context,
};

/// After Ctrl-C the calls under way get so long to end.
const GRACE: Duration = Duration::from_secs(1);

pub(super) fn run(
    args: &ConfirmArgs,
    list: List<'_>,
    stdin: &mut (dyn io::Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let client = args.connection.client(context, |builder| builder)?;
    let mut batch = args.batch(&client)?;
    let (total, rows) = if list.is_sized() {
        context.screen.wait(&format!("reading {}", list.name()));
        let total = items::check(list, args.state, &mut batch)?;
        (Some(total), list.open::<items::Given>()?)
    } else if list.is_stdin() {
        (None, list.read::<items::Given>(stdin)?)
    } else {
        (None, list.open::<items::Given>()?)
    };
    let again = args.again(list);
    context.stop.in_order(left_open(again.as_deref()));

    let console = context.console;
    let may_draw = list.is_sized() || !context.screen.shows_stdin();
    let form = Form::new(args.json, args.many.quiet, may_draw, context);
    let gauge = Gauge::new(form, console, Tally::new(total));
    let name = list.name();
    let read = RefCell::new(Read::default());
    let run = Run {
        reporter: Reporter::new(console, args.json),
        gauge: &gauge,
        read: &read,
    };
    let ended = thread::scope(|scope| {
        let source = if total.is_some() {
            Source::Rows(rows)
        } else {
            let (filler, pipe) = Pipe::new();
            scope.spawn(|| filler.fill(rows));
            Source::Pipe(pipe)
        };
        let items = Items {
            name: &name,
            state: args.state,
            source,
            read: &read,
        };
        scope.spawn(|| gauge.tell());
        let ended = run.go(batch, items);
        gauge.end();
        context.stop.leave_stdin();
        ended
    });
    context.screen.close();

    let read = read.into_inner();
    let tally = gauge.update(|tally| {
        tally.close();
        tally.clone()
    });
    let mut exit = tally.exit();
    if context.stop.cancel_handle().is_cancelled() && !(exit == Exit::Done && read.is_whole) {
        exit = Exit::Interrupted;
    }
    if let Err(error) = ended {
        let failure = Failure::from(error);
        exit = Exit::worst([exit, failure.show(console, false)]);
    }
    if let Some(error) = read.error {
        let failure = Failure::File(name, error);
        exit = Exit::worst([exit, failure.show(console, false)]);
    }
    show(args, &tally, exit, context);
    if exit != Exit::Done
        && tally.open > 0
        && let Some(again) = again
    {
        console.note(format_args!("next: {again}"));
    }
    Ok(exit)
}

struct Run<'r, 'c> {
    reporter: Reporter<'c>,
    gauge: &'r Gauge<'c>,
    read: &'r RefCell<Read>,
}

impl Run<'_, '_> {
    /// Takes the results until there are no more, nobody wants them, or the key is no good.
    fn go(&self, batch: Batch, items: Items<'_>) -> Result<(), Error> {
        let mut results = batch.run(items)?;
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

impl ConfirmArgs {
    fn batch(&self, client: &Client) -> Result<Batch, Failure> {
        let many = &self.many;
        let mut batch = client
            .batch()
            .rate(many.rate.unwrap_or_default())
            .grace(GRACE);
        if let Some(jobs) = many.jobs {
            batch = batch.concurrency(jobs);
        }
        Ok(match &self.app_user_id {
            Some(id) => batch.app_user_id(id.parse()?),
            None => batch,
        })
    }

    /// The same command, where the list is still there.
    fn again(&self, list: List<'_>) -> Option<String> {
        let connection = self.connection.repeated();
        let next = Next::new(connection, self.app_user_id.as_deref());
        let list = list.is_sized().then(|| self.many.list.repeated())?;
        Some(next.confirm_many(&list, self.state))
    }
}

fn left_open(again: Option<&str>) -> String {
    let text = "what was under way may have been applied; it may be told again in the same state";
    match again {
        Some(again) => format!("{text}: {again}"),
        None => text.to_owned(),
    }
}

fn show(args: &ConfirmArgs, tally: &Tally, exit: Exit, context: &Context<'_>) {
    let text = tally.text();
    let console = context.console;
    console.achieved(&text);
    if args.json {
        console.json(&tally.json(exit));
        return;
    }
    let seconds = tally.started.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss)] // it is for a person
    let rate = tally.calls as f64 / seconds.max(0.001);
    let speed = format!("{seconds:.1} s, {rate:.1} calls/s");
    console.result(format_args!("{:<10} {text}, {speed}", "summary"));
}
