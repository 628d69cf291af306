//! The emulator's own pages, which need no key.

use http::StatusCode;
use serde_json::json;

use super::super::{reply::Reply, route::Inspect, state::State};

pub(in super::super) fn answer(state: &State, what: &Inspect) -> Reply {
    let file = match what {
        Inspect::Health => return Reply::json(StatusCode::OK, &json!({"status": "ok"})),
        Inspect::Assets => {
            return Reply::json(StatusCode::OK, &json!({"assets": state.asset_views()}));
        }
        Inspect::Files => {
            return Reply::json(StatusCode::OK, &json!({"files": state.views()}));
        }
        Inspect::File(file_id) => state.view(file_id),
        Inspect::Nothing => None,
    };
    match file {
        Some(view) => Reply::json(StatusCode::OK, &view),
        None => Reply::json(StatusCode::NOT_FOUND, &json!({"error": "not found"})),
    }
}
