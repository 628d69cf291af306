//! What can end a batch before its time: what ends the call that waits for a result, and what the
//! items raise.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pyo3::{exceptions::PyException, prelude::*};

use crate::call::Ends;

#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Of the call that waits for a result.
    ends: Option<Arc<Ends>>,
    /// What the items have raised.
    broken: Option<PyErr>,
    /// It is nothing that could wait until the calls under way have ended: a Ctrl-C.
    is_urgent: bool,
    is_told: bool,
}

impl Watch {
    /// Whether the batch is to end. Asked by the thread that waits.
    pub(super) fn check(&self) -> bool {
        let ends = {
            let mut state = self.state();
            if state.is_urgent && !mem::replace(&mut state.is_told, true) {
                return true;
            }
            state.ends.clone()
        };
        // Handlers run in here, so not under the lock.
        ends.is_some_and(|it| it.check())
    }

    pub(super) fn set(&self, ends: Option<Ends>) {
        self.state().ends = ends.map(Arc::new);
    }

    /// Keeps what the items have raised; there will be no more of them.
    pub(super) fn break_off(&self, py: Python<'_>, error: PyErr) {
        let is_urgent = !error.is_instance_of::<PyException>(py);
        let mut state = self.state();
        state.is_urgent = is_urgent;
        state.broken = Some(error);
    }

    /// What the items have raised.
    pub(super) fn take_broken(&self) -> Option<PyErr> {
        self.state().broken.take()
    }

    /// What the items have raised, if it can't wait.
    pub(super) fn take_urgent(&self) -> Option<PyErr> {
        let mut state = self.state();
        if state.is_urgent {
            state.broken.take()
        } else {
            None
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
