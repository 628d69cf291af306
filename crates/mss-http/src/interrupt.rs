//! Ending a call early.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::fork;

/// Cancels the calls that it was given to, from any thread; other calls go on undisturbed.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mss_http::{CallOptions, CancelHandle, Client};
///
/// let cancel = CancelHandle::new();
/// let client = Client::builder().region("cn-north-4").build()?;
/// let client = client.with_options(CallOptions::new().cancel(&cancel))?;
/// // in another thread: cancel.cancel();
/// # Ok(()) }
/// ```
///
/// A call notices within 100 ms and ends with an error of kind
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), whose outcome says what that means. An
/// upload then still tells the service that its file is CANCELLED, which may take 5 s; cancelling
/// once more ends that too.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicU32>);

impl CancelHandle {
    /// A handle that hasn't been used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all calls that have this handle, now and later.
    pub fn cancel(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether [`CancelHandle::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.times() > 0
    }

    fn times(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
}

type Hook = Arc<dyn Fn() -> bool + Send + Sync>;

/// Everything that can end a call early. Asked at least every 100 ms while a call waits, on the
/// thread that makes the call.
#[derive(Clone, Default)]
pub(crate) struct Interrupt {
    handles: Vec<CancelHandle>,
    hook: Option<Hook>,
    /// What was raised already, when only what is raised anew counts.
    answered: Option<Answered>,
}

/// Interrupts that have had their effect, or may not have any.
#[derive(Clone)]
struct Answered {
    /// So many uses of the handles.
    times: u32,
    /// Where the hook stands: one of the values below.
    hook: Arc<AtomicU8>,
}

/// The hook hasn't said yes so far, and its first yes changes nothing.
const WAITING: u8 = 0;
/// It has said yes. A hook that looks at a flag goes on saying so for the same reason.
const ANSWERED: u8 = 1;
/// It has said no since, so its next yes is a new one.
const QUIET: u8 = 2;

impl Interrupt {
    /// For what is still to be done after a failure. If that was a cancelling, only a new one ends
    /// it; otherwise the first cancelling asks for nothing but what is being done.
    pub(crate) fn for_cleaning_up(&self, was_cancelled: bool) -> Self {
        let times = self.times();
        let (times, hook) = if was_cancelled {
            (times, ANSWERED)
        } else {
            (times.max(1), WAITING)
        };
        let hook = Arc::new(AtomicU8::new(hook));
        Self {
            answered: Some(Answered { times, hook }),
            ..self.clone()
        }
    }

    pub(crate) fn add_handle(&mut self, handle: &CancelHandle) {
        self.handles.push(handle.clone());
    }

    pub(crate) fn set_hook(&mut self, hook: Hook) {
        self.hook = Some(hook);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.is_raised_here() || fork::came_between()
    }

    fn is_raised_here(&self) -> bool {
        let times = self.times();
        let hook_says_yes = || self.hook.as_ref().is_some_and(|hook| hook());
        let Some(answered) = &self.answered else {
            return times > 0 || hook_says_yes();
        };
        if times > answered.times {
            return true;
        }
        let before = answered.hook.load(Ordering::Relaxed);
        let (now, is_raised) = match (before, hook_says_yes()) {
            (QUIET, true) => (QUIET, true),
            (WAITING, true) => (ANSWERED, false),
            (ANSWERED, false) => (QUIET, false),
            (unchanged, _) => (unchanged, false),
        };
        answered.hook.store(now, Ordering::Relaxed);
        is_raised
    }

    fn times(&self) -> u32 {
        self.handles.iter().map(CancelHandle::times).sum()
    }

    /// Sleeps in ticks; `false` when it was ended early.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            if self.is_raised() {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupt")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn cleaning_up_is_ended_by_a_new_use_of_the_handle_only() {
        let handle = CancelHandle::new();
        let mut interrupt = Interrupt::default();
        interrupt.add_handle(&handle);
        assert!(!interrupt.is_raised());
        handle.cancel();
        assert!(interrupt.is_raised());
        let cleaning_up = interrupt.for_cleaning_up(true);
        assert!(!cleaning_up.is_raised());
        handle.cancel();
        assert!(cleaning_up.is_raised() && cleaning_up.is_raised());
    }

    #[test]
    fn cleaning_up_is_ended_by_a_hook_that_said_no_in_between() {
        let flag = Arc::new(AtomicBool::new(true));
        let mut interrupt = Interrupt::default();
        let seen = Arc::clone(&flag);
        interrupt.set_hook(Arc::new(move || seen.load(Ordering::Relaxed)));
        let cleaning_up = interrupt.for_cleaning_up(true);
        assert!(interrupt.is_raised() && !cleaning_up.is_raised());
        flag.store(false, Ordering::Relaxed);
        assert!(!cleaning_up.is_raised());
        flag.store(true, Ordering::Relaxed);
        assert!(cleaning_up.is_raised());
    }

    #[test]
    fn cleaning_up_after_another_failure_is_not_ended_by_the_first_cancelling() {
        let handle = CancelHandle::new();
        let mut interrupt = Interrupt::default();
        interrupt.add_handle(&handle);
        let cleaning_up = interrupt.for_cleaning_up(false);
        handle.cancel();
        assert!(interrupt.is_raised() && !cleaning_up.is_raised());
        handle.cancel();
        assert!(cleaning_up.is_raised());

        let flag = Arc::new(AtomicBool::new(false));
        let mut interrupt = Interrupt::default();
        let seen = Arc::clone(&flag);
        interrupt.set_hook(Arc::new(move || seen.load(Ordering::Relaxed)));
        let cleaning_up = interrupt.for_cleaning_up(false);
        for (yes, is_raised) in [(false, false), (true, false), (false, false), (true, true)] {
            flag.store(yes, Ordering::Relaxed);
            assert_eq!(cleaning_up.is_raised(), is_raised);
        }
    }
}
