//! What is still done for an upload that has failed, and the error that tells of it.

use std::time::{Duration, Instant};

use mss_core::{
    AssetId, DeleteAsset, FileId, FileState, Operation, Outcome, UploadState,
    journal::{Created, Step},
};

use super::{
    AssetCleanup, Cleanup, Stage, UploadFailure,
    diary::Diary,
    prepare::Prepared,
    run::{Asset, Run},
    settle::show_asset,
};
use crate::{
    CallOptions, Client, Error, ErrorKind, interrupt::Interrupt, journal::ended, pacer::Pacer,
};

/// What telling the service about a failed upload may take.
const CLEANUP_TIME: Duration = Duration::from_secs(5);
const CLEANUP_ATTEMPTS: u32 = 2;

impl Run<'_, '_> {
    /// The error of an upload whose file is registered, and for which CREATED was not sent. Tells
    /// the service that the upload came to nothing.
    pub(super) fn fail(
        &self,
        asset: &Asset,
        stage: Stage,
        file_id: &FileId,
        error: Error,
    ) -> Error {
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
    pub(super) fn forbidden(
        &self,
        asset: &Asset,
        stage: Stage,
        file_id: &FileId,
        error: Error,
    ) -> Error {
        let cleaner = Cleaner::new(self.client, &error);
        let cleanup = after_created(self.diary, &error);
        self.failed(&cleaner, asset, stage, file_id, cleanup, error)
    }

    pub(super) fn failed(
        &self,
        cleaner: &Cleaner,
        asset: &Asset,
        stage: Stage,
        file_id: &FileId,
        cleanup: Cleanup,
        error: Error,
    ) -> Error {
        let may_be_created = matches!(cleanup, Cleanup::Forbidden | Cleanup::Open);
        let failure = UploadFailure {
            file_id: Some(file_id.clone()),
            cleanup,
            ..self.asset_failure(cleaner, asset, stage, may_be_created)
        };
        error.with_upload(failure)
    }

    /// The error of an upload whose file isn't registered, or at least has no known id.
    pub(super) fn fail_early(&self, asset: &Asset, error: Error) -> Error {
        let cleaner = Cleaner::new(self.client, &error);
        let orphans = if error.outcome() == Outcome::Unknown {
            self.possible_orphans(&cleaner, &asset.id)
        } else {
            Vec::new()
        };
        let mut cleanup = Cleanup::NotNeeded;
        let mut file_id = None;
        // In an asset that was made for this file nobody else's can be.
        let may_cancel = self.plan.cancel_orphan || asset.is_new;
        if let ([orphan], true) = (orphans.as_slice(), may_cancel) {
            self.diary
                .note(Step::Created(Created::FileId(orphan.clone())));
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
    fn possible_orphans(&self, cleaner: &Cleaner, asset_id: &AssetId) -> Vec<FileId> {
        let show = show_asset(asset_id, self.plan.app_user_id.as_ref());
        let Ok(shown) = cleaner.execute(&show) else {
            return Vec::new();
        };
        let Prepared {
            file_name,
            body,
            announced_md5,
            ..
        } = &self.prepared;
        let files = shown.asset.files.into_iter().filter(|file| {
            file.state == FileState::Creating
                && file.is_likely(file_name, body.size(), announced_md5.as_ref())
        });
        files.map(|file| file.file_id).collect()
    }

    /// What becomes of the asset, if it was made for this file.
    fn asset_failure(
        &self,
        cleaner: &Cleaner,
        asset: &Asset,
        stage: Stage,
        may_be_created: bool,
    ) -> UploadFailure {
        let mut failure = UploadFailure::early(stage);
        failure.expired = self.expired.get().cloned();
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
            let guarded = self.diary.guard(Step::Deleting(asset.id.clone()));
            match guarded.and_then(|()| cleaner.execute(&delete)) {
                Ok(_) => AssetCleanup::Deleted,
                Err(_) => AssetCleanup::Failed,
            }
        };
        failure
    }

    pub(super) fn confirm_end(
        &self,
        cleaner: &Cleaner,
        file_id: &FileId,
        state: UploadState,
    ) -> Cleanup {
        match self.tell_end(cleaner, file_id, state) {
            Ok(_) => Cleanup::Done(state),
            Err(_) => Cleanup::Failed(state),
        }
    }

    pub(super) fn tell_end(
        &self,
        cleaner: &Cleaner,
        file_id: &FileId,
        state: UploadState,
    ) -> Result<String, Error> {
        self.diary.confirming(state, || {
            let told = cleaner.execute(&self.plan.confirmation(file_id, state));
            told.map(|confirmed| confirmed.request_id)
        })
    }
}

/// What the failure of CREATED leaves of a file: with a journal, something to be resumed.
pub(super) fn after_created(diary: &Diary, error: &Error) -> Cleanup {
    let is_open = error.outcome() == Outcome::NotApplied
        && !ended(None, Err(error), Duration::ZERO).is_refusal();
    if diary.is_kept() && is_open {
        Cleanup::Open
    } else {
        Cleanup::Forbidden
    }
}

/// Tells the service what became of a failed upload. It has one time for everything, and what
/// interrupts it ends everything.
pub(super) struct Cleaner {
    client: Client,
    interrupt: Interrupt,
    until: Instant,
}

impl Cleaner {
    pub(super) fn new(client: &Client, error: &Error) -> Self {
        let was_cancelled = error.kind() == ErrorKind::Cancelled;
        let interrupt = client.settings().interrupt.for_cleaning_up(was_cancelled);
        Self::with_interrupt(client, interrupt)
    }

    /// For an upload that goes on afterwards, so that any cancelling ends it.
    pub(super) fn before_more(client: &Client) -> Self {
        Self::with_interrupt(client, client.settings().interrupt.clone())
    }

    fn with_interrupt(client: &Client, interrupt: Interrupt) -> Self {
        Self {
            // Not in a batch's line, which may be longer than the time.
            client: client.paced(Pacer::default()),
            interrupt,
            until: Instant::now() + CLEANUP_TIME,
        }
    }

    pub(super) fn execute<O: Operation>(&self, operation: &O) -> Result<O::Response, Error> {
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
