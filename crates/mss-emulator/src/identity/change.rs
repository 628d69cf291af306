//! What can happen to keys and tokens while clients use them.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Identity, MetadataService};
use crate::secret::Secret;

/// A change of who may call, as `PUT /_emulator/identity` and Python order it. In Rust
/// [`Emulator`](crate::Emulator) has a method for each.
pub struct IdentityChange(Change);

pub(crate) enum Change {
    SecretKey { access_key: String, secret: Secret },
    RevokeKey(String),
    ExpireKeys,
    ExpireTokens,
    Password(Secret),
    Metadata(MetadataService),
}

/// Why a text is no [`IdentityChange`]. It doesn't repeat the text, which may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a change is a JSON object with one of secret_key {{access_key, secret_key}}, revoke_key \
     (an access key), expire (keys or tokens), password, and metadata (v2_and_v1, v2_only, \
     v1_only or no_agency)"
)]
#[non_exhaustive]
pub struct IdentityError;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Json {
    SecretKey(Pair),
    RevokeKey(String),
    Expire(Kind),
    Password(String),
    Metadata(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    access_key: String,
    secret_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Keys,
    Tokens,
}

impl IdentityChange {
    /// Reads a change from a JSON object with one name, such as `{"revoke_key": "..."}` or
    /// `{"expire": "tokens"}`.
    ///
    /// # Errors
    /// [`IdentityError`] when it is anything else; its text lists what there is.
    pub fn from_json(text: &str) -> Result<Self, IdentityError> {
        // By itself serde would take a bare text too.
        let fields: Map<String, Value> = serde_json::from_str(text).map_err(|_| IdentityError)?;
        let change = serde_json::from_value(fields.into()).map_err(|_| IdentityError)?;
        Ok(Self(match change {
            Json::SecretKey(pair) => Change::SecretKey {
                access_key: pair.access_key,
                secret: Secret::new(pair.secret_key),
            },
            Json::RevokeKey(access_key) => Change::RevokeKey(access_key),
            Json::Expire(Kind::Keys) => Change::ExpireKeys,
            Json::Expire(Kind::Tokens) => Change::ExpireTokens,
            Json::Password(password) => Change::Password(Secret::new(password)),
            Json::Metadata(word) => Change::Metadata(word.parse().map_err(|_| IdentityError)?),
        }))
    }

    pub(super) fn of(change: Change) -> Self {
        Self(change)
    }

    /// Carries it out; `false` when there is no such access key.
    pub(crate) fn apply(self, identity: &mut Identity, now: OffsetDateTime) -> bool {
        match self.0 {
            Change::SecretKey { access_key, secret } => {
                return identity.keys.set_secret(&access_key, secret);
            }
            Change::RevokeKey(access_key) => return identity.keys.revoke(&access_key),
            Change::ExpireKeys => identity.keys.expire(now),
            Change::ExpireTokens => {
                identity.tokens.expire(now);
                identity.metadata.expire();
            }
            Change::Password(password) => identity.logins.set_password(password),
            Change::Metadata(service) => identity.metadata.service = service,
        }
        true
    }
}

impl fmt::Debug for IdentityChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Change::SecretKey { .. } => "SecretKey(hidden)",
            Change::RevokeKey(_) => "RevokeKey",
            Change::ExpireKeys => "ExpireKeys",
            Change::ExpireTokens => "ExpireTokens",
            Change::Password(_) => "Password(hidden)",
            Change::Metadata(_) => "Metadata",
        })
    }
}
