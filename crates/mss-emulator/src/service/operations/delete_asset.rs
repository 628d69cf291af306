//! `DeleteAsset`: an asset goes to the recycle bin, or for good.

use http::request::Parts;

use super::{
    super::{refusal::Refusal, reply::Reply, state::State},
    fields,
};

pub(in super::super) fn answer(
    state: &mut State,
    head: &Parts,
    asset_id: &str,
) -> Result<Reply, Refusal> {
    fields::app_user_id(head)?;
    let query = head.uri.query().unwrap_or_default();
    let mode = query.split('&').find_map(|pair| pair.strip_prefix("mode="));
    let for_good = match mode {
        None | Some("") => false,
        Some("force") => true,
        Some(_) => return Err(Refusal::invalid("mode: not force")),
    };
    if state.delete_asset(asset_id, for_good) {
        Ok(Reply::empty())
    } else {
        Err(Refusal::NotFound)
    }
}
