//! `metastudio upload`

mod args;
mod follow;
mod gauge;
mod list;
mod many;
mod one;
mod report;
mod resume;
mod selection;
mod steps;
mod tally;

use std::io::Read;

use mss_http::{
    CallOptions, Client,
    journal::{Journal, JournalKind},
};

use crate::{exit::Exit, failure::Failure, local::Local, run::Context};
use args::Plan;
pub(crate) use args::UploadArgs;
pub(crate) use resume::resume;
use selection::Selection;

pub(crate) fn run(
    args: &UploadArgs,
    stdin: &mut (dyn Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    // A mistake in the arguments comes to light before anything is started.
    let selection = Selection::new(args, stdin)?;
    let plan = args.plan(&selection)?;
    let local = if args.local {
        Some(Local::start(context)?)
    } else {
        None
    };
    let client = client(args, local.as_ref(), context)?;
    match selection {
        Selection::One(item) => one::run(&plan, &item, stdin, &client, local.as_ref(), context),
        Selection::Several(items) => {
            let journal = journal(&plan, &client)?;
            many::run(&plan, &items, &client, journal, context)
        }
    }
}

fn journal(plan: &Plan<'_>, client: &Client) -> Result<Option<Journal>, Failure> {
    let Some(path) = plan.args.journal() else {
        return Ok(None);
    };
    let header = client.journal_header(JournalKind::Upload)?;
    let journal = Journal::create(path, &header);
    journal.map(Some).map_err(|error| {
        let is_there = path.metadata().is_ok_and(|it| it.len() > 0);
        let next = plan.again().filter(|_| is_there);
        Failure::Call(error, next.into_iter().collect())
    })
}

fn client(
    args: &UploadArgs,
    local: Option<&Local>,
    context: &Context<'_>,
) -> Result<Client, Failure> {
    let client = match local {
        Some(local) => args.connection.local_client(local, context)?,
        None => args.connection.client(context, |builder| {
            if args.upload_host_suffix.is_empty() {
                builder
            } else {
                builder.upload_host_suffixes(args.upload_host_suffix.iter().map(String::as_str))
            }
        })?,
    };
    Ok(match args.stall_timeout {
        Some(time) => client.with_options(CallOptions::new().stall_timeout(time))?,
        None => client,
    })
}
