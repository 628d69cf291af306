//! Keeps what a source has found, and asks it again in time.
//!
//! A source is asked on a thread of its own, by whoever needs credentials first; all others wait
//! for the same answer. While old credentials last they are used, and nobody waits. So a source
//! that hangs holds nobody beyond his deadline, and Ctrl-C works.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mss_core::signing::Algorithm;

use super::{CredentialSource, Fetch, Loading, NotFound, Ready, SourceScope, Variables, Why};
use crate::{
    ErrorKind,
    clock::SharedClock,
    error::Redactor,
    fork::{Locked, PerProcess},
    interrupt::Interrupt,
};

/// How often somebody who waits looks whether the wait was ended.
const TICK: Duration = Duration::from_millis(50);

/// Longest time for one question to a source. Nobody waits that long; but the next one would
/// otherwise wait for an answer that never comes.
const LOAD_LIMIT: Duration = Duration::from_secs(120);

/// When a source is asked again after it gave nothing new, while the old credentials last.
const REFRESH_PAUSE: Duration = Duration::from_secs(15);

/// How soon refused credentials may be renewed again, where no call was accepted in between.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// What a provider shares with its client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub(crate) redactor: Redactor,
    pub(crate) clock: SharedClock,
}

/// How long a call that is held may wait to learn whether the source has other credentials.
const HELD_WAIT: Duration = Duration::from_secs(1);

/// Why other credentials are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// The service says that these have ended.
    Ended,
    /// They were refused.
    Refused,
    /// They were refused before, and nothing is sent with them.
    Held,
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
    around: Around,
    state: PerProcess<State>,
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
        around: Around,
    ) -> Self {
        let inner = Inner {
            source,
            algorithm,
            variables,
            fetch,
            region,
            around,
            state: PerProcess::new(),
        };
        // What was given is checked against what is known of it now.
        drop(inner.lock());
        Self(Arc::new(inner))
    }

    /// Credentials that haven't expired.
    pub(crate) fn get(
        &self,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Arc<Ready>, Unavailable> {
        let now = self.0.around.clock.now();
        let mut state = self.0.lock();
        if let Some(current) = state.current.clone()
            && !current.has_expired(now)
        {
            let rests = state.refresh_after.is_some_and(|at| Instant::now() < at);
            if current.is_due(now) && !rests && !state.is_loading() && !self.is_asked_here() {
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
        why: Renewal,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Option<Arc<Ready>>, Unavailable> {
        let mut state = self.0.lock();
        match &state.current {
            Some(current) if !Arc::ptr_eq(current, refused) => {
                let other = Some(Arc::clone(current));
                return Ok(other.filter(|other| !other.is_same_as(refused)));
            }
            _ => {}
        }
        if !state.is_loading() {
            let is_early = state.renewed.is_some_and(|at| at.elapsed() < RENEWAL_PAUSE);
            // Of credentials that were good until now it is known what is the matter.
            let is_welcome = why == Renewal::Ended && refused.was_accepted();
            if self.0.source.0.given().is_some() || (is_early && !is_welcome) {
                return Ok(None);
            }
            state.renewed = Some(Instant::now());
        }
        let deadline = match why {
            Renewal::Held => deadline.min(Instant::now() + HELD_WAIT),
            Renewal::Ended | Renewal::Refused => deadline,
        };
        let renewed = self.wait_for_load(state, interrupt, deadline)?;
        Ok(Some(renewed).filter(|renewed| !renewed.is_same_as(refused)))
    }

    fn wait_for_load<'a>(
        &'a self,
        mut state: Locked<'a, State>,
        interrupt: &Interrupt,
        deadline: Instant,
    ) -> Result<Arc<Ready>, Unavailable> {
        if self.is_asked_here() {
            return Err(Unavailable::InSource);
        }
        if !state.is_loading() {
            self.start(&mut state);
        }
        let awaited = state.ended;
        let before = state.current.clone();
        loop {
            if state.ended > awaited {
                // A later load may have failed since.
                if let Some(current) = &state.current
                    && before.as_ref().is_none_or(|it| !Arc::ptr_eq(it, current))
                {
                    return Ok(Arc::clone(current));
                }
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
            state.wait(left.min(TICK));
            // The hook may itself make a call, so it is asked without the lock.
            if interrupt.is_raised() {
                return Err(Unavailable::Cancelled);
            }
            state = self.0.lock();
        }
    }

    /// Whether this thread does something that this provider waits for.
    fn is_asked_here(&self) -> bool {
        SourceScope::holds(self.name())
    }

    fn name(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    fn start(&self, state: &mut State) {
        state.loads += 1;
        let number = state.loads;
        state.load = Some(Load {
            number,
            began: Instant::now(),
        });
        let inner = Arc::clone(&self.0);
        let scope = SourceScope::current().with(self.name());
        let thread = thread::Builder::new().name("mss-credentials".to_owned());
        let spawned = thread.spawn(move || {
            let _entered = scope.enter();
            let result = inner.ask();
            let is_due = |ready: &Arc<Ready>| ready.is_due(inner.around.clock.now());
            let is_due = result.as_ref().is_ok_and(is_due);
            let warning = {
                let mut state = inner.lock();
                state.notify_all();
                state.settle(number, result, is_due)
            };
            // Without the lock: whoever takes the record may need credentials for it.
            if let Some(problem) = warning {
                log::warn!("no new credentials: {problem}");
            }
        });
        if let Err(error) = spawned {
            let problem = format!("no thread can be started to look for them: {error}");
            let failure = NotFound::new(Why::Failed(ErrorKind::Connect), problem);
            state.settle(number, Err(failure), false);
        }
    }
}

impl Inner {
    fn ask(&self) -> Result<Arc<Ready>, NotFound> {
        let loading = Loading {
            variables: &self.variables,
            fetch: &self.fetch,
            region: self.region.as_deref(),
            clock: &self.around.clock,
            deadline: Instant::now() + LOAD_LIMIT,
        };
        self.fetch.take_time();
        let found = catch_unwind(AssertUnwindSafe(|| self.source.0.load(&loading)));
        let found = found.unwrap_or_else(|_| {
            let problem = format!("the source {} panicked", self.source.0.name());
            Err(NotFound::new(Why::Invalid, problem))
        })?;
        self.around.redactor.learn(found.secrets());
        // Whoever issued them just now knows the time better than this machine may.
        let told = self.fetch.take_time().filter(|_| found.just_issued);
        let now = told.unwrap_or_else(|| self.around.clock.now());
        let ready = Ready::new(found, self.algorithm.clone(), now);
        ready.map(Arc::new)
    }

    fn lock(&self) -> Locked<'_, State> {
        self.state.lock(|parents| {
            let state = match parents {
                Some(parents) => State {
                    load: None,
                    ..mem::take(parents)
                },
                None => State {
                    current: self.given(),
                    ..State::default()
                },
            };
            // In the child of a fork it may have forgotten them.
            if let Some(current) = &state.current {
                self.around.redactor.learn(current.found.secrets());
            }
            state
        })
    }

    fn given(&self) -> Option<Arc<Ready>> {
        let given = self.source.0.given()?;
        Some(Arc::new(Ready::given(given, self.algorithm.clone())))
    }
}

impl State {
    fn is_loading(&self) -> bool {
        self.load
            .is_some_and(|load| load.began.elapsed() < LOAD_LIMIT)
    }

    /// Takes an answer in, unless it was given up. Returns what is to be warned about: the old
    /// credentials are used on, and why.
    fn settle(
        &mut self,
        number: u64,
        result: Result<Arc<Ready>, NotFound>,
        is_due: bool,
    ) -> Option<String> {
        let is_awaited = self.load.is_some_and(|load| load.number == number);
        if !is_awaited {
            return None;
        }
        self.load = None;
        self.ended += 1;
        match result {
            Ok(ready) => {
                self.refresh_after = is_due.then(|| Instant::now() + REFRESH_PAUSE);
                if let Some(old) = &self.current
                    && old.is_same_as(&ready)
                    && old.was_accepted()
                {
                    ready.note_accepted();
                }
                self.current = Some(ready);
                self.failure = None;
                None
            }
            Err(failure) => {
                self.refresh_after = Some(Instant::now() + REFRESH_PAUSE);
                let warning = self.current.is_some().then(|| failure.problem.clone());
                self.failure = Some(failure);
                warning
            }
        }
    }
}
