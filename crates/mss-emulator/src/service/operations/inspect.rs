//! The emulator's own pages, which need no key.

use http::StatusCode;
use serde_json::json;
use time::OffsetDateTime;

use super::super::{Service, reply::Reply, route::Inspect};
use crate::{Fault, IdentityChange, ReviewScript};

pub(in super::super) fn answer(
    service: &mut Service,
    what: &Inspect,
    body: &[u8],
    now: OffsetDateTime,
) -> Reply {
    let ok = |value| Reply::json(StatusCode::OK, &value);
    let file = match what {
        Inspect::Health => return ok(json!({"status": "ok"})),
        Inspect::Assets => return ok(json!({"assets": service.state.asset_views()})),
        Inspect::Files => return ok(json!({"files": service.state.views()})),
        Inspect::Requests => return ok(json!({"requests": service.log.views()})),
        Inspect::AuthenticationFailures => {
            return ok(json!({"authentication_failures": service.authentication_failures()}));
        }
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
        Inspect::ChangeIdentity => {
            let change = IdentityChange::from_json(&String::from_utf8_lossy(body));
            return match change.map(|change| change.apply(&mut service.identity, now)) {
                Ok(true) => ok(json!({})),
                Ok(false) => not_found("no such access key"),
                Err(error) => bad(&error.to_string()),
            };
        }
        Inspect::File(file_id) => service.state.view(file_id),
        Inspect::Nothing => None,
    };
    match file {
        Some(view) => Reply::json(StatusCode::OK, &view),
        None => not_found("not found"),
    }
}

fn not_found(what: &str) -> Reply {
    Reply::json(StatusCode::NOT_FOUND, &json!({"error": what}))
}

fn bad(problem: &str) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({"error": problem}))
}
