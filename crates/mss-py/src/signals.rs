//! Python's signals while a call waits.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
};

use mss_http::CallOptions;
use pyo3::{intern, prelude::*};

/// What a signal's handler raised while a call waited.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Options that let Python's handlers run while a call waits, and end the call when one of
    /// them raises.
    pub(crate) fn watch(&self) -> CallOptions {
        let raised = self.clone();
        CallOptions::new().cancel_when(move || raised.check())
    }

    fn check(&self) -> bool {
        #[allow(clippy::redundant_closure_for_method_calls)] // the lifetimes want the closure
        let checked = Python::attach(|py| py.check_signals());
        match checked {
            Ok(()) => false,
            Err(error) => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                true
            }
        }
    }
}

/// Whether this is the thread in which Python runs signal handlers. Only there is a call to be
/// interrupted, so other threads are spared the question.
pub(crate) fn on_main_thread(py: Python<'_>) -> PyResult<bool> {
    thread_local! {
        static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
    }
    if let Some(known) = IS_MAIN.get() {
        return Ok(known);
    }
    let threading = py.import(intern!(py, "threading"))?;
    let main = threading.call_method0(intern!(py, "main_thread"))?;
    let main = main.getattr(intern!(py, "ident"))?;
    let is_main = threading.call_method0(intern!(py, "get_ident"))?.eq(main)?;
    IS_MAIN.set(Some(is_main));
    Ok(is_main)
}
