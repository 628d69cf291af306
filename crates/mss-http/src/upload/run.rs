//! One upload from beginning to end.

use std::{io, sync::OnceLock, time::Instant};

use mss_core::{
    AssetId, CreateFile, CreateLargeFile, CreatedFile, CreatedLargeFile, FileId, FileState,
    Operation, Outcome, UploadState,
    journal::{Created, Creating, Step},
};

use super::{
    Cleanup, Stage, Upload, UploadEvent, UploadFailure, Uploaded,
    cleaning::Cleaner,
    diary::Diary,
    plan::{Place, Plan},
    prepare::{NAME, Prepared, Registration, prepare, source_error},
    progress::Meter,
    put::PutError,
    settle::{SettledUpload, Unsettled},
};
use crate::{Client, Error, ErrorKind, fork, journal::ended};

/// An upload whose content is ready.
pub(super) struct Run<'r, 'b> {
    pub(super) client: &'r Client,
    pub(super) plan: &'r Plan<'r>,
    pub(super) meter: &'r Meter<'r>,
    pub(super) prepared: Prepared<'b>,
    pub(super) diary: &'r Diary,
    /// The file that was given up because its URL had expired.
    pub(super) expired: OnceLock<FileId>,
}

/// The asset that a file goes into.
pub(super) struct Asset {
    pub(super) id: AssetId,
    pub(super) is_new: bool,
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
        let _begun = fork::enter();
        let meter = Meter::new(upload.plan.progress);
        self.upload_in_turn(upload, &meter, &Diary::default(), || ())
    }

    /// As [`Client::upload`]; each step stands in the diary first, and `turn` waits until the file
    /// may go on the line.
    pub(super) fn upload_in_turn<T>(
        &self,
        upload: Upload<'_>,
        meter: &Meter<'_>,
        diary: &Diary,
        turn: impl FnOnce() -> T,
    ) -> Result<Uploaded, Error> {
        let Upload { source, plan } = upload;
        let prepared = prepare(self, source, &plan, meter)?;
        let _turn = turn();
        let started = Instant::now();
        let run = Run {
            client: self,
            plan: &plan,
            meter,
            prepared,
            diary,
            expired: OnceLock::new(),
        };
        run.run().inspect_err(|error| {
            diary.note_end(|| ended(None, Err(error), started.elapsed()));
        })
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
        let request_id = self
            .judge(stored)
            .map_err(|error| fail(Stage::Put, error))?;
        self.plan.report(UploadEvent::Stored {
            request_id: request_id.clone(),
        });
        if self.plan.leave_open {
            let stored = self.diary.guard(Step::Stored);
            stored.map_err(|error| fail(Stage::Put, error))?;
            return Ok(self.uploaded(file_id, asset.id.clone(), request_id, None));
        }

        self.meter.begin(Stage::Confirm, size, size);
        let guarded = self.diary.guard(Step::Sending(UploadState::Created));
        guarded.map_err(|error| fail(Stage::Confirm, error))?;
        let settled = self.confirm(&asset.id, file_id).map_err(|unsettled| {
            // What stands in a journal as CREATED gets nothing else, sent or not.
            if unsettled.was_sent || self.diary.is_kept() {
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
        Ok(self.uploaded(file_id, asset.id, settled.request_id, state))
    }

    fn uploaded(
        &self,
        file_id: &FileId,
        asset_id: AssetId,
        request_id: String,
        state: Option<FileState>,
    ) -> Uploaded {
        Uploaded {
            file_id: file_id.clone(),
            asset_id,
            size: self.prepared.body.size(),
            md5: self.prepared.announced_md5.clone(),
            request_id,
            state,
        }
    }

    fn asset(&self) -> Result<Asset, Error> {
        if let Some(id) = &self.plan.made_asset {
            let id = id.clone();
            return Ok(Asset { id, is_new: true });
        }
        let create = match &self.prepared.place {
            Place::Asset(id) => {
                let id = id.clone();
                return Ok(Asset { id, is_new: false });
            }
            Place::New(create) => create,
        };
        let guarded = self.diary.guard(Step::Creating(Creating::Asset {
            asset_name: create.asset_name().to_owned(),
        }));
        let created = guarded.and_then(|()| self.client.execute(create));
        let created = created.map_err(|error| {
            let error = if error.outcome() == Outcome::Unknown {
                error.adding("there may be a new asset of this name, without a file")
            } else {
                error
            };
            error
                .with_subject(Some(&self.prepared.subject))
                .with_upload(UploadFailure::early(Stage::Create))
        })?;
        self.diary
            .note(Step::Created(Created::AssetId(created.asset_id.clone())));
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
        let guarded = self.note_file(file_id);
        guarded.map_err(|error| self.fail(asset, Stage::Create, file_id, error))?;
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
        let guarded = self.diary.guard(Step::Creating(Creating::File {
            asset_id: asset.id.clone(),
            file_name: self.prepared.file_name.clone(),
            size: self.prepared.body.size(),
            md5: self
                .prepared
                .announced_md5
                .as_ref()
                .map(|md5| md5.as_str().to_owned()),
        }));
        let created = guarded.and_then(|()| self.client.execute(create));
        created.map_err(|error| {
            if let Some(file_id) = error.registered().cloned() {
                // What can't be written now stops the confirmation that follows.
                let _ = self.note_file(&file_id);
                return self.fail(asset, Stage::Create, &file_id, error);
            }
            self.fail_early(asset, error)
        })
    }

    /// On the disk before the content is sent: without its id the file couldn't be closed.
    fn note_file(&self, file_id: &FileId) -> Result<(), Error> {
        self.diary
            .guard(Step::Created(Created::FileId(file_id.clone())))
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
        let cleaner = Cleaner::before_more(self.client);
        let told = self.tell_end(&cleaner, file_id, UploadState::Cancelled);
        match told {
            Ok(_) => {}
            // By the caller, who has all of the time for cleaning up.
            Err(told) if told.kind() == ErrorKind::Cancelled => {
                let error = error.with_kind(ErrorKind::Cancelled);
                return Err(self.fail(asset, Stage::Put, file_id, error));
            }
            Err(_) => {
                let cleanup = Cleanup::Failed(UploadState::Cancelled);
                let error = error.with_outcome(Outcome::NotApplied);
                return Err(self.failed(&cleaner, asset, Stage::Put, file_id, cleanup, error));
            }
        }
        // Once only, so it isn't set yet.
        self.expired.get_or_init(|| file_id.clone());
        self.plan.report(UploadEvent::Expired {
            file_id: file_id.clone(),
        });
        self.meter
            .begin(Stage::Create, 0, self.prepared.body.size());
        self.register(asset)
    }

    /// The store's id of the request that settled it.
    fn put(&self, registered: &Registered) -> Result<String, PutError> {
        let body = &self.prepared.body;
        match registered {
            Registered::Whole(create, created) => self
                .client
                .put_whole(created, create, body, self.meter)
                .map(|stored| stored.request_id),
            Registered::Parts(create, created) => self.put_parts(create, created),
        }
    }

    /// A content that has changed makes the best PUT worthless, and explains a refused one.
    fn judge(&self, stored: Result<String, PutError>) -> Result<String, Error> {
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
            (Err(refused), Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                Err(refused.with_kind(ErrorKind::Cancelled))
            }
            // The store compares the content's MD5, so it notices a change first.
            (Err(refused), Err(changed)) => Err(refused.caused_by_source(changed)),
        }
    }

    fn confirm(&self, asset_id: &AssetId, file_id: &FileId) -> Result<SettledUpload, Unsettled> {
        let started = Instant::now();
        let confirm = self.plan.confirmation(file_id, UploadState::Created);
        let looked_up = |state: Option<&FileState>| {
            let state = state.cloned();
            self.plan.report(UploadEvent::LookedUp { state });
        };
        let settled = self
            .client
            .settle(&confirm, asset_id, self.plan.verify, &looked_up);
        self.diary.note_end(|| {
            let result = settled.as_ref();
            let result = result.map(|it| &*it.request_id).map_err(|it| &it.error);
            ended(Some(UploadState::Created), result, started.elapsed())
        });
        settled
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
