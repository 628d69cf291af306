//! What the calling thread and those that send have in common: jobs one way, results the other.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mss_core::ConfirmFileUpload;

use super::confirmation::Ended;

/// A confirmation to be sent.
pub(super) struct Job {
    /// Jobs are numbered from 0, without gaps.
    number: u64,
    /// Number of its entry in the journal.
    pub(super) entry: u64,
    pub(super) confirm: ConfirmFileUpload,
}

#[derive(Default)]
pub(super) struct Line {
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Results from job `first` on; none while it isn't ended.
    ended: VecDeque<Option<Ended>>,
    first: u64,
    /// Threads that wait for a job.
    idle: usize,
    is_closed: bool,
    has_panicked: bool,
    waiting: Option<Waiting>,
}

/// What the calling thread waits for, beside the next result.
struct Waiting {
    /// At most so many jobs in line.
    jobs: usize,
}

/// How it stands for the calling thread.
pub(super) struct Standing {
    /// Jobs that no thread has taken.
    pub(super) jobs: usize,
    pub(super) has_panicked: bool,
}

impl Line {
    /// Puts a job in line; whether there is a thread for it.
    pub(super) fn add(&self, entry: u64, confirm: ConfirmFileUpload) -> bool {
        let mut state = self.state();
        let number = state.first + state.ended.len() as u64;
        state.jobs.push_back(Job {
            number,
            entry,
            confirm,
        });
        state.ended.push_back(None);
        let (jobs, idle) = (state.jobs.len(), state.idle);
        drop(state);
        if idle > 0 {
            self.work.notify_one();
        }
        jobs <= idle
    }

    /// The next job, as soon as there is one; none when there will be no more.
    pub(super) fn take(&self) -> Option<Job> {
        self.take_from(self.state())
    }

    /// A job that is there already.
    pub(super) fn take_at_once(&self) -> Option<Job> {
        self.state().jobs.pop_front()
    }

    /// Hands in a result and takes the next job.
    pub(super) fn end_and_take(&self, number: u64, ended: Ended) -> Option<Job> {
        let mut state = self.state();
        let wakes = state.end(number, ended);
        if wakes {
            self.progress.notify_one();
        }
        self.take_from(state)
    }

    fn take_from(&self, mut state: MutexGuard<'_, State>) -> Option<Job> {
        loop {
            if let Some(job) = state.jobs.pop_front() {
                let jobs = state.jobs.len();
                if state.waiting.as_ref().is_some_and(|it| jobs <= it.jobs) {
                    state.waiting = None;
                    self.progress.notify_one();
                }
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state.idle += 1;
            state = (self.work.wait(state)).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Moves the results whose turn it is into `ready`.
    pub(super) fn collect(&self, ready: &mut VecDeque<Ended>) -> Standing {
        let mut state = self.state();
        while let Some(Some(_)) = state.ended.front() {
            ready.extend(state.ended.pop_front().flatten());
            state.first += 1;
        }
        Standing {
            jobs: state.jobs.len(),
            has_panicked: state.has_panicked,
        }
    }

    /// Waits for the next result, or until no more than `jobs` are in line.
    pub(super) fn wait(&self, jobs: Option<usize>, time: Duration) {
        let end = Instant::now() + time;
        let mut state = self.state();
        loop {
            let is_ready = matches!(state.ended.front(), Some(Some(_)));
            let is_hungry = jobs.is_some_and(|jobs| state.jobs.len() <= jobs);
            let left = end.saturating_duration_since(Instant::now());
            if is_ready || is_hungry || state.has_panicked || left.is_zero() {
                state.waiting = None;
                return;
            }
            let jobs = jobs.map_or(0, |jobs| jobs);
            state.waiting = Some(Waiting { jobs });
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// No more jobs: threads end with the one that they have. Gives back those that none has.
    pub(super) fn close(&self) -> Vec<Job> {
        let mut state = self.state();
        state.is_closed = true;
        let jobs = state.jobs.drain(..).collect();
        drop(state);
        self.work.notify_all();
        jobs
    }

    pub(super) fn end(&self, number: u64, ended: Ended) {
        self.state().end(number, ended);
    }

    /// A thread is gone, and the result of its job with it.
    pub(super) fn note_panic(&self) {
        self.state().has_panicked = true;
        self.progress.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl State {
    /// Whether the calling thread waits for it.
    fn end(&mut self, number: u64, ended: Ended) -> bool {
        let place = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        if let Some(place) = self.ended.get_mut(place) {
            *place = Some(ended);
        }
        number == self.first && self.waiting.take().is_some()
    }
}
