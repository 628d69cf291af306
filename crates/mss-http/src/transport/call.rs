//! What the sockets know of the call that is being made on this thread.
//!
//! ureq hands a transport nothing but bytes and timeouts, so limits, the cancel hook and the
//! account of what was written pass by on the side: ureq runs a call on the thread that asked
//! for it, from beginning to end.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use super::Fault;
use crate::interrupt::Interrupt;

/// Until when a call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// End of the attempt; none for the PUT of a content.
    pub(crate) deadline: Option<Instant>,
    /// Longest time for DNS, connect and TLS together.
    pub(crate) connect: Duration,
    /// Longest time without any byte moving.
    pub(crate) stall: Option<Duration>,
    /// Largest part of the answer's body that is kept, in bytes.
    pub(crate) answer: usize,
}

/// One attempt: its limits, and what has happened to it so far.
#[derive(Debug)]
pub(crate) struct Call {
    limits: Limits,
    interrupt: Interrupt,
    wants_fresh: bool,
    last_on_connection: Cell<bool>,
    answer_deadline: Cell<Option<Instant>>,
    connect_deadline: Cell<Option<Instant>>,
    ready: Cell<bool>,
    new_connection: Cell<bool>,
    written: Cell<u64>,
    all_written: Cell<bool>,
    cut_short: Cell<bool>,
    tunnel: RefCell<Option<Tunnel>>,
    received: Cell<u64>,
    fault: RefCell<Option<Fault>>,
}

/// A proxy on the way.
#[derive(Debug, Clone)]
pub(super) struct Tunnel {
    /// The proxy's host and port.
    pub(super) proxy: String,
    /// The proxy has let the connection through.
    pub(super) is_made: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Call>>> = const { RefCell::new(None) };
}

/// Ends the call's being the current one. A cancel hook may itself make a call, in the middle of
/// the one that asks it, so the one before comes back.
pub(super) struct Entered {
    before: Option<Rc<Call>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.replace(self.before.take());
    }
}

impl Call {
    pub(crate) fn new(limits: Limits, interrupt: Interrupt, wants_fresh: bool) -> Self {
        Self {
            limits,
            interrupt,
            wants_fresh,
            last_on_connection: Cell::new(false),
            answer_deadline: Cell::new(None),
            connect_deadline: Cell::new(None),
            ready: Cell::new(false),
            new_connection: Cell::new(false),
            written: Cell::new(0),
            all_written: Cell::new(false),
            cut_short: Cell::new(false),
            tunnel: RefCell::new(None),
            received: Cell::new(0),
            fault: RefCell::new(None),
        }
    }

    /// Makes this the thread's current call until the guard is dropped.
    pub(super) fn enter(self: &Rc<Self>) -> Entered {
        Entered {
            before: CURRENT.replace(Some(Rc::clone(self))),
        }
    }

    pub(super) fn current() -> Option<Rc<Self>> {
        CURRENT.with(|current| current.borrow().clone())
    }

    /// Fails with the fault that ends this wait: cancelled, or past `extra` or a limit.
    pub(super) fn check(
        &self,
        last_progress: Instant,
        extra: Option<Instant>,
    ) -> Result<Duration, Fault> {
        if self.interrupt.is_raised() {
            return Err(Fault::cancelled());
        }
        let now = Instant::now();
        let mut left = Duration::MAX;
        let ends = [
            self.limits.deadline,
            self.answer_deadline.get(),
            self.connect_deadline.get(),
            extra,
        ];
        for end in ends.into_iter().flatten() {
            left = left.min(end.saturating_duration_since(now));
        }
        if left.is_zero() {
            return Err(Fault::timed_out(self.stage()));
        }
        if let Some(stall) = self.limits.stall {
            let left_of_stall = (last_progress + stall).saturating_duration_since(now);
            if left_of_stall.is_zero() {
                return Err(Fault::stalled(stall));
            }
            left = left.min(left_of_stall);
        }
        Ok(left)
    }

    pub(super) fn answer_limit(&self) -> usize {
        self.limits.answer
    }

    fn stage(&self) -> &'static str {
        if self.is_reaching_proxy() {
            "connect through the proxy"
        } else if !self.ready.get() {
            "connect"
        } else if !self.all_written.get() {
            "send"
        } else if self.received.get() == 0 {
            "wait for the answer"
        } else {
            "read the answer"
        }
    }

    /// Begins the time for DNS, connect and TLS, which a proxy's part of it shares.
    pub(super) fn start_connecting(&self) {
        if self.connect_deadline.get().is_none() {
            self.connect_deadline
                .set(Some(Instant::now() + self.limits.connect));
        }
        self.new_connection.set(true);
        self.ready.set(false);
    }

    /// From here on, what is written is the request.
    pub(super) fn connection_ready(&self) {
        self.connect_deadline.set(None);
        self.ready.set(true);
        self.written.set(0);
        self.received.set(0);
    }

    /// Until the tunnel is made, the other side is a proxy, by its host and port.
    pub(super) fn start_tunnel(&self, proxy: String) {
        self.tunnel.replace(Some(Tunnel {
            proxy,
            is_made: false,
        }));
    }

    pub(super) fn tunnel_made(&self) {
        if let Some(tunnel) = &mut *self.tunnel.borrow_mut() {
            tunnel.is_made = true;
        }
    }

    pub(super) fn is_reaching_proxy(&self) -> bool {
        self.tunnel
            .borrow()
            .as_ref()
            .is_some_and(|tunnel| !tunnel.is_made)
    }

    /// The tunnel through which the connection is being made.
    pub(super) fn tunnel(&self) -> Option<Tunnel> {
        self.tunnel.borrow().clone()
    }

    /// More of the request follows. What came in before was a `100 Continue`.
    pub(super) fn note_writing(&self) {
        self.all_written.set(false);
        self.received.set(0);
        self.answer_deadline.set(None);
    }

    pub(super) fn note_written(&self, bytes: usize) {
        if self.ready.get() {
            self.written.set(self.written.get() + bytes as u64);
        }
    }

    pub(super) fn wrote_anything(&self) -> bool {
        self.ready.get() && self.written.get() > 0
    }

    /// The rest of the request is thrown away, since the other side no longer reads.
    pub(super) fn note_cut_short(&self) {
        self.cut_short.set(true);
    }

    pub(super) fn was_cut_short(&self) -> bool {
        self.cut_short.get()
    }

    pub(super) fn note_waiting_for_answer(&self) {
        if self.ready.get() {
            self.all_written.set(true);
        }
    }

    pub(super) fn note_received(&self, bytes: usize) {
        if self.ready.get() {
            if self.received.get() == 0
                && let Some(stall) = self.limits.stall
            {
                // An answer that trickles would otherwise keep a PUT alive for ever.
                self.answer_deadline.set(Some(Instant::now() + stall));
            }
            self.received.set(self.received.get() + bytes as u64);
        }
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.replace(Some(fault));
    }

    pub(super) fn take_fault(&self) -> Option<Fault> {
        self.fault.take()
    }

    /// The connection isn't to be kept, whatever ureq thinks of the answer.
    pub(super) fn end_connection(&self) {
        self.last_on_connection.set(true);
    }

    pub(super) fn is_last_on_connection(&self) -> bool {
        self.last_on_connection.get()
    }

    pub(super) fn wants_fresh(&self) -> bool {
        self.wants_fresh
    }

    /// Whether the request went over a connection that an earlier call had left.
    pub(super) fn reused_connection(&self) -> bool {
        self.ready.get() && !self.new_connection.get()
    }

    pub(super) fn phase(&self) -> mss_core::Phase {
        use mss_core::Phase;
        let all_written = self.all_written.get() && !self.cut_short.get();
        match (self.wrote_anything(), all_written) {
            (false, _) => Phase::BeforeWrite,
            (true, false) => Phase::PartlyWritten,
            (true, true) => Phase::Written,
        }
    }

    pub(super) fn received_anything(&self) -> bool {
        self.received.get() > 0
    }

    pub(super) fn is_connecting(&self) -> bool {
        !self.ready.get()
    }
}
