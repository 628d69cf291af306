//! Keeps calls to a rate, across threads.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use mss_core::{CallClass, Endpoint, InvalidInput, Pace};

use crate::interrupt::Interrupt;

/// How many calls a second are made at most.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Rate {
    /// What the documents allow a tenant in the client's region, by kind of call: 10 file calls a
    /// second in Beijing4, else 5. No limit on this machine.
    ///
    /// Source: [limits](https://support.huaweicloud.com/intl/en-us/productdesc-metastudio/metastudio_01_0010.html).
    #[default]
    Documented,
    /// So many calls a second of each kind.
    PerSecond(f64),
    /// No limit but the service's own, which answers 429.
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

/// Lines up the calls of one batch. By default nothing waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pacer(Option<Arc<Line>>);

#[derive(Debug)]
struct Line {
    start: Instant,
    paces: Mutex<Vec<(CallClass, Pace)>>,
}

impl Pacer {
    pub(crate) fn new(rate: Rate, endpoint: &Endpoint) -> Self {
        let of_class = |class: CallClass| {
            let rate = match rate {
                Rate::Documented => class.documented_rate(endpoint),
                Rate::PerSecond(rate) => Some(rate),
                Rate::Unlimited => None,
            };
            Some((class, Pace::per_second(rate?)))
        };
        let paces: Vec<_> = CallClass::ALL.into_iter().filter_map(of_class).collect();
        if paces.is_empty() {
            return Self(None);
        }
        Self(Some(Arc::new(Line {
            start: Instant::now(),
            paces: Mutex::new(paces),
        })))
    }

    /// Waits until the call may be made; `false` when the wait was ended early.
    pub(crate) fn wait(&self, class: CallClass, interrupt: &Interrupt) -> bool {
        let Some(line) = &self.0 else { return true };
        let wait = {
            let mut paces = line.paces.lock().unwrap_or_else(PoisonError::into_inner);
            let pace = paces.iter_mut().find(|(paced, _)| *paced == class);
            pace.map(|(_, pace)| pace.reserve(line.start.elapsed()))
        };
        wait.is_none_or(|wait| wait.is_zero() || interrupt.sleep(wait))
    }
}
