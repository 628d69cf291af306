//! `metastudio confirm`

use std::io::Write as _;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use mss_core::AppUserId;
use mss_emulator::FileView;
use mss_http::{Client, ConfirmFileUpload, Content, CreateFile, FileId, UploadState};
use serde::Serialize;

use crate::{
    connection::{ConnectionArgs, ENVIRONMENT_HELP},
    failure::Failure,
    local::{self, Local},
    run::Context,
};

/// Tell the service what became of an upload
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct ConfirmArgs {
    /// File by the id that CreateFile answered; with --local one is made up
    #[arg(required_unless_present = "local")]
    file_id: Option<String>,

    /// What became of the upload
    #[arg(long, default_value = "CREATED", value_parser = states())]
    state: UploadState,

    /// User of your own application to whom the asset belongs (X-App-UserId)
    #[arg(long, value_name = "ID")]
    app_user_id: Option<String>,

    /// Try it out against a MetaStudio inside this command: no account, no network
    #[arg(long)]
    local: bool,

    /// Print the result as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

fn after_help() -> String {
    format!(
        "\
Makes one call, ConfirmFileUpload: the content has been uploaded (CREATED), the upload failed
(FAILED), or its user cancelled it (CANCELLED). When it isn't known whether a confirmation arrived,
confirm the same state again, and never another one.

Examples:
  metastudio confirm --local
  metastudio confirm 24bad716-87b1-45e5-8912-6102f7693265 --region cn-north-4
  metastudio confirm 24bad716-87b1-45e5-8912-6102f7693265 --state CANCELLED --region cn-north-4

{ENVIRONMENT_HELP}"
    )
}

fn states() -> impl clap::builder::TypedValueParser<Value = UploadState> {
    PossibleValuesParser::new(UploadState::ALL.map(UploadState::as_str))
        .try_map(|word| word.parse::<UploadState>())
}

#[derive(Serialize)]
struct Json<'a> {
    file_id: &'a str,
    state: UploadState,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back: Option<&'a FileView>,
}

pub(crate) fn run(args: &ConfirmArgs, context: &Context<'_>) -> Result<(), Failure> {
    let given = args.file_id.as_deref().map(str::parse).transpose()?;
    let user = args.app_user_id.as_deref().map(str::parse).transpose()?;
    match given {
        Some(file_id) if !args.local => {
            let client = args.connection.client(context, |builder| builder)?;
            let request_id = confirm(args, &file_id, user, &client, context)?;
            report(args, &file_id, &request_id, None, context);
        }
        given => {
            let local = Local::start(context)?;
            let client = args.connection.local_client(&local, context)?;
            let file_id = prepare(&client, given.as_ref(), context)?;
            let request_id = confirm(args, &file_id, user, &client, context)?;
            let file = local.read_back(&file_id, args.state)?;
            report(args, &file_id, &request_id, Some(&file), context);
        }
    }
    Ok(())
}

/// A new emulator is empty, so a file is uploaded first, all but its confirmation.
fn prepare(
    client: &Client,
    given: Option<&FileId>,
    context: &Context<'_>,
) -> Result<FileId, Failure> {
    let failed = |error| Failure::File("a temporary file".to_owned(), error);
    let mut file = tempfile::Builder::new()
        .suffix(".txt")
        .tempfile()
        .map_err(failed)?;
    file.write_all(b"Something to confirm.\n").map_err(failed)?;
    let content = Content::open(file.path()).map_err(failed)?;
    let asset_id = local::ASSET_ID.parse()?;
    let create = CreateFile::new(
        "example.txt",
        content.size(),
        content.md5().clone(),
        asset_id,
    )?;
    let created = client.create_file(&create)?;
    client.put_content(&created, &create, &content)?;
    let made = &created.file_id;
    match given {
        None => context.console.note(format_args!(
            "A file was put there to be confirmed: {made}."
        )),
        Some(given) => context.console.note(format_args!(
            "It starts empty, so there is no file {given}; {made} was made and stands in for it."
        )),
    }
    Ok(created.file_id)
}

fn confirm(
    args: &ConfirmArgs,
    file_id: &FileId,
    user: Option<AppUserId>,
    client: &Client,
    context: &Context<'_>,
) -> Result<String, Failure> {
    context.stop.in_order(format!(
        "file {file_id} may be {0} already: confirm {0} again",
        args.state
    ));
    let mut operation = ConfirmFileUpload::new(file_id.clone(), args.state);
    if let Some(user) = user {
        operation = operation.app_user_id(user);
    }
    Ok(client.execute(&operation)?.request_id)
}

fn report(
    args: &ConfirmArgs,
    file_id: &FileId,
    request_id: &str,
    read_back: Option<&FileView>,
    context: &Context<'_>,
) {
    let what = format!("file {file_id} {}", args.state);
    context.console.step("confirmed", &what, Some(request_id));
    if let Some(file) = read_back {
        local::show(file, context);
    }
    if args.json {
        context.console.json(&Json {
            file_id: file_id.as_str(),
            state: args.state,
            request_id,
            read_back,
        });
    }
}
