//! A request between its head and its answer.

use bytes::Bytes;
use http::{Response, header, request::Parts};

use super::route::Route;
use crate::{faults::Armed, object_store::Receiving};

/// The largest body of an API call, in bytes; real ones have a few hundred.
const CALL_LIMIT: usize = 1024 * 1024;

/// What [`Service::begin`](super::Service::begin) says.
pub(crate) struct Begun {
    pub(crate) step: Step,
    /// What shall happen to the bytes of this exchange; the service itself doesn't notice.
    pub(crate) line_fault: Option<Armed>,
}

impl Begun {
    pub(super) fn undisturbed(step: Step) -> Self {
        Self {
            step,
            line_fault: None,
        }
    }
}

/// How it goes on.
pub(crate) enum Step {
    /// All is said; the body, if any, isn't wanted.
    Answer(Response<Bytes>),
    /// Go on with the body.
    Body(Box<Exchange>),
}

/// Takes the body of one request.
pub(crate) struct Exchange {
    pub(super) request_id: String,
    /// The request's place in the log; none for the emulator's own pages.
    pub(super) entry: Option<u64>,
    pub(super) route: Route,
    pub(super) head: Parts,
    pub(super) kind: Kind,
    /// What the service itself shall do wrong.
    pub(super) fault: Option<Armed>,
}

pub(super) enum Kind {
    Call(Vec<u8>),
    Put {
        receiving: Receiving,
        host_id: String,
    },
}

impl Default for Kind {
    fn default() -> Self {
        Self::Call(Vec::new())
    }
}

/// Why the rest of a body isn't read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abandoned {
    /// It is longer than any API call may be.
    TooLong,
    /// It doesn't move.
    Stalled,
}

impl Exchange {
    /// Takes the next piece of the body.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), Abandoned> {
        match &mut self.kind {
            Kind::Put { receiving, .. } => receiving.push(chunk),
            Kind::Call(body) if body.len() + chunk.len() > CALL_LIMIT => {
                return Err(Abandoned::TooLong);
            }
            Kind::Call(body) => body.extend_from_slice(chunk),
        }
        Ok(())
    }
}

/// Whether the head of an API call already announces too much.
pub(super) fn too_long(head: &Parts) -> bool {
    content_length(head).is_some_and(|length| length > CALL_LIMIT as u64)
}

/// The announced length; `None` for a chunked body.
pub(super) fn content_length(head: &Parts) -> Option<u64> {
    if head.headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    head.headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
