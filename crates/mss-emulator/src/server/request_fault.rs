//! A fault in the bytes of a request.

use bytes::Bytes;
use tokio::time::sleep;

use super::line::Remote;
use crate::faults::{Armed, Pace, Point};

/// A fault on its way to its point in a request.
pub(super) struct RequestFault {
    armed: Armed,
    place: Place,
    pace: Option<Pace>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After this many bytes of the body.
    Body(u64),
    /// After all of it.
    End,
}

/// The fault has cut the connection.
#[derive(Debug)]
pub(super) struct Cut;

/// Where a fault of the line belongs: to the request, or to the answer that will follow.
pub(super) enum Side {
    Request(RequestFault),
    Answer(Armed, Point),
}

impl Side {
    /// `None` when the fault waits for `100 Continue`.
    pub(super) fn of(armed: Armed, head_bytes: u64, remote: &Remote) -> Option<Self> {
        let Some(point) = armed.fault().point() else {
            remote.keep_back_continue(armed);
            return None;
        };
        let place = match point {
            Point::Request(bytes) => Place::Body(bytes.saturating_sub(head_bytes)),
            Point::Body(bytes) => Place::Body(bytes),
            // A connection has met it before its first request.
            Point::Connect | Point::Received => Place::End,
            Point::Answer(_) | Point::AnswerBody(_) | Point::Done => {
                return Some(Self::Answer(armed, point));
            }
        };
        Some(Self::Request(RequestFault {
            armed,
            place,
            pace: None,
        }))
    }
}

impl RequestFault {
    /// How many bytes may pass before [`reached`](Self::reached) is to be asked again.
    pub(super) fn room(&self, seen: u64) -> u64 {
        match self.place {
            Place::Body(after) if seen < after => after - seen,
            _ => u64::MAX,
        }
    }

    /// To be called when `seen` bytes of the body have passed, before more are read.
    pub(super) async fn reached(&mut self, seen: u64, remote: &Remote) -> Result<(), Cut> {
        if self.pace.is_none() && self.place == Place::Body(seen) {
            self.happen(remote).await?;
        }
        Ok(())
    }

    /// To be called when all of the request was read.
    pub(super) async fn ended(&mut self, remote: &Remote) -> Result<(), Cut> {
        match self.place {
            Place::End => self.happen(remote).await,
            Place::Body(_) => Ok(()),
        }
    }

    async fn happen(&mut self, remote: &Remote) -> Result<(), Cut> {
        let kind = self.armed.fault().kind().clone();
        if let Some(ending) = kind.ending() {
            if self.armed.fire() {
                remote.end(ending);
                return Err(Cut);
            }
        } else if let Some(pace) = kind.pace() {
            if pace.piece.is_some() {
                // It counts with the first byte that is held up.
                self.pace = Some(pace);
            } else if self.armed.fire() {
                self.pace = Some(pace);
                sleep(pace.first).await;
            }
        }
        Ok(())
    }

    /// Hands on what has come, at its pace.
    pub(super) async fn pass<E>(
        &mut self,
        mut data: Bytes,
        mut hand_on: impl FnMut(&Bytes) -> Result<(), E>,
    ) -> Result<(), E> {
        let pace = self.pace.and_then(|pace| Some((pace.piece?, pace)));
        let Some((piece, pace)) = pace else {
            return hand_on(&data);
        };
        while !data.is_empty() {
            if !self.armed.fire() {
                return hand_on(&data);
            }
            let length = usize::try_from(piece).unwrap_or(usize::MAX).min(data.len());
            hand_on(&data.split_to(length))?;
            sleep(pace.pause_after(length as u64)).await;
        }
        Ok(())
    }
}
