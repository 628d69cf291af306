//! Why the command failed, for a person and for a program.

use std::{fmt, io, path::Path};

use mss_core::InvalidInput;
use mss_emulator::StartError;
use mss_http::{AssetId, Cleanup, Error, ErrorKind, FileId, Outcome, UploadFailure};
use serde::Serialize;

use crate::{console::Console, exit::Exit, explain, words::in_options};

/// Why the command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments or the environment don't make sense.
    Usage(String),
    /// A value is refused before anything is sent.
    Input(InvalidInput),
    /// Credentials are missing or can't be used.
    Credentials(String),
    /// A local file can't be read.
    File(String, io::Error),
    /// The result can't be written; the text says what it would have been.
    Output(String, io::Error),
    /// The emulator doesn't start.
    Emulator(StartError),
    /// The emulator holds something else than what was confirmed.
    ReadBack(String),
    /// A call failed. The commands say what a person can do next.
    Call(Error, Vec<String>),
}

impl Failure {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File(path.display().to_string(), error)
    }

    /// Says on stderr what went wrong, and with `json` on stdout too. Returns how to end.
    pub(crate) fn show(&self, console: &Console<'_>, json: bool) -> Exit {
        console.note(format_args!("metastudio: {self}"));
        if let Self::Call(error, _) = self {
            show_explanation(error, console);
        }
        for command in self.next() {
            console.note(format_args!("next: {command}"));
        }
        if json {
            self.show_json(console);
        }
        self.exit()
    }

    pub(crate) fn show_json(&self, console: &Console<'_>) {
        console.json(&Outer { error: self.json() });
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Credentials(_) => Exit::Authentication,
            Self::File(..) | Self::Output(..) => Exit::LocalFile,
            Self::Emulator(
                StartError::Server(_) | StartError::Tls(_) | StartError::Randomness(_),
            ) => Exit::Temporary,
            Self::Usage(_) | Self::Input(_) | Self::Emulator(_) => Exit::Usage,
            Self::ReadBack(_) => Exit::Refused,
            Self::Call(error, _) => Exit::of(error),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Input(_) => "invalid_input",
            Self::Credentials(_) => "invalid_credentials",
            Self::File(..) => "source",
            Self::Output(..) => "output",
            Self::Emulator(_) => "emulator",
            Self::ReadBack(_) => "read_back",
            Self::Call(error, _) => error.kind().as_str(),
        }
    }

    fn next(&self) -> &[String] {
        match self {
            Self::Call(_, next) => next,
            _ => &[],
        }
    }

    /// The error in JSON.
    pub(crate) fn json(&self) -> Json<'_> {
        if let Self::Call(error, next) = self {
            return Json::of_call(error, next);
        }
        Json {
            kind: self.kind(),
            message: self.to_string(),
            outcome: Outcome::NotApplied.as_str(),
            exit_code: self.exit().code(),
            ..Json::default()
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(problem) => f.write_str(problem),
            Self::Input(error) => write!(f, "{error} (nothing was sent)"),
            Self::Credentials(problem) => {
                write!(
                    f,
                    "no usable credentials: {problem} (nothing was sent); give HUAWEICLOUD_SDK_AK \
                     and HUAWEICLOUD_SDK_SK, or METASTUDIO_TOKEN, in the environment"
                )
            }
            Self::File(path, error) => write!(f, "can't read {path}: {error}"),
            Self::Output(achieved, error) => {
                if !achieved.is_empty() {
                    write!(f, "{achieved}, but ")?;
                }
                write!(f, "the result can't be written: {error}")
            }
            Self::Emulator(error) => {
                write!(f, "{error}")?;
                if let Some(source) = std::error::Error::source(error) {
                    write!(f, ": {source}")?;
                }
                match error {
                    StartError::NotLoopback(_) => f.write_str("; --allow-remote permits it"),
                    StartError::Bind { .. } => f.write_str("; --port 0 takes a free port"),
                    _ => Ok(()),
                }
            }
            Self::ReadBack(problem) => write!(f, "read back from the emulator: {problem}"),
            Self::Call(error, _) => f.write_str(&in_options(&error.to_string())),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error, Vec::new())
    }
}

impl From<InvalidInput> for Failure {
    fn from(error: InvalidInput) -> Self {
        Self::Input(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Emulator(error)
    }
}

/// Says why a signature was refused, where that is known.
pub(crate) fn show_explanation(error: &Error, console: &Console<'_>) {
    if let Some(report) = error.explanation() {
        console.note(format_args!("{}", report.to_string().trim_end()));
    }
}

#[derive(Serialize)]
struct Outer<'a> {
    error: Json<'a>,
}

/// An error as JSON. All fields are always there; what doesn't apply is null.
#[derive(Default, Serialize)]
pub(crate) struct Json<'a> {
    kind: &'static str,
    message: String,
    outcome: &'static str,
    pub(crate) exit_code: i32,
    operation: Option<&'static str>,
    subject: Option<&'a str>,
    file_id: Option<&'a str>,
    status: Option<u16>,
    error_code: Option<&'a str>,
    request_id: Option<&'a str>,
    retry_after_seconds: Option<u64>,
    attempts: usize,
    stage: Option<&'static str>,
    cleanup: Option<&'static str>,
    cleanup_state: Option<&'static str>,
    new_asset: Option<&'a str>,
    asset_cleanup: Option<&'static str>,
    possible_orphans: Vec<&'a str>,
    explanation: Option<explain::Json<'a>>,
    next: &'a [String],
}

impl<'a> Json<'a> {
    /// A local file or directory that can't be read.
    pub(crate) fn of_file(error: &io::Error) -> Self {
        Self {
            kind: ErrorKind::Source.as_str(),
            message: error.to_string(),
            outcome: Outcome::NotApplied.as_str(),
            exit_code: Exit::LocalFile.code(),
            ..Self::default()
        }
    }

    pub(crate) fn of_call(error: &'a Error, next: &'a [String]) -> Self {
        let mut json = Self {
            kind: error.kind().as_str(),
            message: in_options(error.message()).into_owned(),
            outcome: error.outcome().as_str(),
            exit_code: Exit::of(error).code(),
            operation: Some(error.operation()),
            subject: error.subject(),
            status: error.status(),
            error_code: error.error_code(),
            request_id: error.request_id(),
            retry_after_seconds: error.retry_after().map(|wait| wait.as_secs()),
            attempts: error.attempts().len(),
            explanation: error.explanation().map(explain::Json::of),
            next,
            ..Self::default()
        };
        if let Some(upload) = error.upload() {
            json.describe(upload);
        } else if json.operation == Some("ConfirmFileUpload") {
            json.file_id = error.subject();
        }
        json
    }

    fn describe(&mut self, upload: &'a UploadFailure) {
        self.file_id = upload.file_id.as_ref().map(FileId::as_str);
        self.stage = Some(upload.stage.as_str());
        self.cleanup = Some(upload.cleanup.as_str());
        self.cleanup_state = match upload.cleanup {
            Cleanup::Done(state) | Cleanup::Failed(state) => Some(state.as_str()),
            _ => None,
        };
        self.new_asset = upload.new_asset.as_ref().map(AssetId::as_str);
        self.asset_cleanup = Some(upload.asset_cleanup.as_str());
        self.possible_orphans = upload.possible_orphans.iter().map(FileId::as_str).collect();
    }
}
