//! The command line as a whole. Each command's own arguments are in its file.

use clap::{Parser, Subcommand};

use crate::{
    confirm::ConfirmArgs, doctor::DoctorArgs, emulator::EmulatorArgs, explain::ExplainArgs,
    resume::ResumeArgs, sign::SignArgs, upload::UploadArgs,
};

/// Uploads files to Huawei Cloud MetaStudio, and says what became of them.
#[derive(Debug, Parser)]
#[command(
    name = "metastudio",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = OVERVIEW
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log to stderr what happens below (or set RUST_LOG)
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Upload(Box<UploadArgs>),
    Confirm(Box<ConfirmArgs>),
    Resume(Box<ResumeArgs>),
    Doctor(Box<DoctorArgs>),
    Sign(SignArgs),
    Explain(ExplainArgs),
    Emulator(EmulatorArgs),
}

impl Command {
    /// Whether the result is wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Upload(args) => args.json,
            Self::Confirm(args) => args.json,
            Self::Resume(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::Sign(args) => args.json,
            Self::Explain(args) => args.json,
            Self::Emulator(args) => args.json,
        }
    }
}

const OVERVIEW: &str = "\
Examples:
  metastudio upload README.md --local                try it out: no account, no network
  metastudio upload clip.mp4 --asset-id ID --region cn-north-4
  metastudio confirm FILE_ID --state CANCELLED --region cn-north-4
  metastudio confirm --from ids.jsonl --journal run.jsonl --region cn-north-4
  metastudio resume run.jsonl                        after a crash: finish what is open
  metastudio doctor --region cn-north-4              find out what keeps calls from working

Environment (secrets come from here only, never from the command line):
  HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK     access key and secret key
  HUAWEICLOUD_SDK_SECURITY_TOKEN             with temporary keys
  METASTUDIO_TOKEN                           a user token; goes before the keys
  (else ~/.huaweicloud/credentials and the roles of OIDC, ECS instances and pods)
  HUAWEICLOUD_SDK_PROJECT_ID                 the project, unless --project-id is given
  METASTUDIO_ENDPOINT, METASTUDIO_REGION     unless --endpoint or --region is given

Exit codes:
  0 done              3 authentication       6 not known whether it was applied
  1 refused           4 local file         130 interrupted
  2 wrong use         5 temporary: not applied, try again";
