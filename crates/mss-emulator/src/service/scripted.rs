//! Faults that the service itself carries out: answers, and URLs that have expired.

use super::{refusal::Refusal, reply::Reply};
use crate::{
    faults::{Answer, Armed, Fault, Kind},
    view::Operation,
};

/// Whether the service carries it out; else it is for the sockets.
pub(super) fn is_for_the_service(fault: &Fault) -> bool {
    matches!(fault.kind(), Kind::Status(_) | Kind::Expired)
}

/// The answer to give, if nothing shall be done for the request.
pub(super) fn refusal(fault: &mut Option<Armed>) -> Option<Box<Answer>> {
    let armed = fault.as_mut()?;
    match armed.fault().kind() {
        Kind::Status(answer) if !answer.applied => {
            let answer = answer.clone();
            armed.fire().then_some(answer)
        }
        _ => None,
    }
}

/// What is answered when something was done.
pub(super) fn instead(
    fault: &mut Option<Armed>,
    outcome: Result<Reply, Refusal>,
    host_id: Option<String>,
) -> Result<Reply, Refusal> {
    let reply = outcome?;
    let Some(armed) = fault else {
        return Ok(reply);
    };
    match armed.fault().kind() {
        Kind::Status(answer) => {
            let answer = answer.clone();
            if armed.fire() {
                return Err(Refusal::Injected {
                    answer,
                    voice: None,
                    host_id,
                    file_id: reply.file_id,
                });
            }
        }
        // The URLs that this hands out are the fault.
        Kind::Expired => {
            armed.fire();
        }
        _ => {}
    }
    Ok(reply)
}

/// Whether the URLs that this request gets shall have expired.
pub(super) fn expires(fault: Option<&Armed>, operation: Operation) -> bool {
    let hands_out = matches!(
        operation,
        Operation::CreateFile | Operation::CreateLargeFile
    );
    hands_out && fault.is_some_and(|armed| *armed.fault().kind() == Kind::Expired)
}

/// Whether the URL of this upload shall count as expired.
pub(super) fn has_expired(fault: &mut Option<Armed>) -> bool {
    fault
        .as_mut()
        .is_some_and(|armed| *armed.fault().kind() == Kind::Expired && armed.fire())
}
