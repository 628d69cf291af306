//! The bytes of one connection, and what faults do to those of an answer.
//!
//! hyper reads and writes through a [`Line`]. The [`Remote`] of it belongs to whoever handles the
//! requests: it tells what shall happen to the next answer, and how the connection shall end.
//!
//! All bytes are counted as HTTP has them, above TLS; an end goes to the socket below it.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::stream::Stream;
use crate::faults::{Armed, Ending, Pace, Point};

/// What hyper writes to a client that waits for it, in one piece and before anything else.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection as hyper uses it.
pub(super) struct Line(Arc<Mutex<Inner>>);

/// The same connection as the handler of its requests uses it.
#[derive(Clone)]
pub(super) struct Remote(Arc<Mutex<Inner>>);

struct Inner {
    stream: Stream,
    answer: Option<AnswerFault>,
    /// Keeps back `100 Continue`.
    no_continue: Option<Armed>,
    ending: Option<Ending>,
}

/// A fault on its way to its point in the answer.
struct AnswerFault {
    armed: Armed,
    point: Point,
    written: u64,
    /// Where it happens, in bytes of the answer; known once the answer's head is seen.
    after: Option<u64>,
    /// From its point on.
    pace: Option<Pace>,
    sleep: Option<Pin<Box<Sleep>>>,
}

pub(super) fn split(stream: Stream) -> (Line, Remote) {
    let inner = Arc::new(Mutex::new(Inner {
        stream,
        answer: None,
        no_continue: None,
        ending: None,
    }));
    (Line(Arc::clone(&inner)), Remote(inner))
}

impl Remote {
    /// Lets the fault happen to the answer that is written next.
    pub(super) fn disturb_answer(&self, armed: Armed, point: Point) {
        self.inner().answer = Some(AnswerFault {
            armed,
            point,
            written: 0,
            after: match point {
                Point::Answer(bytes) => Some(bytes),
                _ => None,
            },
            pace: None,
            sleep: None,
        });
    }

    pub(super) fn keep_back_continue(&self, armed: Armed) {
        self.inner().no_continue = Some(armed);
    }

    /// What was meant for the request before and couldn't happen there goes back to the list.
    pub(super) fn next_request(&self) {
        let mut inner = self.inner();
        inner.answer = None;
        inner.no_continue = None;
    }

    /// How the connection ends when hyper has let go of it.
    pub(super) fn end(&self, ending: Ending) {
        self.inner().ending = Some(ending);
    }

    /// The socket, if there is an end to carry out. Comes after hyper's part has gone.
    pub(super) fn into_ending(self) -> Option<(TcpStream, Ending)> {
        let inner = Arc::into_inner(self.0)?;
        let inner = inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        Some((inner.stream.into_socket(), inner.ending?))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.starts_with(CONTINUE) {
            return self.write_continue(context);
        }
        let Some(fault) = &mut self.answer else {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        };
        if let Some(sleep) = &mut fault.sleep {
            ready!(sleep.as_mut().poll(context));
            fault.sleep = None;
        }
        let after = fault.locate(bytes);
        if fault.written >= after && fault.pace.is_none() {
            // TLS may have taken more than the socket has.
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            if !fault.armed.fire() {
                self.answer = None;
                return self.write(context, bytes);
            }
            if let Some(ending) = fault.armed.fault().kind().ending() {
                return Poll::Ready(Err(self.cut(ending)));
            }
            fault.begin_pace();
            return self.write(context, bytes);
        }
        let limit = match fault.pace {
            None => after - fault.written,
            Some(pace) => pace.piece.unwrap_or(u64::MAX),
        };
        let limit = usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..limit]))?;
        fault.written += written as u64;
        let pause = fault.pace.map(|pace| pace.pause_after(written as u64));
        if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
            fault.sleep = Some(Box::pin(sleep(pause)));
        }
        Poll::Ready(Ok(written))
    }

    fn write_continue(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Some(mut armed) = self.no_continue.take()
            && armed.fire()
        {
            return Poll::Ready(Ok(CONTINUE.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, CONTINUE)
    }

    /// hyper flushes when it has written all of an answer.
    fn flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        let Some(fault) = &mut self.answer else {
            return Poll::Ready(Ok(()));
        };
        if fault.written == 0 {
            return Poll::Ready(Ok(()));
        }
        let is_reached =
            fault.point == Point::Done || fault.after.is_some_and(|after| fault.written >= after);
        let ending = fault.armed.fault().kind().ending();
        if let Some(ending) = ending
            && is_reached
            && fault.armed.fire()
        {
            return Poll::Ready(Err(self.cut(ending)));
        }
        self.answer = None;
        Poll::Ready(Ok(()))
    }

    /// The error makes hyper let go of the connection.
    fn cut(&mut self, ending: Ending) -> io::Error {
        self.ending = Some(ending);
        self.answer = None;
        io::ErrorKind::ConnectionAborted.into()
    }
}

impl AnswerFault {
    /// The byte of the answer at which it happens; `bytes` is what comes next of the answer.
    fn locate(&mut self, bytes: &[u8]) -> u64 {
        if let (None, Point::AnswerBody(into_body)) = (self.after, self.point) {
            // hyper writes a head in one piece.
            let head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
            self.after = head.map(|head| (head as u64 + 4).saturating_add(into_body));
        }
        self.after.unwrap_or(u64::MAX)
    }

    fn begin_pace(&mut self) {
        self.pace = self.armed.fault().kind().pace();
        if let Some(pace) = self.pace
            && !pace.first.is_zero()
        {
            self.sleep = Some(Box::pin(sleep(pace.first)));
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.inner();
        if inner.answer.is_none() && inner.no_continue.is_none() {
            return Pin::new(&mut inner.stream).poll_write_vectored(context, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        inner.write(context, first.map_or(&[], |slice| slice))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner().stream.is_write_vectored()
    }
}
