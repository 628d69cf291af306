//! `metastudio resume`

use std::{path::PathBuf, time::Duration};

use mss_http::{
    Batch, CallOptions, Rate,
    journal::{Journal, JournalKind},
};

use crate::{
    confirm,
    connection::{ConnectionArgs, ENVIRONMENT_HELP, seconds},
    exit::Exit,
    failure::Failure,
    next::Next,
    run::Context,
    upload,
    values::{jobs, rate},
    words::option,
};

/// Finish what a journal leaves open
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct ResumeArgs {
    /// Journal that confirm or upload has kept
    #[arg(value_name = "JOURNAL")]
    pub(crate) journal: PathBuf,

    /// Print results as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Don't show how far it is
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// How many files go at the same time [default: as with confirm and upload]
    #[arg(short, long, value_name = "N", value_parser = jobs::<{ Batch::MAX_CONCURRENCY }>)]
    pub(crate) jobs: Option<usize>,

    /// Calls a second, or none for no limit [default: what the documents allow: 10 in cn-north-4,
    /// elsewhere 5]
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<Rate>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Host ending that contents may go to; may be repeated [default: .myhuaweicloud.com]
    #[arg(long, value_name = "SUFFIX", help_heading = "Connection")]
    upload_host_suffix: Vec<String>,

    /// How long the content may stand still while it is sent [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Connection")]
    stall_timeout: Option<Duration>,
}

fn after_help() -> String {
    format!(
        "\
Sends what a confirm or upload with --journal didn't come to, and what it may have sent without
seeing the answer: in the same state, and after CREATED never another one. What is done isn't sent
again. An upload that was broken off is CANCELLED and begun anew; what it may have registered
without learning the id is told, since nobody else would know.

Endpoint and project are the journal's. It prints what confirm --from or upload of several files
print, and ends as they do. It can be interrupted and run again.

Examples:
  metastudio resume run.jsonl
  metastudio resume run.jsonl --json > results.jsonl

{ENVIRONMENT_HELP}"
    )
}

pub(crate) fn run(args: &ResumeArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    // Closed again: whoever finishes it opens it for itself.
    let ledger = Journal::open(&args.journal)?.1;
    let header = ledger.header();
    let suffixes = args.upload_host_suffix.iter().map(String::as_str);
    let client = args.connection.client_for(header, context, |builder| {
        if args.upload_host_suffix.is_empty() {
            builder
        } else {
            builder.upload_host_suffixes(suffixes)
        }
    })?;
    let client = match args.stall_timeout {
        Some(time) => client.with_options(CallOptions::new().stall_timeout(time))?,
        None => client,
    };
    match header.kind {
        JournalKind::Confirm => confirm::resume(args, ledger, &client, context),
        JournalKind::Upload => upload::resume(args, &ledger, &client, context),
        kind => Err(Failure::Usage(format!(
            "{} is a journal of kind {}, which this version doesn't know (nothing was sent)",
            args.journal.display(),
            kind.as_str()
        ))),
    }
}

impl ResumeArgs {
    pub(crate) fn rate(&self) -> Rate {
        self.rate.unwrap_or_default()
    }

    /// The command that goes on when this one ends early.
    pub(crate) fn again(&self) -> String {
        let mut command = Next::new(self.connection.repeated(), None).resume(&self.journal);
        for suffix in &self.upload_host_suffix {
            command += &option("upload-host-suffix", suffix);
        }
        command
    }
}
