//! The confirmations of a list.

use std::{cell::RefCell, io, thread, time::Duration};

use mss_http::{Batch, Client};

use super::{
    ConfirmArgs,
    items::{self, Given, Items, Read, Source},
    tally::Tally,
    telling::{Again, Telling, left_open},
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
pub(super) const GRACE: Duration = Duration::from_secs(1);

pub(super) fn run(
    args: &ConfirmArgs,
    list: List<'_>,
    stdin: &mut (dyn io::Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let client = args.connection.client(context, |builder| builder)?;
    let mut batch = args.batch(&client)?;
    let name = list.name();
    let read = RefCell::default();
    let items = |source| Items {
        name: &name,
        state: args.state,
        source,
        read: &read,
    };
    let (total, rows) = if list.is_sized() {
        context.screen.wait(&format!("reading {name}"));
        let total = items::check(list, args.state, &mut batch)?;
        if args.many.journal.is_some() {
            batch = batch.planned(items(Source::Rows(list.open::<Given>()?)));
            read.take();
        }
        (Some(total), list.open::<Given>()?)
    } else if list.is_stdin() {
        (None, list.read::<Given>(stdin)?)
    } else {
        (None, list.open::<Given>()?)
    };
    let again = args.again(list);
    context.stop.in_order(left_open(again.as_ref()));

    let may_draw = list.is_sized() || !context.screen.shows_stdin();
    let telling = Telling {
        form: Form::new(args.json, args.many.quiet, may_draw, context),
        json: args.json,
        again,
        context,
    };
    let tally = Tally::new(total);
    let exit = thread::scope(|scope| {
        let source = if total.is_some() {
            Source::Rows(rows)
        } else {
            let (filler, pipe) = Pipe::new();
            scope.spawn(|| filler.fill(rows));
            Source::Pipe(pipe)
        };
        let results = batch.run(items(source));
        let exit = results.map(|results| telling.tell(results, tally, &read));
        context.stop.leave_stdin();
        exit
    })?;
    let Read { error, .. } = read.into_inner();
    Ok(match error {
        Some(error) => {
            let failure = Failure::File(name, error);
            Exit::worst([exit, failure.show(context.console, false)])
        }
        None => exit,
    })
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
        if let Some(path) = &many.journal {
            batch = batch.journal(path);
        }
        Ok(match &self.app_user_id {
            Some(id) => batch.app_user_id(id.parse()?),
            None => batch,
        })
    }

    /// How to go on, where that can be put into a command.
    fn again(&self, list: List<'_>) -> Option<Again> {
        if let Some(path) = &self.many.journal {
            let next = Next::new(self.connection.repeated(), None);
            return Some(Again::Resume(next.resume(path)));
        }
        let connection = self.connection.repeated();
        let next = Next::new(connection, self.app_user_id.as_deref());
        let list = list.is_sized().then(|| self.many.list.repeated())?;
        Some(Again::Repeat(next.confirm_many(&list, self.state)))
    }
}
