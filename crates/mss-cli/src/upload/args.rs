//! The arguments of `metastudio upload`, and what they come to.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use mss_http::{
    AppUserId, AssetId, AssetType, Destination, Error, FileCategory, ManyOptions, Rate, Source,
    Upload,
};

use super::{
    list::{Defaults, Target},
    selection::Selection,
};
use crate::{
    connection::{ConnectionArgs, ENVIRONMENT_HELP, PLACE, seconds},
    failure::Failure,
    list::{List, ListArgs},
    local,
    next::Next,
    values::{jobs, rate},
    words::option,
};

/// Upload files: register each, send its content, confirm it
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct UploadArgs {
    /// Files to upload, from 1 byte to 500 GB each. A directory stands for the files below it, - for
    /// stdin
    #[arg(
        required_unless_present = "from",
        conflicts_with = "from",
        value_name = "FILE"
    )]
    pub(super) files: Vec<PathBuf>,

    /// Try it out against a MetaStudio inside this command: no account, no network
    #[arg(long, conflicts_with_all = PLACE)]
    pub(super) local: bool,

    /// Print results as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Don't show how far it is
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    asset: AssetArgs,

    #[command(flatten)]
    pub(super) content: ContentArgs,

    #[command(flatten)]
    care: CareArgs,

    #[command(flatten)]
    batch: BatchArgs,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,

    /// Host ending that contents may go to; may be repeated [default: .myhuaweicloud.com]
    #[arg(
        long,
        value_name = "SUFFIX",
        conflicts_with = "local",
        help_heading = "Connection"
    )]
    pub(super) upload_host_suffix: Vec<String>,

    /// How long the content may stand still while it is sent [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Connection")]
    pub(super) stall_timeout: Option<Duration>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Asset")]
struct AssetArgs {
    /// Asset that the files belong to. It takes one MAIN file
    #[arg(
        long,
        value_name = "ID",
        required_unless_present_any = ["new_asset", "local", "from"],
        conflicts_with = "new_asset"
    )]
    asset_id: Option<String>,

    /// Make an asset of this type for each file, named after it: VIDEO, IMAGE, AUDIO, MUSIC, PPT,
    /// COMMON_FILE, ...
    #[arg(long, value_name = "TYPE")]
    new_asset: Option<String>,

    /// What the files are within their asset: MAIN, COVER, PAGE, SAMPLE, OTHER, ...
    #[arg(long, value_name = "WORD", default_value = "MAIN")]
    category: String,

    /// Move a new asset to the recycle bin when its upload fails
    #[arg(long, requires = "new_asset")]
    delete_asset_on_failure: bool,

    /// User of your own application to whom the asset belongs (X-App-UserId)
    #[arg(long, value_name = "ID")]
    app_user_id: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Content (of one file)")]
pub(super) struct ContentArgs {
    /// Name to register instead of the file's own; stdin needs one
    #[arg(long)]
    pub(super) name: Option<String>,

    /// Type to register instead of the name's extension
    #[arg(long = "type", value_name = "EXT")]
    pub(super) file_type: Option<String>,

    /// How much of stdin is kept in a temporary file: it is read twice [default: 5 GiB]
    #[arg(long, value_name = "BYTES")]
    spool_limit: Option<u64>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Certainty")]
struct CareArgs {
    /// Look at the asset afterwards, whatever was answered
    #[arg(long)]
    verify: bool,

    /// Read each file once more before it is confirmed, to be sure that it hasn't changed
    #[arg(long)]
    verify_source: bool,

    /// Wait so long for the end of the service's review
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    wait: Option<Duration>,

    /// When it isn't known whether a file was registered, cancel the one that looks like it
    #[arg(long)]
    cancel_orphan: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several files")]
struct BatchArgs {
    /// How many files are sent at the same time, 1 to 64
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = jobs::<{ ManyOptions::MAX_CONCURRENCY }>)]
    jobs: usize,

    /// Calls a second, or none for no limit [default: what the documents allow: 10 in cn-north-4,
    /// elsewhere 5]
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<Rate>,

    #[command(flatten)]
    list: ListArgs,

    /// Keep a journal in this file, with which resume goes on after a crash
    #[arg(long, value_name = "FILE", conflicts_with = "local")]
    journal: Option<PathBuf>,
}

fn after_help() -> String {
    format!(
        "\
Reads a file for its MD5, registers it (CreateFile), puts its content to the URL that the service
hands out, and confirms it as CREATED (ConfirmFileUpload). When something fails on the way, the
file is confirmed as FAILED; on Ctrl-C as CANCELLED. Where CREATED may have arrived, nothing else
is sent. Hidden files of a directory are left out.

With --from the files are those of a list: plain lines with a path each, or CSV with a header, or
JSON lines, with path and, where they aren't as for all, asset_id or new_asset, category, file_name
and file_type. Other columns and keys are left out. With --journal each step is on the disk before
it is taken; what an end before the end leaves open, also Ctrl-C, is finished by resume.

Several files, or a directory, print a line per file and a summary, and end with the worst of 130,
6, 3, 5, 4, 1, 0. With --json each line has a \"type\": event, progress, result (one per file, with
\"error\" if it failed) and summary. A single file prints its result alone.

Examples:
  metastudio upload README.md --local
  metastudio upload clip.mp4 --asset-id 942e65a5fd219a2e01fb08d881cfadb9 --region cn-north-4
  metastudio upload *.mp4 films/ --new-asset VIDEO --region cn-north-4
  metastudio upload cover.png --category COVER --asset-id ID --region cn-north-4 --json
  metastudio upload --from films.jsonl --journal run.jsonl --region cn-north-4
  ffmpeg ... | metastudio upload - --name clip.mp4 --new-asset VIDEO --region cn-north-4

{ENVIRONMENT_HELP}"
    )
}

/// The arguments, checked.
pub(super) struct Plan<'a> {
    pub(super) args: &'a UploadArgs,
    /// Of each file, in their order.
    targets: Vec<Target>,
    app_user_id: Option<AppUserId>,
    pub(super) next: Next,
}

impl UploadArgs {
    pub(super) fn plan(&self, selection: &Selection) -> Result<Plan<'_>, Failure> {
        let several = matches!(selection, Selection::Several(_));
        let asset = &self.asset;
        let category: FileCategory = asset.category.parse()?;
        let destination = match (&asset.asset_id, &asset.new_asset) {
            (Some(id), _) => Some(Destination::Asset(id.parse()?)),
            (None, Some(word)) => Some(Destination::NewAsset(word.parse()?)),
            (None, None) if !self.local => None,
            (None, None) if several => Some(Destination::NewAsset(AssetType::CommonFile)),
            (None, None) => Some(Destination::Asset(local::ASSET_ID.parse()?)),
        };
        let all = Defaults {
            destination,
            category,
        };
        if let (Some(Destination::Asset(_)), FileCategory::Main, Selection::Several(items), None) =
            (&all.destination, &all.category, selection, self.list())
            && items.len() > 1
        {
            return Err(Failure::Usage(format!(
                "these are {} files, and an asset has one MAIN file: make an asset for each with \
                 --new-asset, or say with --category what else they are (nothing was sent)",
                items.len()
            )));
        }
        let targets = match selection {
            Selection::One(_) => vec![all.target(None)],
            Selection::Several(items) => {
                let files = items.files.iter();
                files.map(|file| all.target(file.given.as_ref())).collect()
            }
        };
        let targets: Result<Vec<_>, _> = targets.into_iter().collect();
        let app_user_id = asset.app_user_id.as_deref();
        Ok(Plan {
            args: self,
            targets: targets.map_err(Failure::Usage)?,
            app_user_id: app_user_id.map(str::parse).transpose()?,
            next: Next::new(self.connection.repeated(), app_user_id),
        })
    }

    pub(super) fn list(&self) -> Option<List<'_>> {
        self.batch.list.list()
    }

    pub(super) fn journal(&self) -> Option<&Path> {
        self.batch.journal.as_deref()
    }
}

impl Plan<'_> {
    /// One file's upload.
    pub(super) fn upload<'a>(&self, index: usize, mut source: Source<'a>) -> Upload<'a> {
        let care = &self.args.care;
        let target = &self.targets[index];
        if let Some(name) = &target.file_name {
            source = source.file_name(name.clone());
        }
        if let Some(file_type) = &target.file_type {
            source = source.file_type(file_type.clone());
        }
        let mut upload = Upload::new(source, target.destination.clone())
            .category(target.category.clone())
            .delete_asset_on_failure(self.args.asset.delete_asset_on_failure)
            .verify(care.verify)
            .verify_source(care.verify_source)
            .cancel_orphan(care.cancel_orphan);
        if let Some(id) = &self.app_user_id {
            upload = upload.app_user_id(id.clone());
        }
        if let Some(time) = care.wait {
            upload = upload.wait(time);
        }
        match self.args.content.spool_limit {
            Some(bytes) => upload.spool_limit(bytes),
            None => upload,
        }
    }

    /// Whether the end of the review is waited for.
    pub(super) fn waits(&self) -> bool {
        self.args.care.wait.is_some()
    }

    /// How several files go.
    pub(super) fn options<'a>(&self) -> ManyOptions<'a> {
        let batch = &self.args.batch;
        ManyOptions::new()
            .concurrency(batch.jobs)
            .rate(batch.rate.unwrap_or_default())
    }

    /// What a failed upload calls for. Sending the file at `path` again isn't put into words where
    /// that took more options than a new asset and the connection, and nothing is where a journal
    /// knows what to do.
    pub(super) fn next(&self, error: &Error, path: Option<&str>, index: usize) -> Vec<String> {
        let (args, content) = (self.args, &self.args.content);
        if args.local || args.journal().is_some() {
            return Vec::new();
        }
        let is_plain = content.name.is_none()
            && content.file_type.is_none()
            && args.upload_host_suffix.is_empty()
            && self.targets[index].is_plain();
        let path = path.filter(|path| is_plain && !path.starts_with('-'));
        self.next.after(error, path, self.asset_id(index))
    }

    /// The command that goes on where this one ends early, if there is a journal.
    pub(super) fn again(&self) -> Option<String> {
        let path = self.args.journal()?;
        let mut command = Next::new(self.args.connection.repeated(), None).resume(path);
        for suffix in &self.args.upload_host_suffix {
            command += &option("upload-host-suffix", suffix);
        }
        Some(command)
    }

    /// The asset that a file goes to, unless it gets one of its own.
    pub(super) fn asset_id(&self, index: usize) -> Option<&AssetId> {
        match &self.targets[index].destination {
            Destination::Asset(id) => Some(id),
            _ => None,
        }
    }
}
