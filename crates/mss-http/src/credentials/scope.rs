//! Which sources are being asked on a thread.

use std::cell::RefCell;

thread_local! {
    static ASKED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The sources that wait for what this thread does. One that needs the answer of one of them would
/// wait for ever, and is refused.
///
/// A callback that goes on in another thread takes it along:
///
/// ```
/// use mss_http::SourceScope;
///
/// let scope = SourceScope::current();
/// std::thread::spawn(move || {
///     let _entered = scope.enter();
///     // ... what the callback does
/// });
/// ```
#[derive(Debug, Clone, Default)]
pub struct SourceScope(Vec<usize>);

/// Ends a scope when it is dropped.
#[derive(Debug)]
pub struct EnteredScope {
    before: Vec<usize>,
}

impl SourceScope {
    /// That of this thread.
    pub fn current() -> Self {
        Self(ASKED.with_borrow(Clone::clone))
    }

    /// Makes it this thread's, until the guard is dropped.
    pub fn enter(self) -> EnteredScope {
        EnteredScope {
            before: ASKED.replace(self.0),
        }
    }

    /// The same with one more.
    pub(super) fn with(mut self, source: usize) -> Self {
        self.0.push(source);
        self
    }

    pub(super) fn holds(source: usize) -> bool {
        ASKED.with_borrow(|asked| asked.contains(&source))
    }
}

impl Drop for EnteredScope {
    fn drop(&mut self) {
        ASKED.set(std::mem::take(&mut self.before));
    }
}
