//! The settings of a [`Builder`] about who may call.

use std::{fmt, time::Duration};

use super::{Account, MetadataService, Project, Settings};
use crate::{
    builder::{Builder, StartError, checked_secret, checked_text, random_hex, random_text},
    secret::Secret,
};

/// What the builder was told so far.
pub(crate) struct Options {
    projects: Option<Vec<Project>>,
    domain_name: String,
    user_name: String,
    password: Option<Secret>,
    pod_token: Option<Secret>,
    id_token: Option<Secret>,
    token_lifetime: Duration,
    key_lifetime: Option<Duration>,
    metadata: MetadataService,
}

impl Options {
    pub(crate) fn new() -> Self {
        Self {
            projects: None,
            domain_name: "emulated".to_owned(),
            user_name: "tester".to_owned(),
            password: None,
            pod_token: None,
            id_token: None,
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            key_lifetime: None,
            metadata: MetadataService::default(),
        }
    }

    /// Checks what was given and makes up the rest.
    pub(crate) fn settle(self, project_id: &str, region: &str) -> Result<Settings, StartError> {
        let secret = |field, given: Option<Secret>, length| match given {
            Some(secret) => checked_secret(field, secret),
            None => Ok(Secret::new(random_text(length)?)),
        };
        let own = || Project {
            id: project_id.to_owned(),
            name: region.to_owned(),
        };
        Ok(Settings {
            account: Account {
                domain_id: random_hex()?,
                domain_name: checked_text("domain_name", self.domain_name)?,
                user_id: random_hex()?,
                user_name: checked_text("user_name", self.user_name)?,
            },
            projects: self.projects.unwrap_or_else(|| vec![own()]),
            password: match self.password {
                // It travels in JSON, so it may have any sign.
                Some(password) if !password.expose().is_empty() => password,
                Some(_) => return Err(StartError::Invalid { field: "password" }),
                None => Secret::new(random_text(24)?),
            },
            pod_token: secret("pod_token", self.pod_token, 96)?,
            id_token: secret("id_token", self.id_token, 96)?,
            token_lifetime: self.token_lifetime,
            key_lifetime: self.key_lifetime,
            metadata: self.metadata,
        })
    }
}

/// Who may call, and with what. What isn't given is made up, and [`Emulator`](crate::Emulator)
/// tells it.
impl Builder {
    /// The projects that IAM lists, each with id and name, in place of the one that exists:
    /// none, others, or several of one name.
    pub fn projects<I, N>(mut self, projects: impl IntoIterator<Item = (I, N)>) -> Self
    where
        I: Into<String>,
        N: Into<String>,
    {
        let projects = projects.into_iter().map(|(id, name)| Project {
            id: id.into(),
            name: name.into(),
        });
        self.identity.projects = Some(projects.collect());
        self
    }

    /// The name of the account; `emulated` by default.
    pub fn domain_name(mut self, name: impl Into<String>) -> Self {
        self.identity.domain_name = name.into();
        self
    }

    /// The name of the account's one user; `tester` by default.
    pub fn user_name(mut self, name: impl Into<String>) -> Self {
        self.identity.user_name = name.into();
        self
    }

    /// The password of that user.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.identity.password = Some(Secret::new(password.into()));
        self
    }

    /// The token with which a pod gets its keys.
    pub fn pod_token(mut self, token: impl Into<String>) -> Self {
        self.identity.pod_token = Some(Secret::new(token.into()));
        self
    }

    /// The id token that is accepted of an identity provider. It isn't looked into.
    pub fn id_token(mut self, token: impl Into<String>) -> Self {
        self.identity.id_token = Some(Secret::new(token.into()));
        self
    }

    /// How long a user token is good; 24 hours by default, as the vendor says. The one of
    /// [`token`](Self::token) has no end.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.identity.token_lifetime = lifetime;
        self
    }

    /// How long each temporary key is good. By default as long as was asked for, and 24 hours
    /// where nobody can ask: those of the metadata service and of a pod.
    pub fn key_lifetime(mut self, lifetime: Duration) -> Self {
        self.identity.key_lifetime = Some(lifetime);
        self
    }

    /// How the metadata service behaves at first.
    pub fn metadata(mut self, service: MetadataService) -> Self {
        self.identity.metadata = service;
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("projects", &self.projects)
            .field("domain_name", &self.domain_name)
            .field("user_name", &self.user_name)
            .field("token_lifetime", &self.token_lifetime)
            .field("key_lifetime", &self.key_lifetime)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}
