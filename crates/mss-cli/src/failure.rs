//! Why the command failed, for a person and for a program.

use std::{fmt, io, path::Path};

use mss_core::InvalidInput;
use mss_emulator::StartError;
use mss_http::{Cleanup, Error, Outcome};
use serde::Serialize;

use crate::{console::Console, exit::Exit};

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
    /// The result can't be written.
    Output(io::Error),
    /// The emulator doesn't start.
    Emulator(StartError),
    /// The emulator holds something else than what was confirmed.
    ReadBack(String),
    /// A call failed.
    Call(Error),
}

impl Failure {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File(path.display().to_string(), error)
    }

    /// Says on stderr what went wrong, and with `json` on stdout too. Returns how to end.
    pub(crate) fn show(&self, console: &Console<'_>, json: bool) -> Exit {
        console.note(format_args!("metastudio: {self}"));
        if json {
            self.show_json(console);
        }
        self.exit()
    }

    pub(crate) fn show_json(&self, console: &Console<'_>) {
        console.json(&Outer { error: self.json() });
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Credentials(_) => Exit::Authentication,
            Self::File(..) | Self::Output(_) => Exit::LocalFile,
            Self::Emulator(StartError::Server(_) | StartError::Randomness(_)) => Exit::Temporary,
            Self::Usage(_) | Self::Input(_) | Self::Emulator(_) => Exit::Usage,
            Self::ReadBack(_) => Exit::Refused,
            Self::Call(error) => Exit::of(error),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Input(_) => "invalid_input",
            Self::Credentials(_) => "invalid_credentials",
            Self::File(..) => "source",
            Self::Output(_) => "output",
            Self::Emulator(_) => "emulator",
            Self::ReadBack(_) => "read_back",
            Self::Call(error) => error.kind().as_str(),
        }
    }

    fn json(&self) -> Json<'_> {
        let mut json = Json {
            kind: self.kind(),
            outcome: Outcome::NotApplied.as_str(),
            exit_code: self.exit().code(),
            ..Json::default()
        };
        if let Self::Call(error) = self {
            json.describe(error);
        } else {
            json.message = self.to_string();
        }
        json
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
            Self::Output(error) => write!(f, "the result can't be written: {error}"),
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
            Self::Call(error) => write!(f, "{error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error)
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

#[derive(Serialize)]
struct Outer<'a> {
    error: Json<'a>,
}

/// An error as JSON. All fields are always there; what doesn't apply is null.
#[derive(Default, Serialize)]
struct Json<'a> {
    kind: &'static str,
    message: String,
    outcome: &'static str,
    exit_code: i32,
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
}

impl<'a> Json<'a> {
    fn describe(&mut self, error: &'a Error) {
        error.message().clone_into(&mut self.message);
        self.outcome = error.outcome().as_str();
        self.operation = Some(error.operation());
        self.subject = error.subject();
        self.status = error.status();
        self.error_code = error.error_code();
        self.request_id = error.request_id();
        self.retry_after_seconds = error.retry_after().map(|wait| wait.as_secs());
        self.attempts = error.attempts().len();
        if let Some(upload) = error.upload() {
            self.file_id = upload.file_id.as_ref().map(AsRef::as_ref);
            self.stage = Some(upload.stage.as_str());
            self.cleanup = Some(upload.cleanup.as_str());
            self.cleanup_state = match upload.cleanup {
                Cleanup::Done(state) | Cleanup::Failed(state) => Some(state.as_str()),
                _ => None,
            };
        } else if self.operation == Some("ConfirmFileUpload") {
            self.file_id = error.subject();
        }
    }
}
