//! Tells that the server's thread is done.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

#[derive(Default)]
pub(crate) struct Ended {
    done: Mutex<bool>,
    changed: Condvar,
}

impl Ended {
    /// A guard whose drop is the announcement, so that a panic announces too.
    pub(crate) fn announce(this: &Arc<Self>) -> impl Drop + Send + use<> {
        Announce(Arc::clone(this))
    }

    pub(crate) fn wait(&self) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let _done = self
            .changed
            .wait_while(done, |done| !*done)
            .unwrap_or_else(PoisonError::into_inner);
    }

    /// Whether the end came within `limit`.
    pub(crate) fn wait_at_most(&self, limit: Duration) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, _) = self
            .changed
            .wait_timeout_while(done, limit, |done| !*done)
            .unwrap_or_else(PoisonError::into_inner);
        *done
    }
}

struct Announce(Arc<Ended>);

impl Drop for Announce {
    fn drop(&mut self) {
        *self.0.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}
