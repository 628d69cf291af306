//! What has to be another one in the child of a fork.
//!
//! A fork copies the memory, but of the threads only the one that forks. A lock that another
//! thread held stays locked in the child for ever, what others were doing there never ends, and
//! the sockets are the parent's. So whatever threads share is kept in a [`PerProcess`]. Which
//! process this is costs a system call, which is made once for each call; in between, a number in
//! memory tells.

use std::{
    cell::Cell,
    fmt,
    ops::{Deref, DerefMut},
    process,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use once_cell::race::OnceBox;

/// The id of the process that looked last, in the lower half; in the upper half how many times
/// that was another one.
static CURRENT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Where the call of this thread began.
    static BEGAN: Cell<Option<u64>> = const { Cell::new(None) };
}

/// So often, with that pause, a parent's value is tried to be had. Another thread of the child may
/// be at it; a thread of the parent never ends.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_micros(250);

/// A value behind a lock. The child of a fork gets its own, behind a lock that nobody holds.
///
/// The lock must not be held while anything waits. That this is another process is only noticed by
/// [`begin`] and [`note`].
pub struct PerProcess<T> {
    first: OnceBox<Generation<T>>,
}

struct Generation<T> {
    of: u64,
    value: Mutex<T>,
    changed: Condvar,
    next: OnceBox<Generation<T>>,
}

/// The value, locked.
pub struct Locked<'a, T> {
    value: MutexGuard<'a, T>,
    changed: &'a Condvar,
}

impl<T> PerProcess<T> {
    /// One whose value is made when it is first needed.
    pub const fn new() -> Self {
        Self {
            first: OnceBox::new(),
        }
    }

    /// One with a value.
    pub fn holding(value: T) -> Self {
        Self {
            first: OnceBox::with_value(Box::new(Generation::new(current(), value))),
        }
    }

    /// Locks the value of this process. `inherit` makes it where there is none yet: out of the
    /// parent's, which nobody uses here any more. There is no parent's for the first value of all,
    /// and where one of the parent's threads held it at the moment of the fork.
    pub fn lock(&self, inherit: impl Fn(Option<&mut T>) -> T) -> Locked<'_, T> {
        let process = current();
        let mut generation = self
            .first
            .get_or_init(|| Box::new(Generation::new(process, inherit(None))));
        while let Some(next) = generation.next.get() {
            generation = next;
        }
        if generation.of != process {
            generation = generation.in_child(process, inherit);
        }
        Locked {
            value: unpoisoned(generation.value.lock()),
            changed: &generation.changed,
        }
    }
}

impl<T> Generation<T> {
    fn new(of: u64, value: T) -> Self {
        Self {
            of,
            value: Mutex::new(value),
            changed: Condvar::new(),
            next: OnceBox::new(),
        }
    }

    /// The child's. The parent's stays in memory: a call that forked in its middle may still hold
    /// on to it.
    fn in_child(&self, process: u64, inherit: impl Fn(Option<&mut T>) -> T) -> &Self {
        for _ in 0..TRIES {
            let mut parents = match self.value.try_lock() {
                Ok(value) => value,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            let inherited = || Box::new(Self::new(process, inherit(Some(&mut parents))));
            return self.next.get_or_init(inherited);
        }
        self.next
            .get_or_init(|| Box::new(Self::new(process, inherit(None))))
    }
}

impl<T> Locked<'_, T> {
    /// Lets go of the value and returns when somebody has changed it, or after this time.
    pub fn wait(self, time: Duration) {
        drop(unpoisoned(self.changed.wait_timeout(self.value, time)));
    }

    /// Wakes all who wait for a change.
    pub fn notify_all(&self) {
        self.changed.notify_all();
    }
}

/// A panic of another call can't have left a value half changed: nothing that panics runs under
/// these locks.
fn unpoisoned<T>(locked: Result<T, PoisonError<T>>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

/// A call of this thread that is under way until this is dropped.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct Begun {
    before: Option<u64>,
}

/// Begins a call: looks which process this is. One that is made for another call that is under way
/// on this thread is a part of it.
pub(crate) fn enter() -> Begun {
    let now = look();
    let before = BEGAN.get();
    BEGAN.set(before.or(Some(now)));
    Begun { before }
}

/// Begins a call of its own, even in the middle of another one: one that a handler makes.
pub fn begin() -> Begun {
    Begun {
        before: BEGAN.replace(Some(look())),
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        BEGAN.set(self.before);
    }
}

/// Whether the call of this thread began in a parent of this process. The parent goes on with it,
/// over the same connection, so nothing more may be sent for it here.
pub(crate) fn came_between() -> bool {
    BEGAN.get().is_some_and(|began| began != current())
}

/// Why a call ends before its time.
pub(crate) fn why_ended() -> &'static str {
    if came_between() {
        "the process was forked in the middle of this call, which goes on in the parent alone"
    } else {
        "cancelled by the caller"
    }
}

/// Takes note that this is the child of a fork. For those who are told of it at once, since a call
/// may be under way on this thread.
pub fn note() {
    look();
}

/// This process, by a number that no other has which shares memory with it or its parents.
fn look() -> u64 {
    let id = u64::from(process::id());
    let mut known = CURRENT.load(Ordering::Acquire);
    while known & u64::from(u32::MAX) != id {
        let new = ((known >> 32) + 1) << 32 | id;
        match CURRENT.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return new,
            Err(changed) => known = changed,
        }
    }
    known
}

fn current() -> u64 {
    match CURRENT.load(Ordering::Acquire) {
        0 => look(),
        known => known,
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Locked<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerProcess")
    }
}
