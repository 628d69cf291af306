//! A temporary key, and the two spellings in which services hand one out.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::Service;
use crate::{
    clock,
    identity::{Key, Temporary},
    secret::Secret,
};

/// What a security token is good for where nobody can ask for a duration.
pub(super) const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Characters of a security token.
const TOKEN_LENGTH: usize = 600;

pub(super) struct Issued {
    access_key: String,
    secret_key: String,
    security_token: String,
    expires_at: OffsetDateTime,
}

impl Issued {
    /// Makes a key that is good from now on. Those before it stay good.
    pub(super) fn new(service: &mut Service, asked: Duration, now: OffsetDateTime) -> Self {
        let issued = Self {
            access_key: service.ids.access_key(),
            secret_key: service.ids.secret_key(),
            security_token: service.ids.token(TOKEN_LENGTH),
            expires_at: service.identity.key_end(now, asked),
        };
        let key = Key {
            secret: Secret::new(issued.secret_key.clone()),
            temporary: Some(Temporary {
                security_token: Secret::new(issued.security_token.clone()),
                expires_at: issued.expires_at,
            }),
        };
        service.identity.keys.add(issued.access_key.clone(), key);
        issued
    }

    /// As IAM and the metadata service spell it.
    pub(super) fn credential(&self) -> Value {
        json!({"credential": {
            "access": self.access_key,
            "secret": self.secret_key,
            "securitytoken": self.security_token,
            "expires_at": clock::rfc3339_micros(self.expires_at),
        }})
    }

    /// As STS spells it.
    pub(super) fn credentials(&self) -> Value {
        json!({
            "access_key_id": self.access_key,
            "secret_access_key": self.secret_key,
            "security_token": self.security_token,
            "expiration": clock::rfc3339_micros(self.expires_at),
        })
    }
}
