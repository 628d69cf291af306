//! The connections of a client: one pool in each process.

use std::sync::Arc;

use ureq::Agent;

use super::{TransportSettings, agent};
use crate::fork::PerProcess;

/// An agent with its pool. The child of a fork gets another one; the parent's connections are
/// closed there by letting go of them, of which nobody else notices anything: neither TCP nor TLS
/// is told that they end.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    user_agent: &'static str,
    settings: TransportSettings,
    agent: PerProcess<Option<Agent>>,
}

impl Connections {
    pub(crate) fn new(user_agent: &'static str, settings: &TransportSettings) -> Self {
        Self(Arc::new(Kept {
            user_agent,
            settings: settings.clone(),
            agent: PerProcess::new(),
        }))
    }

    /// Ones that never use a proxy, whatever the settings say: for an address that means something
    /// else, or nothing, at the other end of one, such as that of a cloud machine's metadata.
    pub(crate) fn direct(user_agent: &'static str, settings: &TransportSettings) -> Self {
        Self::new(user_agent, &settings.direct())
    }

    /// The agent of this process.
    pub(crate) fn agent(&self) -> Agent {
        let let_go = |parents: Option<&mut Option<Agent>>| {
            drop(parents.and_then(Option::take));
            None
        };
        self.0
            .agent
            .lock(let_go)
            .get_or_insert_with(|| agent(self.0.user_agent, &self.0.settings))
            .clone()
    }
}
