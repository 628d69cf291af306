//! One request and its answer.

use std::{
    io::{self, Read as _},
    rc::Rc,
    time::Instant,
};

use http::{
    Request, Response,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use mss_core::{Failure, Phase};
use ureq::{Agent, AsSendBody, Body};

use super::{Call, Fault, FaultKind};

/// An answer with as much of its body as could be had.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) answer: Response<Vec<u8>>,
    /// What broke off the body; the status is known all the same.
    pub(crate) body_fault: Option<(Fault, Failure)>,
}

/// Sends a request and reads its answer, within the call's limits.
///
/// # Errors
///
/// A fault, and what it says about the call.
pub(crate) fn exchange(
    agent: &Agent,
    request: Request<impl AsSendBody>,
    call: Call,
) -> Result<Exchanged, (Fault, Failure)> {
    // A small request leaves before anything waits, so the first look is here.
    if let Err(fault) = call.check(Instant::now(), None) {
        let failure = failure(&call, &fault, call.phase());
        return Err((fault, failure));
    }
    let call = Rc::new(call);
    let _entered = call.enter();
    let answer = agent.run(request).map_err(|error| {
        let fault = call.take_fault();
        let mut fault = fault.unwrap_or_else(|| Fault::of_ureq(error, call.is_connecting()));
        if let (true, Some(tunnel)) = (call.is_connecting(), call.tunnel()) {
            fault = fault.in_tunnel(&tunnel);
        }
        let failure = failure(&call, &fault, call.phase());
        (fault, failure)
    })?;
    if call.was_cut_short() && answer.status().is_success() {
        let fault = Fault::new(FaultKind::Protocol, "a success before the request's end");
        let failure = failure(&call, &fault, call.phase());
        return Err((fault, failure));
    }
    let (parts, body) = answer.into_parts();
    if parts.headers.contains_key(CONTENT_LENGTH) && parts.headers.contains_key(TRANSFER_ENCODING) {
        // Two ends: the sender's idea of where the next answer begins may be another than ours.
        call.end_connection();
    }
    let (bytes, fault) = read(body, call.answer_limit());
    let body_fault = fault.map(|fault| {
        let fault = call.take_fault().unwrap_or(fault);
        let failure = failure(&call, &fault, Phase::Answered);
        (fault, failure)
    });
    Ok(Exchanged {
        answer: Response::from_parts(parts, bytes),
        body_fault,
    })
}

fn failure(call: &Call, fault: &Fault, phase: Phase) -> Failure {
    let phase = if fault.is_refused_client() {
        Phase::BeforeWrite
    } else {
        phase
    };
    let broke = fault.kind == FaultKind::Disconnected;
    Failure::NoAnswer {
        phase,
        lasting: fault.is_lasting(),
        stale: broke && call.reused_connection() && !call.received_anything(),
    }
}

/// Reads a body up to the limit. What is longer is cut, and the connection isn't kept.
fn read(body: Body, limit: usize) -> (Vec<u8>, Option<Fault>) {
    let mut reader = body.into_reader().take(limit as u64 + 1);
    let mut bytes = Vec::new();
    let fault = match reader.read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > limit => {
            bytes.truncate(limit);
            let text = format!("the answer's body is longer than {} KiB", limit / 1024);
            Some(Fault::new(FaultKind::TooLong, text))
        }
        Ok(_) => None,
        Err(error) => Some(of_body(error)),
    };
    (bytes, fault)
}

fn of_body(error: io::Error) -> Fault {
    Fault::of_ureq(ureq::Error::from(error), false)
}
