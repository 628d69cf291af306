//! `ConfirmFileUpload`: a file leaves CREATING, once.

use http::request::Parts;

use super::{
    super::{refusal::Refusal, reply::Reply, state::State},
    fields::{self, Fields},
};
use crate::view::FileState;

pub(in super::super) fn answer(
    state: &mut State,
    head: &Parts,
    file_id: &str,
    body: &[u8],
) -> Result<Reply, Refusal> {
    fields::app_user_id(head)?;
    let wanted = match Fields::parse(body)?.text("state", 1..=64)? {
        "CREATED" => FileState::Created,
        "FAILED" => FileState::Failed,
        "CANCELLED" => FileState::Cancelled,
        _ => return Err(Refusal::invalid("state: unknown")),
    };
    let file = state.file_mut(file_id).ok_or(Refusal::NoSuchFile)?;
    if file.state != FileState::Creating && file.state != wanted {
        return Err(Refusal::invalid(format!(
            "state: the file is {} already",
            file.state
        )));
    }
    if wanted == FileState::Created && file.object.is_none() {
        return Err(Refusal::invalid("state: no content was uploaded"));
    }
    file.state = wanted;
    Ok(Reply::empty().about(file_id))
}
