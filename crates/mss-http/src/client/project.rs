//! The project of a client.

use std::{sync::OnceLock, time::Instant};

use mss_core::ProjectId;

use super::{Settings, Shared};
use crate::{Error, ErrorKind, Variables, credentials::PROJECT_ID, send};

/// The project of a client: given, or found when the first call needs it.
#[derive(Debug)]
pub(crate) struct Project {
    id: OnceLock<ProjectId>,
    variables: Variables,
}

impl Project {
    pub(crate) fn new(given: Option<ProjectId>, variables: Variables) -> Self {
        Self {
            id: given.map(OnceLock::from).unwrap_or_default(),
            variables,
        }
    }

    pub(super) fn known(&self) -> Option<&ProjectId> {
        self.id.get()
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
            let text = "project_id is neither given nor in HUAWEICLOUD_SDK_PROJECT_ID";
            return Err(Error::unsent(ErrorKind::InvalidConfig, operation, text));
        };
        let id = id.parse().map_err(|error: mss_core::InvalidInput| {
            Error::unsent(ErrorKind::InvalidConfig, operation, error.to_string())
        })?;
        Ok(self.id.get_or_init(|| id))
    }
}
