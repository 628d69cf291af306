//! One upload from beginning to end.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use mss_core::{
    AssetId, ConfirmFileUpload, CreateFile, CreateLargeFile, CreatedFile, CreatedLargeFile,
    DeleteAsset, FileId, FileState, Operation, Outcome, StoredContent, UploadState,
};

use super::{
    AssetCleanup, Cleanup, Stage, Upload, UploadEvent, UploadFailure, Uploaded,
    plan::{Destination, Plan},
    prepare::{NAME, Prepared, Registration, prepare, source_error},
    progress::Meter,
    put::PutError,
    settle::{SettledUpload, Unsettled},
};
use crate::{CallOptions, Client, Error, ErrorKind, interrupt::Interrupt, pacer::Pacer};

/// What telling the service about a failed upload may take.
const CLEANUP_TIME: Duration = Duration::from_secs(5);
const CLEANUP_ATTEMPTS: u32 = 2;

/// An upload whose content is ready.
pub(super) struct Run<'r, 'b> {
    pub(super) client: &'r Client,
    pub(super) plan: &'r Plan<'r>,
    pub(super) meter: &'r Meter<'r>,
    pub(super) prepared: Prepared<'b>,
}

/// The asset that a file goes into.
struct Asset {
    id: AssetId,
    is_new: bool,
}

/// A registered file and where its content goes.
pub(super) enum Registered {
    Whole(CreateFile, CreatedFile),
    Parts(CreateLargeFile, CreatedLargeFile),
}

impl Client {
    /// Uploads a file: reads it for its MD5, registers it, PUTs it and confirms it as CREATED. A
    /// file above 5 GiB goes in parts and without an MD5.
    ///
    /// When something fails after the file was registered, the file is confirmed as FAILED (as
    /// CANCELLED when the caller cancelled), unless CREATED may have reached the service: then
    /// nothing else is ever sent for it. A confirmation whose answer got lost is looked up in the
    /// asset, and sent again while the file is CREATING.
    ///
    /// # Errors
    ///
    /// [`Error`] with [`Error::upload`]: the stage, the file's id and what became of it. Its
    /// outcome is about the file being CREATED.
    ///
    /// Source: [uploading an asset](https://support.huaweicloud.com/api-metastudio/metastudio_02_0056.html).
    pub fn upload(&self, upload: Upload<'_>) -> Result<Uploaded, Error> {
        let meter = Meter::new(upload.plan.progress);
        self.upload_in_turn(upload, &meter, || ())
    }

    /// As [`Client::upload`]; `turn` waits until the file may go on the line.
    pub(super) fn upload_in_turn<T>(
        &self,
        upload: Upload<'_>,
        meter: &Meter<'_>,
        turn: impl FnOnce() -> T,
    ) -> Result<Uploaded, Error> {
        let Upload { source, plan } = upload;
        let prepared = prepare(self, source, &plan, meter)?;
        let _turn = turn();
        Run {
            client: self,
            plan: &plan,
            meter,
            prepared,
        }
        .run()
    }
}

impl Run<'_, '_> {
    fn run(&self) -> Result<Uploaded, Error> {
        let size = self.prepared.body.size();
        self.meter.begin(Stage::Create, 0, size);
        let asset = self.asset()?;
        let mut registered = self.register(&asset)?;
        self.meter.begin(Stage::Put, 0, size);
        let stored = match self.put(&registered) {
            Err(PutError {
                error,
                url_expired: true,
            }) if self.prepared.body.can_start_over() => {
                registered = self.register_anew(&asset, &registered, error)?;
                self.meter.begin(Stage::Put, 0, size);
                self.put(&registered)
            }
            stored => stored,
        };
        let file_id = registered.file_id();
        let fail = |stage, error| self.fail(&asset, stage, file_id, error);
        let stored = self
            .judge(stored)
            .map_err(|error| fail(Stage::Put, error))?;
        self.plan.report(UploadEvent::Stored {
            request_id: stored.request_id,
        });

        self.meter.begin(Stage::Confirm, size, size);
        let settled = self.confirm(&asset.id, file_id).map_err(|unsettled| {
            if unsettled.was_sent {
                return self.forbidden(&asset, Stage::Confirm, file_id, unsettled.error);
            }
            fail(Stage::Confirm, unsettled.error)
        })?;
        self.plan.report(UploadEvent::Confirmed {
            request_id: settled.request_id.clone(),
        });
        let state = match self.plan.wait {
            Some(time) => self
                .await_review(&asset.id, file_id, settled.state, time)
                .map_err(|error| self.forbidden(&asset, Stage::Review, file_id, error))?,
            None => settled.state,
        };
        Ok(Uploaded {
            file_id: file_id.clone(),
            asset_id: asset.id,
            size,
            md5: self.prepared.md5.clone(),
            request_id: settled.request_id,
            state,
        })
    }

    fn asset(&self) -> Result<Asset, Error> {
        if let Destination::Asset(id) = &self.plan.destination {
            let id = id.clone();
            return Ok(Asset { id, is_new: false });
        }
        let Some(create) = &self.prepared.new_asset else {
            return Err(Error::unsent(ErrorKind::InvalidInput, NAME, "has no asset"));
        };
        let created = self.client.execute(create).map_err(|error| {
            let error = if error.outcome() == Outcome::Unknown {
                error.adding("there may be a new asset of this name, without a file")
            } else {
                error
            };
            error
                .with_subject(Some(&self.prepared.subject))
                .with_upload(UploadFailure::early(Stage::Create))
        })?;
        self.plan.report(UploadEvent::AssetCreated {
            asset_id: created.asset_id.clone(),
            request_id: created.request_id,
        });
        Ok(Asset {
            id: created.asset_id,
            is_new: true,
        })
    }

    fn register(&self, asset: &Asset) -> Result<Registered, Error> {
        let registration = self.prepared.registration(self.plan, &asset.id);
        let registration = registration.map_err(|error| {
            let error = Error::invalid_input(NAME, &error);
            self.fail_early(asset, error)
        })?;
        let registered = match registration {
            Registration::Whole(create) => self
                .execute_create(asset, &create)
                .map(|created| Registered::Whole(create, created)),
            Registration::Parts(create) => self
                .execute_create(asset, &create)
                .map(|created| Registered::Parts(create, created)),
        }?;
        let (file_id, request_id) = (registered.file_id(), registered.request_id());
        self.plan.report(UploadEvent::Created {
            file_id: file_id.clone(),
            request_id: request_id.to_owned(),
        });
        self.check_urls(&registered)
            .map_err(|error| self.fail(asset, Stage::Create, file_id, error))?;
        Ok(registered)
    }

    fn execute_create<O: Operation>(
        &self,
        asset: &Asset,
        create: &O,
    ) -> Result<O::Response, Error> {
        self.client.execute(create).map_err(|error| {
            if let Some(file_id) = error.registered().cloned() {
                return self.fail(asset, Stage::Create, &file_id, error);
            }
            self.fail_early(asset, error)
        })
    }

    fn check_urls(&self, registered: &Registered) -> Result<(), Error> {
        match registered {
            Registered::Whole(_, created) => self.client.check_upload_url(created),
            Registered::Parts(_, created) => self.client.check_part_urls(created),
        }
    }

    /// The file of an expired URL is given up and another one registered: once, so nothing goes
    /// round in circles.
    fn register_anew(
        &self,
        asset: &Asset,
        expired: &Registered,
        error: Error,
    ) -> Result<Registered, Error> {
        let file_id = expired.file_id();
        let cleaner = Cleaner::new(self.client, &error);
        if self.confirm_end(&cleaner, file_id, UploadState::Cancelled)
            != Cleanup::Done(UploadState::Cancelled)
        {
            return Err(self.failed(
                &cleaner,
                asset,
                Stage::Put,
                file_id,
                Cleanup::Failed(UploadState::Cancelled),
                error.with_outcome(Outcome::NotApplied),
            ));
        }
        self.plan.report(UploadEvent::Expired {
            file_id: file_id.clone(),
        });
        self.meter
            .begin(Stage::Create, 0, self.prepared.body.size());
        self.register(asset)
    }

    fn put(&self, registered: &Registered) -> Result<StoredContent, PutError> {
        let body = &self.prepared.body;
        match registered {
            Registered::Whole(create, created) => {
                self.client.put_whole(created, create, body, self.meter)
            }
            Registered::Parts(create, created) => self.put_parts(create, created),
        }
    }

    /// A content that has changed makes the best PUT worthless, and explains a refused one.
    fn judge(&self, stored: Result<StoredContent, PutError>) -> Result<StoredContent, Error> {
        let stored = stored.map_err(|failed| failed.error);
        if stored
            .as_ref()
            .is_err_and(|error| error.kind() != ErrorKind::Rejected)
        {
            return stored;
        }
        match (
            stored,
            self.prepared.check_unchanged(self.client, self.plan),
        ) {
            (stored, Ok(())) => stored,
            (Ok(_), Err(changed)) => Err(source_error(Stage::Put, &self.prepared.subject, changed)),
            // The store compares the content's MD5, so it notices a change first.
            (Err(refused), Err(changed)) => Err(refused.caused_by_source(changed)),
        }
    }

    fn confirm(&self, asset_id: &AssetId, file_id: &FileId) -> Result<SettledUpload, Unsettled> {
        let confirm = self.confirmation(file_id, UploadState::Created);
        let looked_up = |state: Option<&FileState>| {
            let state = state.cloned();
            self.plan.report(UploadEvent::LookedUp { state });
        };
        self.client
            .settle(&confirm, asset_id, self.plan.verify, &looked_up)
    }

    /// The error of an upload whose file is registered, and for which CREATED was not sent. Tells
    /// the service that the upload came to nothing.
    fn fail(&self, asset: &Asset, stage: Stage, file_id: &FileId, error: Error) -> Error {
        let cleaner = Cleaner::new(self.client, &error);
        let state = if error.kind() == ErrorKind::Cancelled {
            UploadState::Cancelled
        } else {
            UploadState::Failed
        };
        let cleanup = self.confirm_end(&cleaner, file_id, state);
        // Whatever became of the PUT: a file is not CREATED before that was confirmed.
        let error = error.with_outcome(Outcome::NotApplied);
        self.failed(&cleaner, asset, stage, file_id, cleanup, error)
    }

    /// The error of an upload for which CREATED was sent.
    fn forbidden(&self, asset: &Asset, stage: Stage, file_id: &FileId, error: Error) -> Error {
        let cleaner = Cleaner::new(self.client, &error);
        self.failed(&cleaner, asset, stage, file_id, Cleanup::Forbidden, error)
    }

    fn failed(
        &self,
        cleaner: &Cleaner<'_>,
        asset: &Asset,
        stage: Stage,
        file_id: &FileId,
        cleanup: Cleanup,
        error: Error,
    ) -> Error {
        let failure = UploadFailure {
            file_id: Some(file_id.clone()),
            cleanup,
            ..self.asset_failure(cleaner, asset, stage, cleanup == Cleanup::Forbidden)
        };
        error.with_upload(failure)
    }

    /// The error of an upload whose file isn't registered, or at least has no known id.
    fn fail_early(&self, asset: &Asset, error: Error) -> Error {
        let is_unknown = error.outcome() == Outcome::Unknown;
        let orphans = if is_unknown && error.kind() != ErrorKind::Cancelled {
            self.possible_orphans(&asset.id)
        } else {
            Vec::new()
        };
        let cleaner = Cleaner::new(self.client, &error);
        let mut cleanup = Cleanup::NotNeeded;
        let mut file_id = None;
        if let ([orphan], true) = (orphans.as_slice(), self.plan.cancel_orphan) {
            cleanup = self.confirm_end(&cleaner, orphan, UploadState::Cancelled);
            file_id = Some(orphan.clone());
        }
        let is_settled = cleanup == Cleanup::Done(UploadState::Cancelled);
        let failure = UploadFailure {
            file_id,
            cleanup,
            possible_orphans: if is_settled { Vec::new() } else { orphans },
            ..self.asset_failure(&cleaner, asset, Stage::Create, false)
        };
        error.with_upload(failure)
    }

    /// What is CREATING in the asset with this name and content.
    fn possible_orphans(&self, asset_id: &AssetId) -> Vec<FileId> {
        let time = CallOptions::new().total_timeout(CLEANUP_TIME);
        let shown = self
            .client
            .with_options(time)
            .and_then(|client| client.show_asset(asset_id, self.plan.app_user_id.as_ref()));
        let Ok(shown) = shown else { return Vec::new() };
        let Prepared {
            file_name,
            body,
            md5,
            ..
        } = &self.prepared;
        let files = shown.asset.files.into_iter().filter(|file| {
            file.state == FileState::Creating
                && file.is_likely(file_name, body.size(), md5.as_ref())
        });
        files.map(|file| file.file_id).collect()
    }

    /// What becomes of the asset, if it was made for this file.
    fn asset_failure(
        &self,
        cleaner: &Cleaner<'_>,
        asset: &Asset,
        stage: Stage,
        may_be_created: bool,
    ) -> UploadFailure {
        let mut failure = UploadFailure::early(stage);
        if !asset.is_new {
            return failure;
        }
        failure.new_asset = Some(asset.id.clone());
        failure.asset_cleanup = if !self.plan.delete_asset_on_failure || may_be_created {
            AssetCleanup::Kept
        } else {
            let delete = DeleteAsset::new(asset.id.clone());
            let delete = match &self.plan.app_user_id {
                Some(id) => delete.app_user_id(id.clone()),
                None => delete,
            };
            match cleaner.execute(&delete) {
                Ok(_) => AssetCleanup::Deleted,
                Err(_) => AssetCleanup::Failed,
            }
        };
        failure
    }

    fn confirm_end(&self, cleaner: &Cleaner<'_>, file_id: &FileId, state: UploadState) -> Cleanup {
        match cleaner.execute(&self.confirmation(file_id, state)) {
            Ok(_) => Cleanup::Done(state),
            Err(_) => Cleanup::Failed(state),
        }
    }

    fn confirmation(&self, file_id: &FileId, state: UploadState) -> ConfirmFileUpload {
        let confirm = ConfirmFileUpload::new(file_id.clone(), state);
        match &self.plan.app_user_id {
            Some(id) => confirm.app_user_id(id.clone()),
            None => confirm,
        }
    }
}

/// Tells the service what became of a failed upload. It has one time for everything, and what
/// interrupts it ends everything.
struct Cleaner<'r> {
    client: Cow<'r, Client>,
    interrupt: Interrupt,
    until: Instant,
}

impl<'r> Cleaner<'r> {
    fn new(client: &'r Client, error: &Error) -> Self {
        Self {
            // Who has cancelled doesn't wait in a batch's line.
            client: if error.kind() == ErrorKind::Cancelled {
                Cow::Owned(client.paced(Pacer::default()))
            } else {
                Cow::Borrowed(client)
            },
            interrupt: client.settings().interrupt.for_cleaning_up(),
            until: Instant::now() + CLEANUP_TIME,
        }
    }

    fn execute<O: Operation>(&self, operation: &O) -> Result<O::Response, Error> {
        let left = self.until.saturating_duration_since(Instant::now());
        let usual = self.client.settings().policy.per_attempt;
        let options = CallOptions::new()
            .total_timeout(left)
            .attempt_timeout(left.min(CLEANUP_TIME / CLEANUP_ATTEMPTS).min(usual))
            .max_attempts(CLEANUP_ATTEMPTS)
            .interrupt(self.interrupt.clone());
        self.client.with_options(options)?.execute(operation)
    }
}

impl Registered {
    fn file_id(&self) -> &FileId {
        match self {
            Self::Whole(_, created) => &created.file_id,
            Self::Parts(_, created) => &created.file_id,
        }
    }

    fn request_id(&self) -> &str {
        match self {
            Self::Whole(_, created) => &created.request_id,
            Self::Parts(_, created) => &created.request_id,
        }
    }
}
