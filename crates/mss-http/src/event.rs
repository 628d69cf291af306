//! What a user's hook is told of each attempt.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use mss_core::Outcome;

use crate::ErrorKind;

/// One attempt of a call, once it is over and judged. Without secrets: no URL, no header, nothing
/// of what the server said but its code and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptEvent<'a> {
    /// The vendor's name of the call, such as `ConfirmFileUpload`; `PutContent` and `PutPart` for
    /// the contents of files.
    pub operation: &'static str,
    /// What the call is about: a file's or an asset's id, or a name before there is an id.
    pub subject: Option<&'a str>,
    /// Number of the attempt within its call, from 1.
    pub attempt: u32,
    /// Status of the answer, where one came.
    pub status: Option<u16>,
    /// Error code of the answer.
    pub error_code: Option<&'a str>,
    /// The server's id of the request.
    pub request_id: Option<&'a str>,
    /// How long the attempt took, waiting for credentials included.
    pub duration: Duration,
    /// What this attempt alone says about the call.
    pub outcome: Outcome,
    /// Why it failed; none for a success.
    pub error: Option<ErrorKind>,
    /// How long the client waits before the next attempt; none when this was the last one.
    pub retry_in: Option<Duration>,
}

type Hook = dyn Fn(&AttemptEvent<'_>) + Send + Sync;

/// The hook of a client, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Hook>>);

thread_local! {
    /// The hooks that run on this thread: what they do themselves isn't told to them.
    static RUNNING: RefCell<Vec<Arc<Hook>>> = const { RefCell::new(Vec::new()) };
}

impl Observer {
    pub(crate) fn new(hook: impl Fn(&AttemptEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Whether events are worth the trouble of being made.
    pub(crate) fn is_watching(&self) -> bool {
        self.0.is_some()
    }

    /// Whether this is a call that the hook makes.
    pub(crate) fn is_running_here(&self) -> bool {
        let is_running =
            |hook| RUNNING.with_borrow(|all| all.iter().any(|it| Arc::ptr_eq(it, hook)));
        self.0.as_ref().is_some_and(is_running)
    }

    /// Tells the hook. A call ends as it would without one, so a panic ends here.
    pub(crate) fn tell(&self, event: &AttemptEvent<'_>) {
        let Some(hook) = &self.0 else { return };
        if self.is_running_here() {
            return;
        }
        RUNNING.with_borrow_mut(|all| all.push(Arc::clone(hook)));
        let told = catch_unwind(AssertUnwindSafe(|| hook(event)));
        RUNNING.with_borrow_mut(Vec::pop);
        if told.is_err() {
            log::error!("{}: the on_attempt hook panicked", event.operation);
        }
    }
}
