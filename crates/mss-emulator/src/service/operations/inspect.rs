//! The emulator's own pages, which need no key.

use http::StatusCode;
use serde_json::json;

use super::super::{Service, reply::Reply, route::Inspect};
use crate::{Fault, ReviewScript};

pub(in super::super) fn answer(service: &mut Service, what: &Inspect, body: &[u8]) -> Reply {
    let ok = |value| Reply::json(StatusCode::OK, &value);
    let file = match what {
        Inspect::Health => return ok(json!({"status": "ok"})),
        Inspect::Assets => return ok(json!({"assets": service.state.asset_views()})),
        Inspect::Files => return ok(json!({"files": service.state.views()})),
        Inspect::Requests => return ok(json!({"requests": service.log.views()})),
        Inspect::Faults => return ok(json!({"faults": service.faults.views()})),
        Inspect::InjectFault => {
            let injected = Fault::from_json(&String::from_utf8_lossy(body))
                .and_then(|fault| service.faults.inject(fault));
            return match injected {
                Ok(id) => ok(json!({"id": id})),
                Err(error) => bad(&error.to_string()),
            };
        }
        Inspect::ClearFaults => {
            service.faults.clear();
            return ok(json!({}));
        }
        Inspect::SetReview => {
            return match ReviewScript::from_json(&String::from_utf8_lossy(body)) {
                Ok(script) => {
                    service.set_review(script);
                    ok(json!({}))
                }
                Err(error) => bad(&error.to_string()),
            };
        }
        Inspect::File(file_id) => service.state.view(file_id),
        Inspect::Nothing => None,
    };
    match file {
        Some(view) => Reply::json(StatusCode::OK, &view),
        None => Reply::json(StatusCode::NOT_FOUND, &json!({"error": "not found"})),
    }
}

fn bad(problem: &str) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({"error": problem}))
}
