//! One confirmation.

use std::io::Write as _;

use mss_emulator::FileView;
use mss_http::{
    AssetId, Client, ConfirmFileUpload, Content, CreateFile, FileId, FileState, Outcome,
    UploadState,
};
use serde::Serialize;

use super::ConfirmArgs;
use crate::{
    failure::Failure,
    local::{self, Local},
    next::Next,
    run::Context,
};

#[derive(Serialize)]
struct Json<'a> {
    file_id: &'a str,
    state: UploadState,
    request_id: &'a str,
    /// State that the asset showed; none where it wasn't looked at.
    seen_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back: Option<&'a FileView>,
}

pub(super) fn run(args: &ConfirmArgs, context: &Context<'_>) -> Result<(), Failure> {
    let given = args.file_id.as_deref().map(str::parse).transpose()?;
    match given {
        Some(file_id) if !args.local => {
            let confirm = args.confirmation(&file_id)?;
            let asset_id = args.asset_id.as_deref().map(str::parse).transpose()?;
            let client = args.connection.client(context, |builder| builder)?;
            let settled = settle(args, &confirm, asset_id.as_ref(), &client, context)?;
            report(args, &file_id, &settled, None, context);
        }
        given => {
            let asset_id = args
                .asset_id
                .as_deref()
                .unwrap_or(local::ASSET_ID)
                .parse()?;
            let local = Local::start(context)?;
            let client = args.connection.local_client(&local, context)?;
            let file_id = prepare(&client, given.as_ref(), &asset_id, context)?;
            let confirm = args.confirmation(&file_id)?;
            let asset_id = args.asset_id.is_some().then_some(&asset_id);
            let settled = settle(args, &confirm, asset_id, &client, context)?;
            let file = local.read_back(&file_id, args.state)?;
            report(args, &file_id, &settled, Some(&file), context);
        }
    }
    Ok(())
}

impl ConfirmArgs {
    fn confirmation(&self, file_id: &FileId) -> Result<ConfirmFileUpload, Failure> {
        let confirm = ConfirmFileUpload::new(file_id.clone(), self.state);
        Ok(match &self.app_user_id {
            Some(id) => confirm.app_user_id(id.parse()?),
            None => confirm,
        })
    }
}

/// A new emulator is empty, so a file is uploaded first, all but its confirmation.
fn prepare(
    client: &Client,
    given: Option<&FileId>,
    asset_id: &AssetId,
    context: &Context<'_>,
) -> Result<FileId, Failure> {
    let failed = |error| Failure::File("a temporary file".to_owned(), error);
    let mut file = tempfile::Builder::new()
        .suffix(".txt")
        .tempfile()
        .map_err(failed)?;
    file.write_all(b"Something to confirm.\n").map_err(failed)?;
    let content = Content::open(file.path()).map_err(failed)?;
    let create = CreateFile::new(
        "example.txt",
        content.size(),
        content.md5().clone(),
        asset_id.clone(),
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

/// A confirmation that was applied.
struct Settled {
    request_id: String,
    /// State that the asset showed, where it was looked at.
    seen: Option<FileState>,
}

fn settle(
    args: &ConfirmArgs,
    confirm: &ConfirmFileUpload,
    asset_id: Option<&AssetId>,
    client: &Client,
    context: &Context<'_>,
) -> Result<Settled, Failure> {
    let (file_id, state) = (confirm.file_id(), args.state);
    context.stop.in_order(format!(
        "file {file_id} may be {state} already: confirm {state} again"
    ));
    let settled = match asset_id {
        None => client.execute(confirm).map(|it| Settled {
            request_id: it.request_id,
            seen: None,
        }),
        Some(id) => client
            .settle_file_upload(confirm, id, args.verify)
            .map(|it| Settled {
                request_id: it.request_id,
                seen: it.state,
            }),
    };
    settled.map_err(|error| {
        let mut next = Vec::new();
        if error.outcome() == Outcome::Unknown && !args.local {
            let commands = Next::new(args.connection.repeated(), args.app_user_id.as_deref());
            next.push(commands.confirm(file_id, state, asset_id));
        }
        Failure::Call(error, next)
    })
}

fn report(
    args: &ConfirmArgs,
    file_id: &FileId,
    settled: &Settled,
    read_back: Option<&FileView>,
    context: &Context<'_>,
) {
    let console = context.console;
    let what = format!("file {file_id} {}", args.state);
    console.achieved(&what);
    console.step("confirmed", &what, Some(&settled.request_id));
    if let Some(state) = &settled.seen {
        console.step("looked up", state.as_str(), None);
    }
    if let Some(file) = read_back {
        local::show(file, context);
    }
    if args.json {
        console.json(&Json {
            file_id: file_id.as_str(),
            state: args.state,
            request_id: &settled.request_id,
            seen_state: settled.seen.as_ref().map(FileState::as_str),
            read_back,
        });
    }
}
