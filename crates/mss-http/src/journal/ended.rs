//! How a call ended, as a record.

use std::time::Duration;

use mss_core::{Outcome, UploadState, journal::Ended};

use crate::Error;

/// The end of the confirmation of `state`, or with none of a whole upload. A success has the
/// service's id of its request.
pub(crate) fn ended(
    state: Option<UploadState>,
    result: Result<&str, &Error>,
    time: Duration,
) -> Ended {
    let outcome = result.map_or_else(Error::outcome, |_| Outcome::Applied);
    let mut ended = Ended::new(outcome);
    ended.state = state;
    ended.ms = u64::try_from(time.as_millis()).ok();
    match result {
        Ok(request_id) => {
            ended.request_id = Some(request_id.to_owned()).filter(|id| !id.is_empty());
        }
        Err(error) => {
            ended.kind = Some(error.kind().to_string());
            ended.status = error.status();
            ended.error_code = error.error_code().map(str::to_owned);
            ended.set_message(error.message());
            ended.request_id = error.request_id().map(str::to_owned);
            ended.attempts = u32::try_from(error.attempts().len()).ok();
        }
    }
    ended
}
