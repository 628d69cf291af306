//! `metastudio upload`

mod progress;
mod report;

use std::{path::PathBuf, time::Duration};

use mss_http::{AssetId, CallOptions, Client, Upload, UploadState, Uploaded};

use crate::{
    connection::{ConnectionArgs, ENVIRONMENT_HELP, seconds},
    failure::Failure,
    local::{self, Local},
    run::Context,
};
use progress::{Progress, RequestIds};

/// Upload a file: register it, send its content, confirm it
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct UploadArgs {
    /// File to upload: 1 byte to 5 GiB, with an extension
    file: PathBuf,

    /// Asset that the file belongs to
    #[arg(long, value_name = "ID", required_unless_present = "local")]
    asset_id: Option<String>,

    /// What the file is within its asset: MAIN, COVER, PAGE, SAMPLE, OTHER, ...
    #[arg(long, value_name = "WORD", default_value = "MAIN")]
    category: String,

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

    /// Host ending that contents may go to; may be repeated [default: .myhuaweicloud.com]
    #[arg(
        long,
        value_name = "SUFFIX",
        conflicts_with = "local",
        help_heading = "Connection"
    )]
    upload_host_suffix: Vec<String>,

    /// How long the content may stand still while it is sent [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Connection")]
    stall_timeout: Option<Duration>,
}

fn after_help() -> String {
    format!(
        "\
Reads the file for its MD5, registers it (CreateFile), puts its content to the URL that the service
hands out, and confirms it as CREATED (ConfirmFileUpload). When something fails on the way, the
file is confirmed as FAILED; on Ctrl-C as CANCELLED. Where CREATED may have arrived, nothing else
is sent.

Examples:
  metastudio upload README.md --local
  metastudio upload clip.mp4 --asset-id 942e65a5fd219a2e01fb08d881cfadb9 --region cn-north-4
  metastudio upload cover.png --category COVER --asset-id ID --region cn-north-4 --json

{ENVIRONMENT_HELP}"
    )
}

pub(crate) fn run(args: &UploadArgs, context: &Context<'_>) -> Result<(), Failure> {
    // A mistake in the arguments comes to light before anything is started.
    let upload = args.upload()?;
    let local = if args.local {
        Some(Local::start(context)?)
    } else {
        None
    };
    let client = match &local {
        Some(local) => args.connection.local_client(local, context)?,
        None => args.remote_client(context)?,
    };
    let (uploaded, request_ids) = send(args, &client, upload, context)?;
    let read_back = match &local {
        Some(local) => Some(local.read_back(&uploaded.file_id, UploadState::Created)?),
        None => None,
    };
    report::show(args, &uploaded, &request_ids, read_back.as_ref(), context);
    Ok(())
}

impl UploadArgs {
    fn upload(&self) -> Result<Upload<'static>, Failure> {
        let asset_id = self.asset_id.as_deref().unwrap_or(local::ASSET_ID);
        let upload =
            Upload::new(&self.file, asset_id.parse::<AssetId>()?).category(self.category.parse()?);
        Ok(match &self.app_user_id {
            Some(id) => upload.app_user_id(id.parse()?),
            None => upload,
        })
    }

    fn remote_client(&self, context: &Context<'_>) -> Result<Client, Failure> {
        self.connection.client(context, |builder| {
            if self.upload_host_suffix.is_empty() {
                builder
            } else {
                builder.upload_host_suffixes(self.upload_host_suffix.iter().map(String::as_str))
            }
        })
    }
}

fn send(
    args: &UploadArgs,
    client: &Client,
    upload: Upload<'_>,
    context: &Context<'_>,
) -> Result<(Uploaded, RequestIds), Failure> {
    let mut options = CallOptions::new();
    if let Some(time) = args.stall_timeout {
        options = options.stall_timeout(time);
    }
    let client = client.with_options(options)?;
    let progress = Progress::new(context);
    let observe = |event| progress.saw(event);
    let uploaded = client.upload(upload.observe(&observe))?;
    Ok((uploaded, progress.request_ids()))
}
