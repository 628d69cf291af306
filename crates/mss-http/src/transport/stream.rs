//! A TCP connection that waits in ticks, so that a call can end early without disturbing others.

use std::{
    fmt,
    io::{self, ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::{Call, Fault, FaultKind, TICK, buffers::HoldingBuffers, probe};

pub(super) struct TickStream {
    socket: TcpStream,
    buffers: HoldingBuffers,
    /// The socket's read timeout as it is set now.
    read_tick: Duration,
    /// In the pool. Only there does the other side's closing need a look.
    idle: bool,
    /// The other side takes no more bytes, but has said something.
    deaf: bool,
}

impl TickStream {
    pub(super) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TICK))?;
        socket.set_write_timeout(Some(TICK))?;
        Ok(Self {
            socket,
            buffers: HoldingBuffers::default(),
            read_tick: TICK,
            idle: false,
            deaf: false,
        })
    }

    /// Sends what is held back.
    fn flush(&mut self, call: &Call, end: Option<Instant>) -> Result<(), ureq::Error> {
        let mut sent = 0;
        let mut last_progress = Instant::now();
        while sent < self.buffers.held().len() && !self.deaf {
            match self.socket.write(&self.buffers.held()[sent..]) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(amount) => {
                    sent += amount;
                    call.note_written(amount);
                    last_progress = Instant::now();
                    if sent < self.buffers.held().len() {
                        call.check(last_progress, end)
                            .map_err(|fault| ended(call, fault))?;
                    }
                }
                Err(error) if is_tick(&error) => {
                    call.check(last_progress, end)
                        .map_err(|fault| ended(call, fault))?;
                }
                Err(_) if self.has_answer(call) => {
                    self.deaf = true;
                    call.note_cut_short();
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.buffers.nothing_held();
        Ok(())
    }

    /// A server that refuses a request before its end may close while we still send. Then its
    /// reason is worth more than the error of the send, which ureq would stop at.
    fn has_answer(&self, call: &Call) -> bool {
        call.wrote_anything() && matches!(self.socket.peek(&mut [0]), Ok(1..))
    }

    fn set_read_tick(&mut self, tick: Duration) -> io::Result<()> {
        if tick != self.read_tick {
            self.socket.set_read_timeout(Some(tick))?;
            self.read_tick = tick;
        }
        Ok(())
    }
}

impl Transport for TickStream {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.idle = false;
        let call = current()?;
        call.note_writing();
        if self.buffers.hold(amount) {
            let now = Instant::now();
            call.check(now, None).map_err(|fault| ended(&call, fault))?;
            self.flush(&call, end_of(timeout, now))?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let call = current()?;
        let started = Instant::now();
        let end = end_of(timeout, started);
        self.flush(&call, end)?;
        call.note_waiting_for_answer();
        loop {
            let left = match call.check(started, end) {
                Ok(left) => left,
                // ureq's own limits, such as the wait for 100-continue, are ureq's to judge.
                Err(fault)
                    if fault.kind != FaultKind::Cancelled
                        && end.is_some_and(|end| Instant::now() >= end) =>
                {
                    return Err(ureq::Error::Timeout(timeout.reason));
                }
                Err(fault) => return Err(ended(&call, fault)),
            };
            self.set_read_tick(left.clamp(Duration::from_millis(1), TICK))?;
            match self.socket.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    call.note_received(amount);
                    return Ok(amount > 0);
                }
                Err(error) if is_tick(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// ureq asks twice: when a call is done, where nothing can be new since its answer was just
    /// read to the end, and before the next one, where a look is worth its system call.
    fn is_open(&mut self) -> bool {
        let Some(call) = Call::current() else {
            return false;
        };
        if !self.idle {
            self.idle = true;
            // Under TLS the bytes behind an answer are still in here, where ureq sees none.
            let clean = self.buffers.held().is_empty() && self.buffers.input().is_empty();
            return clean && !self.deaf && !call.is_last_on_connection();
        }
        if call.wants_fresh() || !probe::is_quiet(&self.socket) {
            return false;
        }
        call.connection_ready();
        true
    }
}

impl fmt::Debug for TickStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TickStream")
            .field("peer", &self.socket.peer_addr().ok())
            .finish_non_exhaustive()
    }
}

/// A wait that only ended to let the cancel hook be asked. A signal's handler ends one too.
fn is_tick(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn end_of(timeout: NextTimeout, now: Instant) -> Option<Instant> {
    (!timeout.after.is_not_happening())
        .then(|| now.checked_add(*timeout.after))
        .flatten()
}

fn current() -> Result<std::rc::Rc<Call>, ureq::Error> {
    Call::current().ok_or_else(|| io::Error::other("a connection was used outside a call").into())
}

/// Leaves the fault where the caller of ureq finds it, whatever ureq and TLS make of the error.
fn ended(call: &Call, fault: Fault) -> ureq::Error {
    let error = io::Error::new(ErrorKind::TimedOut, fault.to_string());
    call.set_fault(fault);
    error.into()
}
