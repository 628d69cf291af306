//! One HTTP request: feeds the service and sends what it says, unless a fault says otherwise.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::{
    Shared,
    line::Remote,
    request_fault::{Cut, RequestFault, Side},
};
use crate::service::{Abandoned, Exchange, Step};

/// A body that doesn't move for this long is given up.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// What is still read of a body after an early answer, and for how long.
const DRAIN_BYTES: u64 = 1024 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no answer; hyper then lets go of the connection.
#[derive(Debug)]
pub(super) enum Broken {
    /// The sender went away.
    Body(hyper::Error),
    /// A fault was ordered.
    Cut,
}

/// Answers, or fails when the connection is no more.
pub(super) async fn answer(
    shared: Arc<Shared>,
    remote: Remote,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Broken> {
    remote.next_request();
    let (parts, mut body) = request.into_parts();
    let waits_for_go_ahead = parts.headers.contains_key(header::EXPECT);
    let head_bytes = head_bytes(&parts);
    let now = shared.now();
    let begun = shared.service().begin(parts, now);
    let side = begun
        .line_fault
        .and_then(|armed| Side::of(armed, head_bytes, &remote));
    let (mut request_fault, answer_fault) = match side {
        Some(Side::Request(fault)) => (Some(fault), None),
        Some(Side::Answer(armed, point)) => (None, Some((armed, point))),
        None => (None, None),
    };
    let response = match begun.step {
        Step::Answer(response) => {
            if let Some(fault) = &mut request_fault {
                fault.reached(0, &remote).await?;
            }
            // To look at the body would send "100 Continue" to a client that waits for it.
            if !waits_for_go_ahead && !body.is_end_stream() {
                tokio::spawn(drain(body));
            }
            response
        }
        Step::Body(mut exchange) => {
            let given_up = match &mut request_fault {
                None => receive(&mut body, &mut exchange).await?,
                Some(fault) => receive_disturbed(&mut body, &mut exchange, fault, &remote).await?,
            };
            let now = shared.now();
            match given_up {
                None => shared.service().finish(exchange, now),
                Some(reason) => shared.service().abandon(exchange, reason, now),
            }
        }
    };
    if let Some((armed, point)) = answer_fault {
        remote.disturb_answer(armed, point);
    }
    Ok(response.map(Full::new))
}

/// Takes the body in; a reason when that was given up.
async fn receive(
    body: &mut Incoming,
    exchange: &mut Exchange,
) -> Result<Option<Abandoned>, Broken> {
    loop {
        match next(body).await? {
            Next::Data(data) => {
                if let Err(reason) = exchange.push(&data) {
                    return Ok(Some(reason));
                }
            }
            Next::End => return Ok(None),
            Next::Stalled => return Ok(Some(Abandoned::Stalled)),
        }
    }
}

/// The same with a fault somewhere in it.
async fn receive_disturbed(
    body: &mut Incoming,
    exchange: &mut Exchange,
    fault: &mut RequestFault,
    remote: &Remote,
) -> Result<Option<Abandoned>, Broken> {
    let mut seen = 0;
    fault.reached(seen, remote).await?;
    loop {
        let mut data = match next(body).await? {
            Next::Data(data) => data,
            Next::End => {
                fault.ended(remote).await?;
                return Ok(None);
            }
            Next::Stalled => return Ok(Some(Abandoned::Stalled)),
        };
        while !data.is_empty() {
            let room = usize::try_from(fault.room(seen)).unwrap_or(usize::MAX);
            let passing = data.split_to(room.min(data.len()));
            let length = passing.len() as u64;
            if let Err(reason) = fault.pass(passing, |piece| exchange.push(piece)).await {
                return Ok(Some(reason));
            }
            seen += length;
            fault.reached(seen, remote).await?;
        }
    }
}

enum Next {
    Data(Bytes),
    End,
    Stalled,
}

async fn next(body: &mut Incoming) -> Result<Next, Broken> {
    match timeout(BODY_TIMEOUT, body.frame()).await {
        Ok(None) => Ok(Next::End),
        // Trailers say nothing here.
        Ok(Some(frame)) => Ok(Next::Data(frame?.into_data().unwrap_or_default())),
        Err(_) => Ok(Next::Stalled),
    }
}

/// The length of the head, as clients write it: with one blank after a colon.
fn head_bytes(head: &Parts) -> u64 {
    let target = head
        .uri
        .path_and_query()
        .map_or(0, |text| text.as_str().len());
    let authority = match (head.uri.scheme_str(), head.uri.authority()) {
        (Some(scheme), Some(authority)) => scheme.len() + 3 + authority.as_str().len(),
        _ => 0,
    };
    let line = head.method.as_str().len() + target + authority + " ".len() + " HTTP/1.1\r\n".len();
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    (line + headers.sum::<usize>() + "\r\n".len()) as u64
}

/// Reads a small rest, because closing with unread bytes makes the system reset the connection,
/// and the reset can overtake the answer.
async fn drain(mut body: Incoming) {
    let mut left = DRAIN_BYTES;
    let _ = timeout(DRAIN_TIMEOUT, async {
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(rest) = left.checked_sub(length) else {
                break;
            };
            left = rest;
        }
    })
    .await;
}

impl From<hyper::Error> for Broken {
    fn from(error: hyper::Error) -> Self {
        Self::Body(error)
    }
}

impl From<Cut> for Broken {
    fn from(Cut: Cut) -> Self {
        Self::Cut
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Cut => f.write_str("cut, as ordered"),
        }
    }
}

impl std::error::Error for Broken {}
