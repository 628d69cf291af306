//! Places on the line.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::interrupt::Interrupt;

/// How often who waits asks whether the wait was cancelled.
const TICK: Duration = Duration::from_millis(50);

/// So many files may be on the line at a time.
pub(super) struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

/// A place on the line; given back when dropped.
pub(super) struct Turn<'a>(Option<&'a Turns>);

impl Turns {
    pub(super) fn new(places: usize) -> Self {
        Self {
            free: Mutex::new(places),
            given_back: Condvar::new(),
        }
    }

    /// Waits for a place. Who is cancelled meanwhile goes on without one, to its end.
    pub(super) fn take(&self, interrupt: &Interrupt) -> Turn<'_> {
        let mut free = self.free();
        while *free == 0 {
            if interrupt.is_raised() {
                return Turn(None);
            }
            let waited = self.given_back.wait_timeout(free, TICK);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= 1;
        Turn(Some(self))
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(turns) = self.0 {
            *turns.free() += 1;
            turns.given_back.notify_one();
        }
    }
}
