//! This machine's clock, as the gateway corrects it. What is found out once holds for all clients.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use mss_core::{Clock, Endpoint};
use time::OffsetDateTime;

/// A clock that clients share.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedClock(Arc<Mutex<Clock>>);

impl SharedClock {
    /// The clock for an endpoint: one for the whole cloud, whose clocks agree, and one for each
    /// server on this machine, which is there for tests and may have any.
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        static CLOCKS: Mutex<Option<HashMap<String, SharedClock>>> = Mutex::new(None);
        let name = if endpoint.is_loopback() {
            endpoint.authority()
        } else {
            ""
        };
        let mut clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
        let clocks = clocks.get_or_insert_default();
        clocks.entry(name.to_owned()).or_default().clone()
    }

    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Clock) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time, corrected.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.with(|clock| clock.time(OffsetDateTime::now_utc()))
    }
}
