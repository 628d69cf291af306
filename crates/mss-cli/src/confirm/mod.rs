//! `metastudio confirm`

mod gauge;
mod items;
mod many;
mod one;
mod report;
mod resume;
mod tally;
mod telling;

use std::{io::Read, path::PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use mss_http::{Batch, Rate, UploadState};

use crate::{
    connection::{ConnectionArgs, ENVIRONMENT_HELP, PLACE},
    exit::Exit,
    failure::Failure,
    list::ListArgs,
    run::Context,
    values::{jobs, rate},
};

/// Tell the service what became of an upload
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct ConfirmArgs {
    /// File by the id that CreateFile answered; with --local one is made up
    #[arg(required_unless_present_any = ["local", "from"], conflicts_with = "from")]
    file_id: Option<String>,

    /// What became of the upload
    #[arg(long, default_value = "CREATED", value_parser = states())]
    state: UploadState,

    /// Asset of the file. An answer that got lost is then looked up there
    #[arg(long, value_name = "ID", conflicts_with = "from")]
    asset_id: Option<String>,

    /// Look at the asset afterwards, whatever was answered
    #[arg(long, requires = "asset_id")]
    verify: bool,

    /// User of your own application to whom the asset belongs (X-App-UserId)
    #[arg(long, value_name = "ID")]
    app_user_id: Option<String>,

    /// Try it out against a MetaStudio inside this command: no account, no network
    #[arg(long, conflicts_with = "from", conflicts_with_all = PLACE)]
    local: bool,

    /// Print results as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    many: ManyArgs,

    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Many files")]
struct ManyArgs {
    #[command(flatten)]
    list: ListArgs,

    /// Keep a journal in this file, to go on with after a crash: with the same command, or with
    /// resume
    #[arg(
        long,
        value_name = "FILE",
        requires = "from",
        conflicts_with = "file_id"
    )]
    journal: Option<PathBuf>,

    /// How many calls are under way at the same time, 1 to 256 [default: 32]
    #[arg(short, long, value_name = "N", requires = "from", conflicts_with = "file_id", value_parser = jobs::<{ Batch::MAX_CONCURRENCY }>)]
    jobs: Option<usize>,

    /// Calls a second, or none for no limit [default: what the documents allow: 10 in cn-north-4,
    /// elsewhere 5]
    #[arg(long, value_name = "N", requires = "from", conflicts_with = "file_id", value_parser = rate)]
    rate: Option<Rate>,

    /// Don't show how far it is
    #[arg(short, long, requires = "from", conflicts_with = "file_id")]
    quiet: bool,
}

fn after_help() -> String {
    format!(
        "\
Makes one call, ConfirmFileUpload: the content has been uploaded (CREATED), the upload failed
(FAILED), or its user cancelled it (CANCELLED). When it isn't known whether a confirmation arrived,
confirm the same state again, and never another one. With --asset-id the command finds that out by
itself: it looks at the asset (ShowAsset), and sends the state again while the file is open.

With --from it makes the call for many files. A list is one of:
  plain lines   a file id each; blank lines and those that begin with # are left out
  CSV           with a header that names file_id, and state if there is one; other columns are
                left out
  JSON lines    {{\"file_id\": ..., \"state\": ...}}; state may be missing, other keys are left out
--state is for those that have no state of their own. A file is checked as a whole before anything
is sent; stdin isn't, so a bad line fails there and the others go on. Failures have a line each, all
files one with --json; it ends with a summary and the worst of 130, 6, 3, 5, 4, 1, 0. After Ctrl-C
nothing new is sent.

Examples:
  metastudio confirm --local
  metastudio confirm 24bad716-87b1-45e5-8912-6102f7693265 --region cn-north-4
  metastudio confirm FILE_ID --asset-id ID --verify --region cn-north-4
  metastudio confirm 24bad716-87b1-45e5-8912-6102f7693265 --state CANCELLED --region cn-north-4
  metastudio confirm --from ids.jsonl --region cn-north-4
  psql -tc 'select id from open' | metastudio confirm --from - --region cn-north-4

{ENVIRONMENT_HELP}"
    )
}

fn states() -> impl clap::builder::TypedValueParser<Value = UploadState> {
    PossibleValuesParser::new(UploadState::ALL.map(UploadState::as_str))
        .try_map(|word| word.parse::<UploadState>())
}

pub(crate) use resume::resume;

pub(crate) fn run(
    args: &ConfirmArgs,
    stdin: &mut (dyn Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    match args.many.list.list() {
        Some(list) => many::run(args, list, stdin, context),
        None => one::run(args, context).map(|()| Exit::Done),
    }
}
