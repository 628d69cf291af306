//! The fuses of this process, one for each key: waiting around the core's decisions.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use mss_core::{Entry, Fuse, Ticket, Verdict, explain::Report};
use once_cell::race::OnceBox;
use time::OffsetDateTime;

use crate::{
    fork::{Locked, PerProcess},
    interrupt::Interrupt,
};

/// How often somebody who waits looks whether the wait was ended.
const TICK: Duration = Duration::from_millis(50);

/// So many fuses are kept; keys that are renewed every hour leave some behind.
const MOST: usize = 1024;

/// The first refusal of a key, which later calls are answered with.
#[derive(Debug, Clone)]
pub(crate) struct FirstRefusal {
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) explanation: Option<Arc<Report>>,
}

/// The fuses by name and a hash of the secrets.
#[derive(Debug, Default)]
struct Fuses {
    hasher: RandomState,
    by_key: HashMap<(String, u64), Arc<KeyFuse>>,
}

/// Guards one key against being locked, over all clients of the process.
#[derive(Debug, Default)]
pub(crate) struct KeyFuse(PerProcess<Fuse<Arc<FirstRefusal>>>);

/// The leave to send one attempt. Dropped without a word it says that nothing is known.
#[derive(Debug)]
pub(crate) struct Admission {
    fuse: Arc<KeyFuse>,
    ticket: Option<Ticket>,
}

/// Why no attempt may be sent.
#[derive(Debug)]
pub(crate) enum Held {
    /// The wait for another call was ended by the caller.
    Cancelled,
    /// Time ran out while another call found out whether the key is good.
    TimedOut,
    /// The key was refused.
    Open {
        first: Arc<FirstRefusal>,
        retry_in: Duration,
    },
}

impl KeyFuse {
    /// The fuse of a name with these secrets. Other secrets under the same name have another
    /// fuse, so that new credentials aren't held by what was said of the old ones.
    pub(crate) fn of(name: &str, secrets: &[&str]) -> Arc<Self> {
        static FUSES: PerProcess<Fuses> = PerProcess::new();
        let mut fuses = FUSES.lock(|parents| parents.map(mem::take).unwrap_or_default());
        let key = (name.to_owned(), fuses.hasher.hash_one(secrets));
        let fuses = &mut fuses.by_key;
        if fuses.len() >= MOST && !fuses.contains_key(&key) {
            fuses.retain(|_, fuse| Arc::strong_count(fuse) > 1 || fuse.lock().is_open());
        }
        Arc::clone(fuses.entry(key).or_default())
    }

    /// Waits until an attempt may be sent.
    pub(crate) fn enter(
        self: &Arc<Self>,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Admission, Held> {
        loop {
            let mut fuse = self.lock();
            let now = monotonic();
            fuse.see_clock(OffsetDateTime::now_utc(), now);
            match fuse.enter(now) {
                Entry::Go(ticket) => {
                    return Ok(Admission {
                        fuse: Arc::clone(self),
                        ticket: Some(ticket),
                    });
                }
                Entry::Refused { first, retry_in } => return Err(Held::Open { first, retry_in }),
                Entry::Wait => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Held::TimedOut);
            }
            fuse.wait(left.min(TICK));
            // The hook may itself make a call with this key, so it is asked without the lock.
            if interrupt.is_raised() {
                return Err(Held::Cancelled);
            }
        }
    }

    fn report(&self, ticket: Ticket, verdict: Verdict<Arc<FirstRefusal>>) {
        let mut fuse = self.lock();
        fuse.report(ticket, verdict, monotonic());
        fuse.notify_all();
    }

    fn lock(&self) -> Locked<'_, Fuse<Arc<FirstRefusal>>> {
        self.0.lock(|parents| {
            let mut fuse = parents.map(mem::take).unwrap_or_default();
            fuse.after_fork();
            fuse
        })
    }
}

impl Admission {
    /// Says what became of the attempt.
    pub(crate) fn report(mut self, verdict: Verdict<Arc<FirstRefusal>>) {
        if let Some(ticket) = self.ticket.take() {
            self.fuse.report(ticket, verdict);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.fuse.report(ticket, Verdict::Inconclusive);
        }
    }
}

/// The time since some moment that all threads share.
fn monotonic() -> Duration {
    static START: OnceBox<Instant> = OnceBox::new();
    START.get_or_init(|| Box::new(Instant::now())).elapsed()
}
