//! A call, as it looks to the interpreter.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use mss_http::{
    CallOptions, CancelHandle, Client, Error,
    fork::{self, Begun, Locked, PerProcess},
};
use pyo3::prelude::*;

use crate::{cancel, raise, signals::Raised};

/// What cancelled calls get to tell the service about their files.
const LEAVING: Duration = Duration::from_secs(5);

/// How often who waits for them lets signal handlers run.
const TICK: Duration = Duration::from_millis(50);

/// The calls of one client that are under way.
#[derive(Default)]
pub(crate) struct Calls {
    under_way: PerProcess<Vec<Arc<UnderWay>>>,
}

struct UnderWay {
    thread: ThreadId,
    /// The client's block was left by an exception. True until the call has noticed.
    is_left: AtomicBool,
}

/// A call that is under way until this is dropped.
pub(crate) struct Entered<'c> {
    calls: &'c Calls,
    call: Arc<UnderWay>,
    _begun: Begun,
}

impl Calls {
    pub(crate) fn enter(&self) -> Entered<'_> {
        let begun = fork::begin();
        let call = Arc::new(UnderWay {
            thread: thread::current().id(),
            is_left: AtomicBool::new(false),
        });
        self.under_way().push(Arc::clone(&call));
        Entered {
            calls: self,
            call,
            _begun: begun,
        }
    }

    /// Cancels the calls of other threads and waits until they have ended, up to five seconds.
    /// A call of this thread waits for this one, so it can't be waited for.
    pub(crate) fn cancel_others(&self, py: Python<'_>) -> PyResult<()> {
        let here = thread::current().id();
        for call in self.under_way().iter().filter(|it| it.thread != here) {
            call.is_left.store(true, Ordering::Relaxed);
        }
        let end = Instant::now() + LEAVING;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if py.detach(|| self.others_end_within(here, left.min(TICK))) || left.is_zero() {
                return Ok(());
            }
            py.check_signals()?;
        }
    }

    fn others_end_within(&self, here: ThreadId, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            let calls = self.under_way();
            if calls.iter().all(|it| it.thread == here) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            calls.wait(left);
        }
    }

    /// The threads of a parent's calls don't exist in the child of a fork.
    fn under_way(&self) -> Locked<'_, Vec<Arc<UnderWay>>> {
        self.under_way.lock(|_| Vec::new())
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut calls = self.calls.under_way();
        calls.retain(|it| !Arc::ptr_eq(it, &self.call));
        calls.notify_all();
    }
}

/// What can end a call early.
pub(crate) struct Ends {
    call: Arc<UnderWay>,
    raised: Raised,
}

impl Ends {
    /// Lets signal handlers run, so to be asked by the call's own thread; whether the call is to
    /// end.
    pub(crate) fn check(&self) -> bool {
        self.call.is_left.swap(false, Ordering::Relaxed) || self.raised.check()
    }
}

impl Entered<'_> {
    /// What can end this call early, `raised` among it.
    pub(crate) fn ends(&self, raised: &Raised) -> Ends {
        Ends {
            call: Arc::clone(&self.call),
            raised: raised.clone(),
        }
    }

    /// Makes the call without the interpreter's lock. It ends early when the client's block is
    /// left, by `cancel`, and when Python code that runs for it raises; signal handlers are such
    /// code, on the main thread. What was raised has then to be raised in the result's place.
    pub(crate) fn run<R: Send>(
        &self,
        py: Python<'_>,
        client: &Client,
        raised: &Raised,
        cancel: Option<&CancelHandle>,
        work: impl FnOnce(&Client) -> Result<R, Error> + Send,
    ) -> (Option<PyErr>, Result<R, Error>) {
        let ends = self.ends(raised);
        let mut options = CallOptions::new().cancel_when(move || ends.check());
        let in_force = cancel::in_force();
        for handle in cancel.into_iter().chain(&in_force) {
            options = options.cancel(handle);
        }
        let client = match client.with_options(options) {
            Ok(client) => client,
            Err(error) => return (None, Err(error)),
        };
        let watched = raised.enter();
        let result = py.detach(|| work(&client));
        drop(watched);
        (raised.take(), result)
    }

    /// Makes a call of which nothing but its result matters.
    pub(crate) fn make<R: Send>(
        &self,
        py: Python<'_>,
        client: &Client,
        work: impl FnOnce(&Client) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        let raised = Raised::on_this_thread(py)?;
        match self.run(py, client, &raised, None, work) {
            (Some(exception), Err(error)) => {
                exception.set_cause(py, Some(raise::error(py, &error)));
                Err(exception)
            }
            (Some(exception), Ok(_)) => {
                exception.set_cause(py, Some(raise::done_already(py)));
                Err(exception)
            }
            (None, result) => result.map_err(|error| raise::error(py, &error)),
        }
    }
}
