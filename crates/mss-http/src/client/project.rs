//! The project of a client.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use mss_core::{InvalidInput, ProjectId};
use once_cell::race::OnceBox;

use super::{Settings, Shared};
use crate::{
    Error, ErrorKind, Variables,
    credentials::{Identity, PROJECT_ID, Ready, iam_endpoint, lookup_project},
    fork, send,
};

/// How often a call that waits for another one's question looks whether it is answered.
const TICK: Duration = Duration::from_millis(20);

/// The project of a client: given, or found when the first call needs it.
#[derive(Debug)]
pub(crate) struct Project {
    /// Without a lock that a fork could leave locked.
    id: OnceBox<ProjectId>,
    variables: Variables,
    region: Option<String>,
    /// The process in which a call asks IAM; 0 for none. After a fork that call isn't there.
    asking: AtomicU32,
}

impl Project {
    pub(crate) fn new(
        given: Option<ProjectId>,
        variables: Variables,
        region: Option<String>,
    ) -> Self {
        Self {
            id: given
                .map(Box::new)
                .map(OnceBox::with_value)
                .unwrap_or_default(),
            variables,
            region,
            asking: AtomicU32::new(0),
        }
    }

    pub(super) fn known(&self) -> Option<&ProjectId> {
        self.id.get()
    }

    /// Whether the environment names it.
    pub(crate) fn is_in_environment(&self) -> bool {
        self.variables.get(PROJECT_ID).is_some()
    }

    /// The project that is given with the credentials, in the environment, or by IAM.
    pub(super) fn find(
        &self,
        shared: &Shared,
        settings: &Settings,
        operation: &'static str,
    ) -> Result<&ProjectId, Error> {
        if let Some(id) = self.id.get() {
            return Ok(id);
        }
        let deadline = Instant::now() + settings.policy.total;
        let ready = send::credentials(shared, settings, operation, deadline)?;
        let named = ready.found.project_id.clone();
        let named = named.or_else(|| self.variables.get(PROJECT_ID));
        let Some(id) = named else {
            return self.ask_once(shared, settings, operation, &ready, deadline);
        };
        let id = id.parse().map_err(|error: InvalidInput| {
            Error::unsent(ErrorKind::InvalidConfig, operation, error.to_string())
        })?;
        Ok(self.id.get_or_init(|| Box::new(id)))
    }

    /// Asks IAM, or waits for the call that does.
    fn ask_once(
        &self,
        shared: &Shared,
        settings: &Settings,
        operation: &'static str,
        ready: &Ready,
        deadline: Instant,
    ) -> Result<&ProjectId, Error> {
        loop {
            let turn = Turn::take(&self.asking);
            // Who is told of an attempt of that question can't wait for its end.
            if turn.is_some() || shared.observer.is_running_here() {
                if let Some(id) = self.id.get() {
                    return Ok(id);
                }
                let left = deadline.saturating_duration_since(Instant::now());
                let spent = settings.policy.total.saturating_sub(left);
                let id = self.ask(shared, settings, operation, ready, spent)?;
                return Ok(self.id.get_or_init(|| Box::new(id)));
            }
            if !settings.interrupt.sleep(TICK) {
                let text = fork::why_ended();
                return Err(Error::unsent(ErrorKind::Cancelled, operation, text));
            }
            if Instant::now() >= deadline {
                let text = "another call didn't learn the project's id from IAM in time";
                return Err(Error::unsent(ErrorKind::Timeout, operation, text));
            }
        }
    }

    fn ask(
        &self,
        shared: &Shared,
        settings: &Settings,
        operation: &'static str,
        ready: &Ready,
        spent: Duration,
    ) -> Result<ProjectId, Error> {
        let invalid = |text: String| Error::unsent(ErrorKind::InvalidConfig, operation, text);
        let Some(region) = &self.region else {
            let text = "project_id is neither given nor in HUAWEICLOUD_SDK_PROJECT_ID, and without \
                        a region IAM can't be asked for it";
            return Err(invalid(text.to_owned()));
        };
        let given = ready.found.iam_endpoint.as_deref();
        let iam = iam_endpoint(given, &self.variables, Some(region));
        let iam = iam.map_err(|not_found| invalid(not_found.problem))?;
        let access_key = match &ready.found.identity {
            Identity::Keys(keys) => Some(keys.access_key()),
            Identity::Token(_) => None,
        };
        lookup_project(&iam, access_key, region, |question| {
            send::send(shared, settings, question, spent).map(|sent| sent.response)
        })
    }
}

/// The turn to ask IAM, given back when it is dropped.
struct Turn<'a>(&'a AtomicU32);

impl<'a> Turn<'a> {
    fn take(asking: &'a AtomicU32) -> Option<Self> {
        let (seen, own) = (asking.load(Ordering::Acquire), process::id());
        let is_taken = seen == own
            || asking
                .compare_exchange(seen, own, Ordering::AcqRel, Ordering::Acquire)
                .is_err();
        (!is_taken).then(|| Self(asking))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}
