//! Ending the command early: the first signal asks for it, the second one insists.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

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
    /// What to say of an end without notice; none while nothing needs an orderly end.
    in_order: Option<String>,
    /// What it would leave open, by number of the file.
    left_open: BTreeMap<usize, String>,
    /// Nobody waits for stdin any more.
    stdin_is_done: bool,
}

/// What has to follow from a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// The command has been told, and ends by itself in an orderly way.
    Stopping,
    /// The process has to end now. The texts say what stays open; there may be none.
    EndNow(Vec<String>),
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
        match &state.in_order {
            Some(_) if state.signals == 1 => Reaction::Stopping,
            _ if !state.left_open.is_empty() => {
                Reaction::EndNow(state.left_open.values().cloned().collect())
            }
            text => {
                let text = text.iter().filter(|text| !text.is_empty());
                Reaction::EndNow(text.cloned().collect())
            }
        }
    }

    /// From here on the command ends by itself when asked to. `left_open` says what stays open
    /// if it has to end at once; the latest text counts.
    pub(crate) fn in_order(&self, left_open: impl Into<String>) {
        self.state().in_order = Some(left_open.into());
    }

    /// The same for one of several files; an empty text means that it has come to its end.
    pub(crate) fn file_left_open(&self, index: usize, text: String) {
        let mut state = self.state();
        if text.is_empty() {
            state.left_open.remove(&index);
        } else {
            state.left_open.insert(index, text);
        }
    }

    /// Ends a read of stdin that waits for more, and all that would follow.
    pub(crate) fn leave_stdin(&self) {
        self.state().stdin_is_done = true;
    }

    pub(crate) fn has_left_stdin(&self) -> bool {
        self.state().stdin_is_done
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
        assert_eq!(stop.signal(), Reaction::EndNow(Vec::new()));
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
        let left_open = vec!["file f is open".to_owned()];
        assert_eq!(stop.signal(), Reaction::EndNow(left_open));
    }

    #[test]
    fn of_several_files_those_are_told_that_have_not_come_to_their_end() {
        let stop = Stop::new();
        stop.in_order("no file was under way");
        for index in [3, 1, 2] {
            stop.file_left_open(index, format!("file {index} is open"));
        }
        stop.file_left_open(1, String::new());
        assert_eq!(stop.signal(), Reaction::Stopping);
        let left_open = vec!["file 2 is open".to_owned(), "file 3 is open".to_owned()];
        assert_eq!(stop.signal(), Reaction::EndNow(left_open));
    }
}
