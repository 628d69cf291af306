//! `DeleteFile`: a file and its content are gone.

use http::request::Parts;

use super::{
    super::{refusal::Refusal, reply::Reply, state::State},
    fields,
};

pub(in super::super) fn answer(
    state: &mut State,
    head: &Parts,
    file_id: &str,
) -> Result<Reply, Refusal> {
    fields::app_user_id(head)?;
    if state.delete_file(file_id) {
        Ok(Reply::empty().about(file_id))
    } else {
        Err(Refusal::NotFound)
    }
}
