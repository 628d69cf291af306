//! The rest of a journal of confirmations.

use std::cell::RefCell;

use mss_http::{Client, journal::Ledger};

use super::{
    items::Read,
    many::GRACE,
    tally::Tally,
    telling::{Again, Telling, left_open},
};
use crate::{exit::Exit, failure::Failure, gauge::Form, resume::ResumeArgs, run::Context};

/// Sends what is open, and tells of all entries.
pub(crate) fn resume(
    args: &ResumeArgs,
    ledger: Ledger,
    client: &Client,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let mut tally = Tally::new(Some(ledger.len()));
    ledger.todos().for_each(|todo| tally.add_known(&todo));
    // The batch reads one of its own, and there may be a million entries.
    drop(ledger);
    let mut batch = client.batch().rate(args.rate()).grace(GRACE);
    if let Some(jobs) = args.jobs {
        batch = batch.concurrency(jobs);
    }
    let results = batch.resume(&args.journal)?;
    let again = Some(Again::Resume(args.again()));
    context.stop.in_order(left_open(again.as_ref()));
    let telling = Telling {
        form: Form::new(args.json, args.quiet, true, context),
        json: args.json,
        again,
        context,
    };
    Ok(telling.tell(results, tally, &RefCell::<Read>::default()))
}
