//! Ending a call early.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

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
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), whose outcome says what that means.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// A handle that hasn't been used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all calls that have this handle, now and later.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`CancelHandle::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

type Hook = Arc<dyn Fn() -> bool + Send + Sync>;

/// Everything that can end a call early. Asked at least every 100 ms while a call waits, on the
/// thread that makes the call.
#[derive(Clone, Default)]
pub(crate) struct Interrupt {
    handle: Option<CancelHandle>,
    hook: Option<Hook>,
}

impl Interrupt {
    pub(crate) fn set_handle(&mut self, handle: &CancelHandle) {
        self.handle = Some(handle.clone());
    }

    pub(crate) fn set_hook(&mut self, hook: Hook) {
        self.hook = Some(hook);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.handle.as_ref().is_some_and(CancelHandle::is_cancelled)
            || self.hook.as_ref().is_some_and(|hook| hook())
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
