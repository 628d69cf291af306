//! `metastudio upload`

mod args;
mod follow;
mod gauge;
mod many;
mod one;
mod report;
mod selection;
mod steps;

use std::io::Read;

use mss_http::{CallOptions, Client};

use crate::{exit::Exit, failure::Failure, local::Local, run::Context};
pub(crate) use args::UploadArgs;
use selection::Selection;

pub(crate) fn run(
    args: &UploadArgs,
    stdin: &mut (dyn Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    // A mistake in the arguments comes to light before anything is started.
    let selection = Selection::new(args)?;
    let plan = args.plan(&selection)?;
    let local = if args.local {
        Some(Local::start(context)?)
    } else {
        None
    };
    let client = client(args, local.as_ref(), context)?;
    match selection {
        Selection::One(item) => one::run(&plan, &item, stdin, &client, local.as_ref(), context),
        Selection::Several(items) => many::run(&plan, &items, &client, context),
    }
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
