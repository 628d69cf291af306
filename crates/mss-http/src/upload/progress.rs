//! How far an upload is.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use super::Stage;

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The stage that it is in.
    pub stage: Stage,
    /// Bytes that the stage has dealt with. It goes back when the stage begins anew.
    pub done: u64,
    /// Bytes that it has to deal with: the size of the content.
    pub total: u64,
}

/// What is told how far an upload is.
pub(super) type ProgressFn<'a> = dyn Fn(Progress) + Sync + 'a;

/// Counts the bytes of one upload, and tells a caller's function about them: at most ten times a
/// second, and only on the thread that made the call.
pub(super) struct Meter<'a> {
    stage: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    told: Option<(&'a ProgressFn<'a>, Mutex<Limiter>, ThreadId)>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(tell: Option<&'a ProgressFn<'a>>) -> Self {
        let here = thread::current().id();
        Self {
            stage: AtomicU8::new(Stage::Inspect as u8),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            told: tell.map(|tell| (tell, Mutex::default(), here)),
        }
    }

    /// A stage begins, or begins anew.
    pub(super) fn begin(&self, stage: Stage, done: u64, total: u64) {
        self.stage.store(stage as u8, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
        self.tell(Weight::Turn);
    }

    pub(super) fn add(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let is_end = before + bytes == self.total.load(Ordering::Relaxed);
        self.tell(if is_end { Weight::Turn } else { Weight::Step });
    }

    /// A part is sent again from its beginning.
    pub(super) fn take_back(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
        self.tell(Weight::Turn);
    }

    /// Tells of what other threads have counted.
    pub(super) fn tick(&self) {
        self.tell(Weight::Step);
    }

    fn tell(&self, weight: Weight) {
        let Some((tell, limiter, caller)) = &self.told else {
            return;
        };
        if thread::current().id() != *caller {
            return;
        }
        // Not locked while the function runs: it may look at the client again.
        let may_tell = {
            let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
            limiter.allows(Instant::now(), weight)
        };
        if may_tell {
            tell(self.progress());
        }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            stage: Stage::ALL[usize::from(self.stage.load(Ordering::Relaxed))],
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Weight {
    /// More of the same.
    Step,
    /// A stage's beginning or end, which goes before.
    Turn,
}

/// Ten calls within any second, of which some are kept for turns.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    calls: [Option<Instant>; 10],
    next: usize,
}

const SECOND: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);
const KEPT_FOR_TURNS: usize = 3;

impl Limiter {
    pub(super) fn allows(&mut self, now: Instant, weight: Weight) -> bool {
        let is_recent = |at: &&Instant| now.saturating_duration_since(**at) < SECOND;
        let recent = self.calls.iter().flatten().filter(is_recent).count();
        let last = self.calls.iter().flatten().max();
        let allowed = match weight {
            Weight::Turn => recent < self.calls.len(),
            Weight::Step => {
                recent < self.calls.len() - KEPT_FOR_TURNS
                    && last.is_none_or(|last| now.saturating_duration_since(*last) >= STEP)
            }
        };
        if allowed {
            self.calls[self.next] = Some(now);
            self.next = (self.next + 1) % self.calls.len();
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_ten_calls_and_turns_go_before() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        let mut told: Vec<Instant> = Vec::new();
        for millisecond in 0..10_000_u64 {
            let now = start + Duration::from_millis(millisecond);
            let is_turn = millisecond % 470 == 0;
            let weight = if is_turn { Weight::Turn } else { Weight::Step };
            let allowed = limiter.allows(now, weight);
            assert!(
                allowed || !is_turn,
                "a turn at {millisecond} ms was kept back"
            );
            told.extend(allowed.then_some(now));
        }
        for from in &told {
            let within = told
                .iter()
                .filter(|it| **it >= *from && **it < *from + SECOND);
            assert!(within.count() <= 10);
        }
        assert!(told.len() > 60, "{} calls in ten seconds", told.len());
    }

    #[test]
    fn a_flood_of_turns_is_cut_too() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        let allowed = |at| limiter.allows(start + Duration::from_millis(at), Weight::Turn);
        assert_eq!((0..900).map(allowed).filter(|it| *it).count(), 10);
    }
}
