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
    let review = state.review();
    let file = state.file_mut(file_id).ok_or(Refusal::NotFound)?;
    if file.state != FileState::Creating && file.state != wanted {
        return Err(Refusal::invalid(format!(
            "state: the file is {} already",
            file.state
        )));
    }
    if wanted == FileState::Created
        && let Some(problem) = file.content.problem(file.file_size)
    {
        return Err(Refusal::invalid(format!("state: {problem}")));
    }
    if file.state == FileState::Creating {
        file.state = wanted;
        file.review = review;
    }
    Ok(Reply::empty().about(file_id))
}
