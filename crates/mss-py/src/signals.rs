//! Python's signals while a call waits.

use std::{
    cell::{Cell, RefCell},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pyo3::{intern, prelude::*};

/// What Python code raised while a call waited: a signal's handler, most often.
#[derive(Clone)]
pub(crate) struct Raised {
    state: Arc<Mutex<State>>,
    /// Whether the call is the main thread's, in which signal handlers run.
    runs_handlers: bool,
}

#[derive(Default)]
struct State {
    exception: Option<PyErr>,
    /// Something was raised that has ended nothing yet.
    pending: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

/// Ends the watch over this thread's call. A handler may itself make a call, in the middle of the
/// one that let it run, so the one before comes back.
pub(crate) struct Watched {
    before: Option<Raised>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        CURRENT.replace(self.before.take());
    }
}

impl Raised {
    /// For a call of this thread.
    pub(crate) fn on_this_thread(py: Python<'_>) -> PyResult<Self> {
        Ok(Self {
            state: Arc::default(),
            runs_handlers: on_main_thread(py)?,
        })
    }

    /// Makes this the place where [`raise_in_call`] and [`end_call`] leave an exception on this
    /// thread.
    pub(crate) fn enter(&self) -> Watched {
        Watched {
            before: CURRENT.replace(Some(self.clone())),
        }
    }

    pub(crate) fn take(&self) -> Option<PyErr> {
        self.lock().exception.take()
    }

    /// Whether the call is going to end because of an exception.
    pub(crate) fn is_raised(&self) -> bool {
        self.lock().exception.is_some()
    }

    /// Lets Python's handlers run; whether something was raised since this was asked last, by
    /// them or by other code.
    pub(crate) fn check(&self) -> bool {
        if self.runs_handlers {
            #[allow(clippy::redundant_closure_for_method_calls)] // the lifetimes want the closure
            let checked = Python::attach(|py| py.check_signals());
            if let Err(error) = checked {
                self.put(error);
            }
        }
        mem::take(&mut self.lock().pending)
    }

    /// The first exception counts: it is the one that ends the call. A later one ends what the
    /// call still does to clean up.
    pub(crate) fn put(&self, error: PyErr) {
        let mut state = self.lock();
        state.pending = true;
        let surplus = if state.exception.is_some() {
            Some(error)
        } else {
            state.exception = Some(error);
            None
        };
        drop(state);
        // Its end may run Python code, so not under the lock.
        drop(surplus);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has this thread's call raise what Python code that ran for it has raised: it may come from a
/// signal's handler, and a Ctrl-C must not get lost. Where no handler runs it is only reported.
pub(crate) fn raise_in_call(py: Python<'_>, error: PyErr) {
    match CURRENT.with_borrow(Clone::clone) {
        Some(raised) if raised.runs_handlers => raised.put(error),
        _ => error.write_unraisable(py, None),
    }
}

/// Has this thread's call end with what Python code that ran for it has raised. The threads of a
/// batch have no call of their own: there it is only reported.
pub(crate) fn end_call(py: Python<'_>, error: PyErr) {
    match CURRENT.with_borrow(Clone::clone) {
        Some(raised) => raised.put(error),
        None => error.write_unraisable(py, None),
    }
}

/// Whether this is the thread in which Python runs signal handlers. Only there is a call to be
/// interrupted, so other threads are spared the question.
fn on_main_thread(py: Python<'_>) -> PyResult<bool> {
    thread_local! {
        // With the process, for after a fork the thread that forked is the main one.
        static IS_MAIN: Cell<Option<(u32, bool)>> = const { Cell::new(None) };
    }
    let process = std::process::id();
    if let Some((known_in, is_main)) = IS_MAIN.get()
        && known_in == process
    {
        return Ok(is_main);
    }
    let threading = py.import(intern!(py, "threading"))?;
    let main = threading.call_method0(intern!(py, "main_thread"))?;
    let is_same = |own, of_main| {
        let of_main = main.getattr(of_main)?;
        threading.call_method0(own)?.eq(of_main)
    };
    // To gevent, each greenlet is a thread; to the system, which knows where signals go, it isn't.
    // After a fork from another thread, Python 3.11 knows the new thread by its own id only.
    let is_main = is_same(intern!(py, "get_ident"), intern!(py, "ident"))?
        || is_same(intern!(py, "get_native_id"), intern!(py, "native_id"))?;
    IS_MAIN.set(Some((process, is_main)));
    Ok(is_main)
}
