//! What a source has found.

use mss_core::{
    Credentials, Secret, Token,
    identity::{TemporaryKeys, refresh_at},
};
use time::OffsetDateTime;

/// Credentials as a source found them: a key pair or a user token, and until when they are good.
#[derive(Debug, Clone)]
pub struct FoundCredentials {
    pub(crate) identity: Identity,
    pub(crate) expires_at: Option<OffsetDateTime>,
    /// From when on new ones should be asked for; else shortly before they expire.
    pub(crate) refresh_at: Option<OffsetDateTime>,
    /// Where they come from, in words for a person, without a secret.
    pub(crate) origin: String,
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
    pub(crate) iam_endpoint: Option<String>,
    /// They come right from the service that makes them.
    pub(crate) just_issued: bool,
}

/// What proves who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    Keys(Credentials),
    Token(Token),
}

impl FoundCredentials {
    /// An access key pair, permanent or temporary.
    pub fn keys(credentials: Credentials) -> Self {
        Self::of(Identity::Keys(credentials))
    }

    /// A user token.
    pub fn token(token: Token) -> Self {
        Self::of(Identity::Token(token))
    }

    /// Keys of a service that gives them for some hours.
    pub(super) fn temporary(keys: TemporaryKeys) -> Self {
        Self::keys(keys.credentials).lasting_until(keys.expires_at)
    }

    /// They are good until then, and new ones are asked for some time before.
    pub(super) fn lasting_until(self, end: OffsetDateTime) -> Self {
        let refresh_at = Some(refresh_at(end, OffsetDateTime::now_utc()));
        Self {
            refresh_at,
            just_issued: true,
            ..self.expires_at(end)
        }
    }

    /// They are good until then. Without it they are used until they are refused.
    #[must_use]
    pub fn expires_at(mut self, time: OffsetDateTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// The key pair, unless it is a token.
    pub fn access_keys(&self) -> Option<&Credentials> {
        match &self.identity {
            Identity::Keys(keys) => Some(keys),
            Identity::Token(_) => None,
        }
    }

    /// The user token, unless it is a key pair.
    pub fn user_token(&self) -> Option<&Token> {
        match &self.identity {
            Identity::Keys(_) => None,
            Identity::Token(token) => Some(token),
        }
    }

    /// Until when they are good, where that is known.
    pub fn expiry(&self) -> Option<OffsetDateTime> {
        self.expires_at
    }

    /// Where they come from, for a person. Without a secret.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn secrets(&self) -> Vec<Secret> {
        match &self.identity {
            Identity::Keys(keys) => [Some(keys.secret_key()), keys.security_token()]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            Identity::Token(token) => vec![token.secret().clone()],
        }
    }

    fn of(identity: Identity) -> Self {
        Self {
            identity,
            expires_at: None,
            refresh_at: None,
            origin: String::new(),
            project_id: None,
            domain_id: None,
            iam_endpoint: None,
            just_issued: false,
        }
    }
}
