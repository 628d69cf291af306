//! One upload from beginning to end.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use mss_core::{
    AppUserId, AssetId, ConfirmFileUpload, ContentMd5, CreateFile, FileCategory, FileId,
    InvalidInput, Outcome, UploadState,
};

use super::{Cleanup, Content, Stage, UploadEvent, UploadFailure};
use crate::{CallOptions, Client, Error, ErrorKind};

const NAME: &str = "Upload";

/// What telling the service about a failed upload may take.
const CLEANUP_TIME: Duration = Duration::from_secs(5);
const CLEANUP_ATTEMPTS: u32 = 2;

/// A file to be uploaded into an asset.
#[derive(Clone)]
pub struct Upload<'a> {
    path: PathBuf,
    asset_id: AssetId,
    category: FileCategory,
    app_user_id: Option<AppUserId>,
    observer: Option<&'a (dyn Fn(UploadEvent) + Sync)>,
}

/// A file that the service has confirmed as CREATED.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Id of the file.
    pub file_id: FileId,
    /// Size of its content, in bytes.
    pub size: u64,
    /// MD5 of its content.
    pub md5: ContentMd5,
    /// The service's id of the confirmation.
    pub request_id: String,
}

impl<'a> Upload<'a> {
    /// A main file of an asset.
    pub fn new(path: impl AsRef<Path>, asset_id: AssetId) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            asset_id,
            category: FileCategory::Main,
            app_user_id: None,
            observer: None,
        }
    }

    /// Sets the file's category within the asset.
    #[must_use]
    pub fn category(mut self, category: FileCategory) -> Self {
        self.category = category;
        self
    }

    /// Names the third-party user in whose name the calls are made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }

    /// Has each step reported when it is done.
    #[must_use]
    pub fn observe(mut self, observer: &'a (dyn Fn(UploadEvent) + Sync)) -> Self {
        self.observer = Some(observer);
        self
    }

    fn report(&self, event: UploadEvent) {
        if let Some(observer) = self.observer {
            observer(event);
        }
    }

    fn file_name(&self) -> Result<&str, InvalidInput> {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.ok_or_else(|| InvalidInput::new("file_name", "is missing or no valid text"))
    }
}

impl Client {
    /// Uploads a file: reads it for its MD5, registers it, PUTs it and confirms it as CREATED.
    ///
    /// When something fails after the file was registered, the file is confirmed as FAILED (as
    /// CANCELLED when the caller cancelled), unless CREATED may have reached the service: then
    /// nothing else is ever sent for it.
    ///
    /// # Errors
    ///
    /// [`Error`] with [`Error::upload`]: the stage, the file's id and what became of it. Its
    /// outcome is about the file being CREATED.
    pub fn upload(&self, upload: &Upload<'_>) -> Result<Uploaded, Error> {
        let (mut content, create) = self.prepare(upload)?;
        upload.report(UploadEvent::Hashed {
            size: content.size(),
            md5: content.md5().clone(),
        });

        let created = self.execute(&create).map_err(|error| {
            error.with_upload(UploadFailure {
                stage: Stage::Create,
                file_id: None,
                cleanup: Cleanup::NotNeeded,
            })
        })?;
        upload.report(UploadEvent::Created {
            file_id: created.file_id.clone(),
            request_id: created.request_id.clone(),
        });

        let fail = |stage, error| self.clean_up(upload, stage, &created.file_id, error);
        self.check_upload_url(&created)
            .map_err(|error| fail(Stage::Create, error))?;

        let stored = self.put_content(&created, &create, &mut content);
        let stored = match (stored, content.check_unchanged()) {
            (Ok(_), Err(changed)) => Err(source_error(Stage::Put, &upload.path, changed)),
            // The store compares the content's MD5, so it notices a change first.
            (Err(refused), Err(changed)) if refused.kind() == ErrorKind::Rejected => {
                Err(refused.caused_by_source(changed))
            }
            (stored, _) => stored,
        };
        let stored = stored.map_err(|error| fail(Stage::Put, error))?;
        upload.report(UploadEvent::Stored {
            request_id: stored.request_id,
        });

        let confirmed = self
            .execute(&upload.confirmation(&created.file_id, UploadState::Created))
            .map_err(|error| fail(Stage::Confirm, error))?;
        upload.report(UploadEvent::Confirmed {
            request_id: confirmed.request_id.clone(),
        });
        Ok(Uploaded {
            file_id: created.file_id,
            size: content.size(),
            md5: content.md5().clone(),
            request_id: confirmed.request_id,
        })
    }

    /// Everything that can be refused before the service hears of the file.
    fn prepare(&self, upload: &Upload<'_>) -> Result<(Content, CreateFile), Error> {
        let invalid = |error: &InvalidInput| Error::invalid_input(NAME, error);
        let name = upload.file_name().map_err(|error| invalid(&error))?;
        let create = |size, md5| {
            let create = CreateFile::new(name, size, md5, upload.asset_id.clone());
            let create = create.map_err(|error| invalid(&error).with_subject(Some(name)))?;
            let create = create.category(upload.category.clone());
            Ok::<_, Error>(match &upload.app_user_id {
                Some(id) => create.app_user_id(id.clone()),
                None => create,
            })
        };
        let (file, size) = Content::inspect(&upload.path)
            .map_err(|error| source_error(Stage::Inspect, &upload.path, error))?;
        // With a stand-in for the MD5: limits are checked before gigabytes are read.
        create(size, ContentMd5::new([0; 16]))?;
        let content = Content::hash(&upload.path, file, &self.settings().interrupt)
            .map_err(|error| source_error(Stage::Hash, &upload.path, error))?;
        let create = create(content.size(), content.md5().clone())?;
        Ok((content, create))
    }

    /// Tells the service that the upload came to nothing, if that may still be said.
    fn clean_up(&self, upload: &Upload<'_>, stage: Stage, file_id: &FileId, error: Error) -> Error {
        let (cleanup, outcome) = if stage == Stage::Confirm && error.anything_was_sent() {
            (Cleanup::Forbidden, error.outcome())
        } else {
            let cleanup = self.confirm_end(upload, file_id, error.kind());
            // Whatever became of the PUT: a file is not CREATED before that was confirmed.
            (cleanup, Outcome::NotApplied)
        };
        error.with_outcome(outcome).with_upload(UploadFailure {
            stage,
            file_id: Some(file_id.clone()),
            cleanup,
        })
    }

    fn confirm_end(&self, upload: &Upload<'_>, file_id: &FileId, kind: ErrorKind) -> Cleanup {
        let state = if kind == ErrorKind::Cancelled {
            UploadState::Cancelled
        } else {
            UploadState::Failed
        };
        let options = CallOptions::new()
            .total_timeout(CLEANUP_TIME)
            .attempt_timeout(CLEANUP_TIME)
            .max_attempts(CLEANUP_ATTEMPTS)
            .interrupt(self.settings().interrupt.for_cleaning_up());
        let told = self
            .with_options(options)
            .and_then(|client| client.execute(&upload.confirmation(file_id, state)));
        match told {
            Ok(_) => Cleanup::Done(state),
            Err(_) => Cleanup::Failed(state),
        }
    }
}

impl Upload<'_> {
    fn confirmation(&self, file_id: &FileId, state: UploadState) -> ConfirmFileUpload {
        let confirm = ConfirmFileUpload::new(file_id.clone(), state);
        match &self.app_user_id {
            Some(id) => confirm.app_user_id(id.clone()),
            None => confirm,
        }
    }
}

fn source_error(stage: Stage, path: &Path, error: io::Error) -> Error {
    let kind = if error.kind() == io::ErrorKind::Interrupted {
        ErrorKind::Cancelled
    } else {
        ErrorKind::Source
    };
    let failure = UploadFailure {
        stage,
        file_id: None,
        cleanup: Cleanup::NotNeeded,
    };
    Error::unsent(kind, NAME, error.to_string())
        .with_subject(Some(&path.display().to_string()))
        .with_source(error)
        .with_upload(failure)
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("path", &self.path)
            .field("asset_id", &self.asset_id)
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}
