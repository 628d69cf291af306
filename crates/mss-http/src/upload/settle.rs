//! A confirmation whose answer got lost is looked up in the asset.

use std::time::{Duration, Instant};

use mss_core::{
    AppUserId, AssetFile, AssetId, ConfirmFileUpload, ConfirmedUpload, FileState, Outcome,
    ShowAsset, ShownAsset,
};

use crate::{CallOptions, Client, Error, ErrorKind, fork};

/// What looking at the asset may take when the confirmation has used up its time.
const LOOK: Duration = Duration::from_secs(5);

/// First wait before a file that is still CREATING is asked about again; doubled each time.
const PAUSE: Duration = Duration::from_millis(500);

/// A confirmation of which is known that it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettledUpload {
    /// The service's id of the request that settled it: the confirmation, or the look at the
    /// asset.
    pub request_id: String,
    /// State of the file when the asset was looked at last; none when it wasn't.
    pub state: Option<FileState>,
}

/// Why it isn't known to be applied.
pub(super) struct Unsettled {
    pub(super) error: Error,
    /// Whether a byte of the confirmation was written, whatever came after it.
    pub(super) was_sent: bool,
}

/// What the asset shows of a file.
pub(super) struct Shown {
    pub(super) file: Option<AssetFile>,
    pub(super) request_id: String,
}

impl Client {
    /// Confirms a file of a known asset. When it isn't known whether the confirmation arrived,
    /// the asset is looked at (ShowAsset): its file's state proves what was applied. While it is
    /// still CREATING the same state is sent again, as long as there is time. With `verify` the
    /// asset is looked at in any case.
    ///
    /// # Errors
    ///
    /// [`Error`], with an unknown outcome only where the asset doesn't tell either.
    ///
    /// Sources: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html),
    /// [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
    pub fn settle_file_upload(
        &self,
        confirm: &ConfirmFileUpload,
        asset_id: &AssetId,
        verify: bool,
    ) -> Result<SettledUpload, Error> {
        let _begun = fork::enter();
        self.settle(confirm, asset_id, verify, &|_| ())
            .map_err(|unsettled| unsettled.error)
    }

    pub(super) fn settle(
        &self,
        confirm: &ConfirmFileUpload,
        asset_id: &AssetId,
        verify: bool,
        looked_up: &dyn Fn(Option<&FileState>),
    ) -> Result<SettledUpload, Unsettled> {
        let deadline = Instant::now() + self.settings().policy.total;
        let answer = self.execute(confirm);
        let was_sent = answer
            .as_ref()
            .map_or_else(Error::anything_was_sent, |_| true);
        self.settle_answer(confirm, asset_id, verify, looked_up, (answer, deadline))
            .map_err(|error| Unsettled { error, was_sent })
    }

    fn settle_answer(
        &self,
        confirm: &ConfirmFileUpload,
        asset_id: &AssetId,
        verify: bool,
        looked_up: &dyn Fn(Option<&FileState>),
        (mut answer, deadline): (Result<ConfirmedUpload, Error>, Instant),
    ) -> Result<SettledUpload, Error> {
        let mut pause = PAUSE;
        loop {
            let in_doubt = match &answer {
                Ok(_) => verify,
                Err(error) => {
                    error.outcome() == Outcome::Unknown && error.kind() != ErrorKind::Cancelled
                }
            };
            if !in_doubt {
                return answer.map(|confirmed| SettledUpload {
                    request_id: confirmed.request_id,
                    state: None,
                });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let shown = match self.look(confirm, asset_id, left.max(LOOK)) {
                Ok(shown) => shown,
                Err(failed) => return Err(not_looked_up(answer.err(), failed)),
            };
            let state = shown.file.as_ref().map(|file| file.state.clone());
            looked_up(state.as_ref());
            let proof = shown.file.as_ref().map(|file| file.proves(confirm.state()));
            if proof == Some(Outcome::Applied) {
                return Ok(SettledUpload {
                    request_id: shown.request_id,
                    state,
                });
            }
            let is_open = state == Some(FileState::Creating);
            let left = deadline.saturating_duration_since(Instant::now());
            if !is_open || left <= pause {
                return Err(contradicted(answer.err(), confirm, proof, state.as_ref()));
            }
            if !self.settings().interrupt.sleep(pause) {
                let error = contradicted(answer.err(), confirm, proof, state.as_ref());
                return Err(error.with_kind(ErrorKind::Cancelled));
            }
            let left = left.saturating_sub(pause);
            pause *= 2;
            // What was answered with success isn't sent again: the asset may lag behind.
            if let Err(earlier) = answer {
                let again = self
                    .with_options(CallOptions::new().total_timeout(left))
                    .and_then(|client| client.execute(confirm));
                answer = again.map_err(|error| error.following(earlier));
            }
        }
    }

    fn look(
        &self,
        confirm: &ConfirmFileUpload,
        asset_id: &AssetId,
        time: Duration,
    ) -> Result<Shown, Error> {
        let client = self.with_options(CallOptions::new().total_timeout(time))?;
        let ShownAsset {
            asset, request_id, ..
        } = client.execute(&show_asset(asset_id, confirm.on_behalf_of()))?;
        Ok(Shown {
            file: asset.file(confirm.file_id()).cloned(),
            request_id,
        })
    }
}

pub(super) fn show_asset(asset_id: &AssetId, app_user_id: Option<&AppUserId>) -> ShowAsset {
    let show = ShowAsset::new(asset_id.clone());
    match app_user_id {
        Some(id) => show.app_user_id(id.clone()),
        None => show,
    }
}

/// The asset couldn't be looked at, so all stays as the confirmation left it.
fn not_looked_up(unknown: Option<Error>, failed: Error) -> Error {
    match unknown {
        Some(error) => {
            let cancelled = failed.kind() == ErrorKind::Cancelled;
            let error = error.adding(&format!(
                "the asset could not be looked at: {}",
                failed.message()
            ));
            if cancelled {
                error.with_kind(ErrorKind::Cancelled)
            } else {
                error
            }
        }
        None => failed
            .adding("the confirmation itself was answered with success")
            .with_outcome(Outcome::Applied),
    }
}

/// The asset doesn't show what was sent.
fn contradicted(
    unknown: Option<Error>,
    confirm: &ConfirmFileUpload,
    proof: Option<Outcome>,
    state: Option<&FileState>,
) -> Error {
    let shows = match state {
        Some(state) => format!("the asset shows the file as {state}"),
        None => "the asset doesn't show the file".to_owned(),
    };
    let proof = proof.unwrap_or(Outcome::Unknown);
    match unknown {
        Some(error) => error.adding(&shows).with_outcome(proof),
        None => Error::unsent(
            ErrorKind::OutcomeUnknown,
            <ConfirmFileUpload as mss_core::Operation>::NAME,
            format!("answered with success, but {shows}"),
        )
        .with_subject(Some(confirm.file_id().as_str()))
        .with_outcome(Outcome::Unknown),
    }
}
