//! Ending the command early: the first signal asks for it, the second one insists.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use mss_http::CancelHandle;

/// Carries signals to the command that runs. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancel: CancelHandle,
    state: Mutex<State>,
    signalled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    signals: u32,
    /// What an end without notice would leave open; none while nothing needs an orderly end.
    left_open: Option<String>,
}

/// What has to follow from a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// The command has been told, and ends by itself in an orderly way.
    Stopping,
    /// The process has to end now. The text says what stays open; it may be empty.
    EndNow(String),
}

impl Stop {
    /// No signal has come yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells that a signal to end has come.
    pub fn signal(&self) -> Reaction {
        let mut state = self.state();
        state.signals += 1;
        self.0.cancel.cancel();
        self.0.signalled.notify_all();
        match &state.left_open {
            Some(_) if state.signals == 1 => Reaction::Stopping,
            left_open => Reaction::EndNow(left_open.clone().unwrap_or_default()),
        }
    }

    /// From here on the command ends by itself when asked to. `left_open` says what stays open
    /// if it has to end at once; the latest text counts.
    pub(crate) fn in_order(&self, left_open: impl Into<String>) {
        self.state().left_open = Some(left_open.into());
    }

    /// Cancels the calls under way once a signal has come.
    pub(crate) fn cancel_handle(&self) -> &CancelHandle {
        &self.0.cancel
    }

    /// Blocks until a signal has come.
    pub(crate) fn wait(&self) {
        let mut state = self.state();
        while state.signals == 0 {
            let waited = self.0.signalled.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_work_that_needs_an_orderly_end_the_first_signal_ends_it() {
        let stop = Stop::new();
        assert_eq!(stop.signal(), Reaction::EndNow(String::new()));
    }

    #[test]
    fn the_second_signal_says_what_was_open_last() {
        let stop = Stop::new();
        stop.in_order("nothing was sent");
        stop.in_order("file f is open");
        assert!(!stop.cancel_handle().is_cancelled());
        assert_eq!(stop.signal(), Reaction::Stopping);
        assert!(stop.cancel_handle().is_cancelled());
        stop.wait();
        assert_eq!(stop.signal(), Reaction::EndNow("file f is open".into()));
    }
}
