//! Processes that don't know of one another against one limiter, on a simulated clock.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    time::Duration,
};

use super::{Pace, Throttle};
use crate::retry::NamedLimit;

const WORKERS: usize = 32;

#[derive(Debug, Clone, Copy)]
pub(super) enum Limiter {
    /// Holds one second's quota.
    TokenBucket,
    /// A second after a second.
    FixedWindow,
    /// No two calls closer than the quota's interval.
    Spacing,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) limiter: Limiter,
    pub(super) limit: f64,
    pub(super) processes: usize,
    /// They start at the limit, or without knowing any.
    pub(super) rate_is_known: bool,
    pub(super) limit_is_named: bool,
    /// Of a call, there and back, on average.
    pub(super) latency: f64,
    pub(super) seconds: f64,
    /// How often a thread wakes up to 80 ms late, as on a busy machine; of 1.
    pub(super) stalls: f64,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Figures {
    /// Served calls, as a part of what the limit allows.
    pub(super) used: f64,
    /// Refused calls, as a part of all.
    pub(super) refused: f64,
    /// What the process got that got least, as a part of its fair share.
    pub(super) least: f64,
    /// The longest time from a call's first attempt to its success.
    pub(super) slowest: f64,
}

/// xorshift64*: the same numbers on all machines.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    #[allow(clippy::cast_precision_loss, reason = "53 bits")]
    pub(super) fn roll(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct Gate {
    kind: Limiter,
    limit: f64,
    tokens: f64,
    at: f64,
    phase: f64,
}

impl Gate {
    fn new(setup: Setup, phase: f64) -> Self {
        Self {
            kind: setup.limiter,
            limit: setup.limit,
            tokens: setup.limit,
            at: -1.0,
            phase,
        }
    }

    fn admits(&mut self, now: f64) -> bool {
        let passed = now - self.at;
        let admitted = match self.kind {
            Limiter::TokenBucket => {
                self.at = now;
                self.tokens = (self.tokens + passed * self.limit).min(self.limit);
                self.tokens >= 1.0
            }
            Limiter::FixedWindow => {
                let window = (now + self.phase).floor();
                if window > self.at {
                    self.at = window;
                    self.tokens = self.limit;
                }
                self.tokens >= 1.0
            }
            Limiter::Spacing => {
                let admitted = passed >= 1.0 / self.limit;
                if admitted {
                    self.at = now;
                }
                return admitted;
            }
        };
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A process looks whether a call may begin.
    Look,
    /// A call, sent then, first sent then, comes to the gate.
    Arrive { sent: Duration, first: Duration },
    /// Its answer comes back.
    Answer {
        sent: Duration,
        first: Duration,
        served: bool,
    },
}

struct Process {
    pace: Pace,
    under_way: usize,
    looks: bool,
    /// When the refused calls were first sent that wait to be sent again.
    again: BTreeSet<Duration>,
    served: f64,
}

impl Process {
    fn new(setup: Setup) -> Self {
        let pace = if setup.rate_is_known {
            Pace::per_second(setup.limit)
        } else {
            Pace::unknown()
        };
        Self {
            pace,
            under_way: 0,
            looks: true,
            again: BTreeSet::new(),
            served: 0.0,
        }
    }
}

pub(super) fn simulate(setup: Setup, seed: u64) -> Figures {
    let mut dice = Dice::new(seed);
    let mut gate = Gate::new(setup, dice.roll());
    let limit_text = format!("limit:{},time:1 second", setup.limit);
    let named = NamedLimit::parse(&limit_text).filter(|_| setup.limit_is_named);
    let mut processes: Vec<_> = (0..setup.processes).map(|_| Process::new(setup)).collect();
    let mut events = BinaryHeap::new();
    for process in 0..setup.processes {
        let start = Duration::from_secs_f64(0.3 * dice.roll());
        events.push(Reverse((start, process, Event::Look)));
    }
    let mut refused = 0.0;
    let mut slowest = Duration::ZERO;
    while let Some(Reverse((now, number, event))) = events.pop() {
        if now.as_secs_f64() > setup.seconds {
            break;
        }
        let process = &mut processes[number];
        let way = Duration::from_secs_f64(setup.latency * (0.3 + 0.4 * dice.roll()));
        match event {
            Event::Look => {
                process.looks = false;
                if process.under_way == WORKERS {
                    continue;
                }
                let wait = process.pace.take(now, dice.roll());
                let mut next = now + wait;
                if wait.is_zero() {
                    process.under_way += 1;
                    let first = process.again.pop_first().unwrap_or(now);
                    events.push(Reverse((
                        now + way,
                        number,
                        Event::Arrive { sent: now, first },
                    )));
                } else {
                    // A sleeping thread wakes a little late.
                    next += Duration::from_secs_f64(-0.0002 * (1.0 - dice.roll()).ln());
                    if dice.roll() < setup.stalls {
                        next += Duration::from_secs_f64(0.08 * dice.roll());
                    }
                }
                process.looks = true;
                events.push(Reverse((next.max(now), number, Event::Look)));
            }
            Event::Arrive { sent, first } => {
                let served = gate.admits(now.as_secs_f64());
                if served {
                    process.served += 1.0;
                } else {
                    refused += 1.0;
                }
                let answer = Event::Answer {
                    sent,
                    first,
                    served,
                };
                events.push(Reverse((now + way, number, answer)));
            }
            Event::Answer {
                sent,
                first,
                served,
            } => {
                process.under_way -= 1;
                if served {
                    slowest = slowest.max(now.saturating_sub(first));
                    process.pace.succeeded(now);
                } else {
                    process.again.insert(first);
                    let throttle = Throttle {
                        sent,
                        retry_after: None,
                        limit: named,
                        jitter: dice.roll(),
                    };
                    process.pace.throttled(now, &throttle);
                }
                if !process.looks {
                    process.looks = true;
                    events.push(Reverse((now, number, Event::Look)));
                }
            }
        }
    }
    figures(setup, &processes, refused, slowest)
}

fn figures(setup: Setup, processes: &[Process], refused: f64, slowest: Duration) -> Figures {
    let total: f64 = processes.iter().map(|it| it.served).sum();
    let least = processes
        .iter()
        .map(|it| it.served)
        .fold(f64::INFINITY, f64::min);
    #[allow(clippy::cast_precision_loss, reason = "a few")]
    let fair = total / setup.processes as f64;
    Figures {
        used: total / (setup.limit * setup.seconds),
        refused: refused / (total + refused),
        least: least / fair,
        slowest: slowest.as_secs_f64(),
    }
}
