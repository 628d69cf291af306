//! Waiting for the end of the service's review.

use std::time::{Duration, Instant};

use mss_core::{AssetId, FileId, FileState, Outcome};

use super::{Stage, UploadEvent, prepare::NAME, run::Run, settle::show_asset};
use crate::{CallOptions, Error, ErrorKind};

/// First wait between two looks, and the longest; it doubles in between.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// What the last look may take, however little time is left.
const LOOK: Duration = Duration::from_secs(1);

impl Run<'_, '_> {
    /// Looks at the asset until the review has ended or the time is over; the last state seen. The
    /// file is CREATED already, so a look that fails is only one look less.
    pub(super) fn await_review(
        &self,
        asset_id: &AssetId,
        file_id: &FileId,
        seen: Option<FileState>,
        time: Duration,
    ) -> Result<Option<FileState>, Error> {
        let started = Instant::now();
        let total = self.client.settings().policy.total;
        let size = self.prepared.body.size();
        self.meter.begin(Stage::Review, size, size);
        let mut pause = FIRST;
        let mut last = seen;
        loop {
            let left = time.saturating_sub(started.elapsed());
            let options = CallOptions::new().total_timeout(left.max(LOOK).min(total));
            let user = self.plan.app_user_id.as_ref();
            let shown = self
                .client
                .with_options(options)
                .and_then(|client| client.execute(&show_asset(asset_id, user)));
            match shown {
                Ok(shown) => {
                    if let Some(file) = shown.asset.file(file_id) {
                        last = Some(file.state.clone());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Cancelled => {
                    return Err(cancelled(file_id));
                }
                // More than five of them lock a key.
                Err(error) if error.kind() == ErrorKind::Authentication => return Ok(last),
                Err(error) => log::debug!("the review can't be looked at: {error}"),
            }
            if let Some(state) = &last {
                if !is_pending(state) {
                    return Ok(last);
                }
                let state = state.clone();
                self.plan.report(UploadEvent::Reviewing { state });
            }
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(last);
            }
            self.meter.begin(Stage::Review, size, size);
            if !self.client.settings().interrupt.sleep(pause.min(left)) {
                return Err(cancelled(file_id));
            }
            pause = (2 * pause).min(LONGEST);
        }
    }
}

/// The review goes on. CREATING is an asset that lags behind the confirmation.
fn is_pending(state: &FileState) -> bool {
    matches!(
        state,
        FileState::Uploaded | FileState::Review | FileState::Creating
    )
}

fn cancelled(file_id: &FileId) -> Error {
    Error::unsent(
        ErrorKind::Cancelled,
        NAME,
        "cancelled by the caller during the review",
    )
    .with_subject(Some(file_id.as_str()))
    .with_outcome(Outcome::Applied)
}
