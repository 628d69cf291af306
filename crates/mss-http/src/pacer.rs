//! Keeps calls to a rate, across threads.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use mss_core::{
    CallClass, Endpoint, Failure, InvalidInput, Pace, Throttle,
    retry::{NamedLimit, RetryAfter},
};

use crate::interrupt::Interrupt;

/// How long a wait can be before its caller's wish to end it is noticed.
const TICK: Duration = Duration::from_millis(50);

/// How many calls a second are made at most. Where the service refuses some for the rate (429), fewer
/// are made, and more again as it lets them through.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Rate {
    /// What the documents allow a tenant in the client's region, by kind of call: 10 file calls a
    /// second in Beijing4, else 5. On this machine none, until something is refused.
    ///
    /// Source: [limits](https://support.huaweicloud.com/intl/en-us/productdesc-metastudio/metastudio_01_0010.html).
    #[default]
    Documented,
    /// The part of one of so many processes that share what is documented.
    DocumentedShare(NonZeroU32),
    /// So many calls a second of each kind.
    PerSecond(f64),
    /// As many as there is concurrency for, whatever the service refuses.
    Unlimited,
}

impl Rate {
    pub(crate) fn check(self) -> Result<(), InvalidInput> {
        let rates = Pace::RATES;
        match self {
            Self::PerSecond(rate) if !rates.contains(&rate) => {
                let (from, to) = rates.into_inner();
                let problem = format!("must be {from} to {to} calls a second, got {rate}");
                Err(InvalidInput::new("rate", problem))
            }
            _ => Ok(()),
        }
    }
}

/// Lines up the calls of one batch. By default nothing waits, and the calls are of no batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pacer(Option<Arc<Lanes>>);

/// One for each kind of call; none where no rate was wanted.
#[derive(Debug)]
struct Lanes {
    start: Instant,
    /// Nothing that wasn't sent yet is sent any more.
    is_closed: AtomicBool,
    by_class: Vec<(CallClass, Lane)>,
}

#[derive(Debug)]
struct Lane {
    /// Nothing waits: then this flag is all that a call looks at, and the count all that it changes.
    is_open: AtomicBool,
    served: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    opened: Duration,
    waiting: VecDeque<Waiter>,
    last_ticket: u64,
}

/// A call that waits, and the thread that makes it.
#[derive(Debug)]
struct Waiter {
    ticket: u64,
    place: Place,
    thread: Thread,
}

/// Where a call joins the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// At its end.
    New,
    /// Before those that weren't sent yet: it was, and its time runs. Until then it may wait.
    Again(Instant),
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The call may be made.
    Taken,
    Cancelled,
    /// Its time is over.
    TooLate,
}

impl Pacer {
    pub(crate) fn new(rate: Rate, endpoint: &Endpoint) -> Self {
        let pace = |class: CallClass| match rate {
            Rate::Documented => Some(
                class
                    .documented_rate(endpoint)
                    .map_or_else(Pace::unknown, Pace::per_second),
            ),
            Rate::DocumentedShare(processes) => Some(
                class
                    .documented_rate(endpoint)
                    .map_or_else(Pace::unknown, |rate| {
                        Pace::per_second(rate / f64::from(processes.get()))
                    }),
            ),
            Rate::PerSecond(rate) => Some(Pace::per_second(rate)),
            Rate::Unlimited => None,
        };
        let lanes = CallClass::ALL
            .into_iter()
            .filter_map(|class| Some((class, Lane::new(pace(class)?))));
        Self(Some(Arc::new(Lanes {
            start: Instant::now(),
            is_closed: AtomicBool::new(false),
            by_class: lanes.collect(),
        })))
    }

    /// Whether calls are made for a batch, which a refusal for the rate doesn't end.
    pub(crate) fn is_of_a_batch(&self) -> bool {
        self.0.is_some()
    }

    /// Whether such calls wait for their turn.
    pub(crate) fn paces(&self, class: CallClass) -> bool {
        self.lane(class)
            .is_some_and(|(_, lane)| !lane.is_open.load(Ordering::Relaxed))
    }

    /// Waits until the call may be made.
    pub(crate) fn wait(&self, class: CallClass, place: Place, interrupt: &Interrupt) -> Turn {
        let is_closed = || place == Place::New && self.is_closed();
        match self.lane(class) {
            _ if is_closed() => Turn::Cancelled,
            Some((start, lane)) if !lane.is_open.load(Ordering::Relaxed) => {
                lane.wait(start, place, &|| is_closed() || interrupt.is_raised())
            }
            _ => Turn::Taken,
        }
    }

    /// Calls that wait for their first turn don't get it any more; those that were sent go on.
    pub(crate) fn close(&self) {
        let Some(lanes) = &self.0 else { return };
        lanes.is_closed.store(true, Ordering::Release);
        for (_, lane) in &lanes.by_class {
            lane.state()
                .waiting
                .iter()
                .for_each(|it| it.thread.unpark());
        }
    }

    fn is_closed(&self) -> bool {
        (self.0.as_ref()).is_some_and(|lanes| lanes.is_closed.load(Ordering::Acquire))
    }

    /// A call that was sent then has failed, with that `Retry-After` and text. An answer that is no
    /// refusal for the rate has used up its part of it.
    pub(crate) fn failed(
        &self,
        class: CallClass,
        sent: Instant,
        (failure, retry_after, text): (Failure, Option<RetryAfter>, &str),
    ) {
        match failure {
            _ if failure.is_throttled() => self.throttled(class, sent, retry_after, text),
            Failure::Status { .. } => self.served(class),
            _ => {}
        }
    }

    /// A call was served.
    pub(crate) fn served(&self, class: CallClass) {
        let Some((start, lane)) = self.lane(class) else {
            return;
        };
        if lane.is_open.load(Ordering::Relaxed) {
            lane.served.fetch_add(1, Ordering::Relaxed);
        } else {
            lane.state().pace.succeeded(start.elapsed());
        }
    }

    fn throttled(
        &self,
        class: CallClass,
        sent: Instant,
        retry_after: Option<RetryAfter>,
        text: &str,
    ) {
        let Some((start, lane)) = self.lane(class) else {
            return;
        };
        let mut state = lane.state();
        let now = start.elapsed();
        if lane.is_open.swap(false, Ordering::Relaxed) {
            let served = lane.served.swap(0, Ordering::Relaxed);
            let time = now.saturating_sub(state.opened);
            state.pace.had_succeeded(now, served, time);
        }
        let throttle = Throttle {
            sent: sent.saturating_duration_since(start),
            retry_after,
            limit: NamedLimit::parse(text),
            jitter: fastrand::f64(),
        };
        state.pace.throttled(now, &throttle);
    }

    fn lane(&self, class: CallClass) -> Option<(Instant, &Lane)> {
        let Lanes {
            start, by_class, ..
        } = &**self.0.as_ref()?;
        let (_, lane) = by_class.iter().find(|(of, _)| *of == class)?;
        Some((*start, lane))
    }
}

impl Lane {
    fn new(pace: Pace) -> Self {
        Self {
            is_open: AtomicBool::new(false),
            served: AtomicU32::new(0),
            state: Mutex::new(State {
                pace,
                opened: Duration::ZERO,
                waiting: VecDeque::new(),
                last_ticket: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only the first in the line looks at the clock, so nobody else's wake-up is wasted, and a rate
    /// that changes counts at once.
    fn wait(&self, start: Instant, place: Place, is_cancelled: &dyn Fn() -> bool) -> Turn {
        let in_line = InLine {
            lane: self,
            ticket: self.state().join(place),
        };
        loop {
            let mut wait = TICK;
            if is_cancelled() {
                return Turn::Cancelled;
            }
            {
                let mut state = self.state();
                if state.waiting.front().map(|it| it.ticket) == Some(in_line.ticket) {
                    let now = start.elapsed();
                    let left = state.pace.take(now, fastrand::f64());
                    if left.is_zero() {
                        if state.pace.is_open(now) {
                            state.opened = now;
                            self.is_open.store(true, Ordering::Relaxed);
                        }
                        return Turn::Taken;
                    }
                    wait = wait.min(left);
                }
            }
            if let Place::Again(until) = place {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Turn::TooLate;
                }
                wait = wait.min(left);
            }
            thread::park_timeout(wait);
        }
    }
}

impl State {
    fn join(&mut self, place: Place) -> u64 {
        self.last_ticket += 1;
        let waiter = Waiter {
            ticket: self.last_ticket,
            place,
            thread: thread::current(),
        };
        let index = match place {
            Place::New => self.waiting.len(),
            Place::Again(_) => {
                let is_new = |it: &Waiter| it.place == Place::New;
                let first_new = self.waiting.iter().position(is_new);
                first_new.unwrap_or(self.waiting.len())
            }
        };
        self.waiting.insert(index, waiter);
        self.last_ticket
    }
}

/// A place in the line, given back however the wait ends.
struct InLine<'a> {
    lane: &'a Lane,
    ticket: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.waiting.retain(|it| it.ticket != self.ticket);
        if let Some(first) = state.waiting.front() {
            first.thread.unpark();
        }
    }
}
