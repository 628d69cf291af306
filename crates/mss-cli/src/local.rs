//! `--local`: a MetaStudio inside the command, for one command.

use mss_core::Credentials;
use mss_emulator::{Emulator, FileView};
use mss_http::{Client, ClientBuilder, FileId, UploadState};

use crate::{failure::Failure, run::Context};

/// The asset that files belong to when none is named.
pub(crate) const ASSET_ID: &str = "local-asset";

/// An emulator with keys of its own; it ends with this value.
pub(crate) struct Local(Emulator);

impl Local {
    pub(crate) fn start(context: &Context<'_>) -> Result<Self, Failure> {
        let emulator = Emulator::builder().start()?;
        context.console.note(format_args!(
            "A local MetaStudio runs at {} until this command ends; its keys are random.",
            emulator.url()
        ));
        Ok(Self(emulator))
    }

    /// A client that is set up for it, over HTTP and signing like any other.
    pub(crate) fn client(&self) -> Result<ClientBuilder, Failure> {
        let keys = Credentials::new(self.0.access_key(), self.0.secret_key())?;
        Ok(Client::builder()
            .endpoint(self.0.url())
            .project_id(self.0.project_id())
            .credentials(keys))
    }

    /// What it holds of a file, which has to be in `state`.
    pub(crate) fn read_back(&self, id: &FileId, state: UploadState) -> Result<FileView, Failure> {
        let mut files = self.0.files().into_iter();
        match files.find(|file| file.file_id == id.as_str()) {
            Some(file) if file.state == state.as_str() => Ok(file),
            Some(file) => Err(Failure::ReadBack(format!(
                "file {id} is {} and not {state}",
                file.state
            ))),
            None => Err(Failure::ReadBack(format!("there is no file {id}"))),
        }
    }
}

/// Shows what was read back.
pub(crate) fn show(file: &FileView, context: &Context<'_>) {
    let content = match &file.put {
        Some(put) if put.md5 == file.file_md5 => format!("{} bytes, the same MD5", put.size),
        Some(put) => format!("{} bytes, another MD5", put.size),
        None => "no content".to_owned(),
    };
    let what = format!("{}, {content}", file.state);
    context.console.step("read back", &what, None);
}
