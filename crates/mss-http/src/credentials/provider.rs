//! Keeps what a source has found, and asks it again in time.
//!
//! A source is asked on a thread of its own, by whoever needs credentials first; all others wait
//! for the same answer. While old credentials last they are used, and nobody waits. So a source
//! that hangs holds nobody beyond his deadline, and Ctrl-C works.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use mss_core::signing::Algorithm;
use time::OffsetDateTime;

use super::{CredentialSource, Fetch, Loading, NotFound, Ready, Variables, Why};
use crate::{ErrorKind, error::Redactor, interrupt::Interrupt};

/// How often somebody who waits looks whether the wait was ended.
const TICK: Duration = Duration::from_millis(50);

/// Longest time for one question to a source. Nobody waits that long; but the next one would
/// otherwise wait for an answer that never comes.
const LOAD_LIMIT: Duration = Duration::from_secs(120);

/// When a source is asked again after it gave nothing new, while the old credentials last.
const REFRESH_PAUSE: Duration = Duration::from_secs(15);

/// How soon refused credentials may be renewed again, where no call was accepted in between.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

thread_local! {
    static IN_SOURCE: Cell<bool> = const { Cell::new(false) };
}

/// Credentials of one client, as fresh as its source allows.
#[derive(Debug, Clone)]
pub(crate) struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: CredentialSource,
    algorithm: Algorithm,
    variables: Variables,
    fetch: Fetch,
    region: Option<String>,
    redactor: Redactor,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Arc<Ready>>,
    load: Option<Load>,
    loads: u64,
    /// How many loads have ended.
    ended: u64,
    /// Why the last one gave nothing.
    failure: Option<NotFound>,
    refresh_after: Option<Instant>,
    renewed: Option<Instant>,
}

/// A question that is being put to the source.
#[derive(Debug, Clone, Copy)]
struct Load {
    number: u64,
    /// In another process its thread doesn't exist.
    process: u32,
    began: Instant,
}

/// Why there are no credentials.
#[derive(Debug)]
pub(crate) enum Unavailable {
    NotFound(NotFound),
    /// The caller ended the wait.
    Cancelled,
    /// The source took longer than the call may.
    TimedOut,
    /// The source itself makes a call that needs its answer.
    InSource,
}

impl Provider {
    pub(crate) fn new(
        source: CredentialSource,
        algorithm: Algorithm,
        variables: Variables,
        fetch: Fetch,
        region: Option<String>,
        redactor: Redactor,
    ) -> Self {
        let mut state = State::default();
        if let Some(given) = source.0.given() {
            redactor.learn(given.secrets());
            state.current = Some(Arc::new(Ready::given(given, algorithm.clone())));
        }
        Self(Arc::new(Inner {
            source,
            algorithm,
            variables,
            fetch,
            region,
            redactor,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }

    /// Credentials that haven't expired; `now` is compared with their expiry.
    pub(crate) fn get(
        &self,
        now: OffsetDateTime,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Arc<Ready>, Unavailable> {
        let mut state = self.0.lock();
        if let Some(current) = state.current.clone()
            && !current.has_expired(now)
        {
            let rests = state.refresh_after.is_some_and(|at| Instant::now() < at);
            if current.is_due(now) && !rests && !state.is_loading() && !IN_SOURCE.get() {
                self.start(&mut state);
            }
            return Ok(current);
        }
        self.wait_for_load(state, interrupt, deadline)
    }

    /// The region of the client, as far as it was named.
    pub(crate) fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// Other credentials in place of refused ones; none where the source has nothing new.
    pub(crate) fn renew(
        &self,
        refused: &Arc<Ready>,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Option<Arc<Ready>>, Unavailable> {
        let mut state = self.0.lock();
        match &state.current {
            Some(current) if !Arc::ptr_eq(current, refused) => {
                return Ok(Some(Arc::clone(current)));
            }
            _ => {}
        }
        if !state.is_loading() {
            let is_early = state.renewed.is_some_and(|at| at.elapsed() < RENEWAL_PAUSE);
            if self.0.source.0.given().is_some() || (is_early && !refused.was_accepted()) {
                return Ok(None);
            }
            state.renewed = Some(Instant::now());
        }
        let renewed = self.wait_for_load(state, interrupt, deadline)?;
        Ok(Some(renewed).filter(|renewed| !renewed.is_same_as(refused)))
    }

    fn wait_for_load<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Arc<Ready>, Unavailable> {
        if IN_SOURCE.get() {
            return Err(Unavailable::InSource);
        }
        if !state.is_loading() {
            self.start(&mut state);
        }
        let awaited = state.ended;
        loop {
            if state.ended > awaited {
                return match (&state.failure, &state.current) {
                    (None, Some(current)) => Ok(Arc::clone(current)),
                    (Some(failure), _) => Err(Unavailable::NotFound(failure.clone())),
                    // No load ends without the one or the other.
                    (None, None) => Err(Unavailable::TimedOut),
                };
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Unavailable::TimedOut);
            }
            let waited = self.0.changed.wait_timeout(state, left.min(TICK));
            drop(waited.unwrap_or_else(PoisonError::into_inner).0);
            // The hook may itself make a call, so it is asked without the lock.
            if interrupt.is_raised() {
                return Err(Unavailable::Cancelled);
            }
            state = self.0.lock();
        }
    }

    fn start(&self, state: &mut State) {
        state.loads += 1;
        let number = state.loads;
        state.load = Some(Load {
            number,
            process: process::id(),
            began: Instant::now(),
        });
        let inner = Arc::clone(&self.0);
        let thread = thread::Builder::new().name("mss-credentials".to_owned());
        let spawned = thread.spawn(move || {
            let result = inner.ask();
            inner.lock().settle(number, result);
            inner.changed.notify_all();
        });
        if let Err(error) = spawned {
            let problem = format!("no thread can be started to look for them: {error}");
            state.settle(
                number,
                Err(NotFound::new(Why::Failed(ErrorKind::Connect), problem)),
            );
        }
    }
}

impl Inner {
    fn ask(&self) -> Result<Arc<Ready>, NotFound> {
        let loading = Loading {
            variables: &self.variables,
            fetch: &self.fetch,
            region: self.region.as_deref(),
            deadline: Instant::now() + LOAD_LIMIT,
        };
        IN_SOURCE.set(true);
        let found = catch_unwind(AssertUnwindSafe(|| self.source.0.load(&loading)));
        IN_SOURCE.set(false);
        let found = found.unwrap_or_else(|_| {
            let problem = format!("the source {} panicked", self.source.0.name());
            Err(NotFound::new(Why::Invalid, problem))
        })?;
        self.redactor.learn(found.secrets());
        let ready = Ready::new(found, self.algorithm.clone(), OffsetDateTime::now_utc());
        ready.map(Arc::new)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_loading(&self) -> bool {
        self.load
            .is_some_and(|load| load.process == process::id() && load.began.elapsed() < LOAD_LIMIT)
    }

    /// Takes an answer in. One that was given up long ago may still be good.
    fn settle(&mut self, number: u64, result: Result<Arc<Ready>, NotFound>) {
        let is_awaited = self.load.is_some_and(|load| load.number == number);
        if !is_awaited {
            return;
        }
        self.load = None;
        self.ended += 1;
        self.refresh_after = Some(Instant::now() + REFRESH_PAUSE);
        match result {
            Ok(ready) => {
                if !ready.is_due(OffsetDateTime::now_utc()) {
                    self.refresh_after = None;
                }
                self.current = Some(ready);
                self.failure = None;
            }
            Err(failure) => {
                if self.current.is_some() {
                    log::warn!("no new credentials: {}", failure.problem);
                }
                self.failure = Some(failure);
            }
        }
    }
}
