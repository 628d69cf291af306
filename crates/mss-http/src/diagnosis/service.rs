//! The service itself: what its clock says, and whether it accepts a signed call.

use std::time::Duration;

use http::Request;
use mss_core::{SIGNATURE_WINDOW, ShowAsset, server_time};
use time::OffsetDateTime;

use super::{Finding, Step, subject::Subject};
use crate::{Error, ErrorKind, transport::exchange};

/// Longest time for one answer.
const ANSWERING: Duration = Duration::from_secs(6);

/// An asset that isn't there. Its id has the form of a real one.
const NO_ASSET: &str = "00000000000000000000000000000000";

/// A difference of the clocks that is worth a word.
const NOTABLE: time::Duration = time::Duration::MINUTE;

impl Subject {
    /// Asks without credentials, so that a wrong clock is found whatever they are.
    pub(super) fn clock(&mut self) -> Finding {
        if let Some(why) = self.blocked {
            return Finding::skipped(Step::Clock, why);
        }
        let mut request = Request::new(());
        *request.uri_mut() = self.uri.clone();
        let before = OffsetDateTime::now_utc();
        let agent = self.client.shared().connections.agent();
        let exchanged = match exchange(&agent, request, self.probe(ANSWERING)) {
            Ok(exchanged) => exchanged,
            Err((fault, _)) => {
                return Finding::failed(Step::Clock, fault.kind.into(), fault.to_string());
            }
        };
        let now = OffsetDateTime::now_utc();
        match server_time(&exchanged.answer) {
            Some(theirs) => of_clocks(theirs, before + (now - before) / 2),
            None => Finding::skipped(Step::Clock, "the answer doesn't tell the time (Date)"),
        }
    }

    pub(super) fn call(&mut self) -> Finding {
        if let Some(why) = self.blocked {
            return Finding::skipped(Step::Call, why);
        }
        if self.ready.is_none() {
            return Finding::skipped(Step::Call, "there are no credentials");
        }
        if !self.knows_project {
            return Finding::skipped(Step::Call, "there is no project");
        }
        let answered = self.once(ANSWERING).and_then(|client| {
            let id = NO_ASSET.parse();
            let id = id.map_err(|error| Error::invalid_input("ShowAsset", &error))?;
            client.execute(&ShowAsset::new(id))
        });
        match answered {
            Ok(shown) => accepted(&format!("request id {}", shown.request_id))
                .with("request_id", Some(shown.request_id)),
            Err(error) => of_refusal(&error),
        }
    }
}

fn of_clocks(theirs: OffsetDateTime, ours: OffsetDateTime) -> Finding {
    // The header tells whole seconds, so half a second later is nearer to it.
    let offset = theirs + time::Duration::milliseconds(500) - ours;
    let seconds = (offset.whole_milliseconds() + 500).div_euclid(1000);
    let finding = if offset.abs() < NOTABLE {
        let found = format!("the clocks agree within {} s", seconds.abs() + 1);
        Finding::ok(Step::Clock, found)
    } else {
        let direction = if seconds < 0 { "fast" } else { "slow" };
        let what_follows = if offset.abs() > SIGNATURE_WINDOW {
            "the service refuses signatures of such a clock; the client notices it at the first \
             refusal and corrects it for itself"
        } else {
            "beyond 15 min the service refuses signatures"
        };
        let seconds = seconds.abs();
        let found = format!("this machine's clock is {seconds} s {direction}; {what_follows}");
        Finding::warning(
            Step::Clock,
            found,
            "set the clock, and let it be kept (NTP)",
        )
    };
    finding.with("offset_seconds", Some(seconds))
}

fn accepted(how: &str) -> Finding {
    let found = format!("signature and permission are accepted ({how})");
    Finding::ok(Step::Call, found)
}

/// What an error says of the signature: an asset that isn't there is missed only by somebody who
/// has accepted the caller.
fn of_refusal(error: &Error) -> Finding {
    let finding = Finding::of_error(Step::Call, error);
    let status = error.status().unwrap_or_default();
    match (error.kind(), error.error_code()) {
        (ErrorKind::NotFound | ErrorKind::Rejected, Some(code)) if !is_gateways(code) => {
            let id = error.request_id().unwrap_or("unknown");
            let how = format!("status {status} {code}, as there is no such asset; request id {id}");
            Finding {
                details: finding.details,
                ..accepted(&how)
            }
        }
        (ErrorKind::NotFound, Some(code)) => {
            let found = format!("the gateway knows no MetaStudio here: status {status} {code}");
            Finding { found, ..finding }.advised("check region and endpoint")
        }
        (ErrorKind::NotFound | ErrorKind::Rejected, None) => {
            let found = format!("answered with status {status}, but not in the service's words");
            let kind = ErrorKind::UnexpectedResponse;
            let details = finding.details;
            Finding {
                details,
                ..Finding::failed(Step::Call, kind, found)
            }
        }
        _ => finding,
    }
}

/// Codes of the gateway in front of the service: with them, nobody has looked for the asset.
fn is_gateways(code: &str) -> bool {
    code.starts_with("APIGW.") || code.starts_with("APIG.")
}
