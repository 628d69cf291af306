//! This machine's clock, as the gateway corrects it. What is found out once holds for all clients.

use std::{collections::HashMap, mem, sync::Arc};

use mss_core::{Clock, Endpoint};
use time::OffsetDateTime;

use crate::fork::PerProcess;

/// A clock that clients share.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedClock(Arc<PerProcess<Clock>>);

impl SharedClock {
    /// The clock for an endpoint: one for the whole cloud, whose clocks agree, and one for each
    /// server on this machine, which is there for tests and may have any.
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        static CLOCKS: PerProcess<HashMap<String, SharedClock>> = PerProcess::new();
        let name = if endpoint.is_loopback() {
            endpoint.authority()
        } else {
            ""
        };
        let mut clocks = CLOCKS.lock(|parents| parents.map(mem::take).unwrap_or_default());
        clocks.entry(name.to_owned()).or_default().clone()
    }

    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Clock) -> R) -> R {
        let inherit = |parents: Option<&mut Clock>| parents.map(mem::take).unwrap_or_default();
        work(&mut self.0.lock(inherit))
    }

    /// The time, corrected.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.with(|clock| clock.time(OffsetDateTime::now_utc()))
    }
}
