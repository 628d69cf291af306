//! One HTTP request: feeds the service and sends what it says.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::Shared;
use crate::service::{Abandoned, Step};

/// A body that doesn't move for this long is given up.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// What is still read of a body after an early answer, and for how long.
const DRAIN_BYTES: u64 = 1024 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Answers, or fails when the sender went away; hyper then closes the connection.
pub(super) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, mut body) = request.into_parts();
    let waits_for_go_ahead = parts.headers.contains_key(header::EXPECT);
    let now = shared.now();
    let step = shared.service().begin(parts, now);
    let mut exchange = match step {
        Step::Body(exchange) => exchange,
        Step::Answer(response) => {
            // To look at the body would send "100 Continue" to a client that waits for it.
            if !waits_for_go_ahead && !body.is_end_stream() {
                tokio::spawn(drain(body));
            }
            return Ok(response.map(Full::new));
        }
    };
    let given_up = loop {
        match timeout(BODY_TIMEOUT, body.frame()).await {
            Ok(None) => break None,
            Ok(Some(frame)) => {
                if let Ok(data) = frame?.into_data()
                    && let Err(reason) = exchange.push(&data)
                {
                    break Some(reason);
                }
            }
            Err(_) => break Some(Abandoned::Stalled),
        }
    };
    let now = shared.now();
    let response = match given_up {
        None => shared.service().finish(exchange, now),
        Some(reason) => shared.service().abandon(exchange, reason, now),
    };
    Ok(response.map(Full::new))
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
