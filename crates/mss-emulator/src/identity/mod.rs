//! Who may call: the account with its user, and the keys and tokens that it has got.
//!
//! State and rules only; `service::identity` has the calls.

mod change;
mod handle;
mod keys;
mod logins;
mod metadata;
mod options;
mod tokens;

use std::time::Duration;

use time::OffsetDateTime;

pub use self::{
    change::{IdentityChange, IdentityError},
    metadata::{MetadataService, UnknownMetadataService},
};
pub(crate) use self::{
    handle::POD_PATH,
    keys::{Key, Keys, Temporary},
    logins::{Login, Logins},
    metadata::MetadataState,
    options::Options,
    tokens::{Standing, Tokens},
};
use crate::secret::Secret;

/// What an emulator is told at its start about who may call.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) account: Account,
    /// What IAM lists; the emulator's own project needn't be among them.
    pub(crate) projects: Vec<Project>,
    pub(crate) password: Secret,
    pub(crate) pod_token: Secret,
    pub(crate) id_token: Secret,
    pub(crate) token_lifetime: Duration,
    /// `None`: as long as was asked for.
    pub(crate) key_lifetime: Option<Duration>,
    pub(crate) metadata: MetadataService,
}

/// The one account, and its one user.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) domain_id: String,
    pub(crate) domain_name: String,
    pub(crate) user_id: String,
    pub(crate) user_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// What becomes of it while the emulator runs.
pub(crate) struct Identity {
    pub(crate) account: Account,
    pub(crate) projects: Vec<Project>,
    pub(crate) keys: Keys,
    pub(crate) tokens: Tokens,
    pub(crate) logins: Logins,
    pub(crate) metadata: MetadataState,
    pub(crate) pod_token: Secret,
    pub(crate) id_token: Secret,
    pub(crate) token_lifetime: Duration,
    key_lifetime: Option<Duration>,
}

impl Identity {
    pub(crate) fn new(settings: Settings, keys: Keys, tokens: Tokens) -> Self {
        Self {
            account: settings.account,
            projects: settings.projects,
            keys,
            tokens,
            logins: Logins::new(settings.password),
            metadata: MetadataState::new(settings.metadata),
            pod_token: settings.pod_token,
            id_token: settings.id_token,
            token_lifetime: settings.token_lifetime,
            key_lifetime: settings.key_lifetime,
        }
    }

    /// When a temporary key ends for which this duration was asked.
    pub(crate) fn key_end(&self, now: OffsetDateTime, asked: Duration) -> OffsetDateTime {
        end(now, self.key_lifetime.unwrap_or(asked))
    }
}

/// When something that is made now ends.
pub(crate) fn end(now: OffsetDateTime, lifetime: Duration) -> OffsetDateTime {
    let lifetime = time::Duration::try_from(lifetime).unwrap_or(time::Duration::MAX);
    now.saturating_add(lifetime)
}
