//! Access keys: the permanent one, and those that were handed out for a while.

use std::{collections::HashMap, fmt};

use time::OffsetDateTime;

use crate::secret::Secret;

pub(crate) struct Key {
    pub(crate) secret: Secret,
    /// What a temporary key needs besides.
    pub(crate) temporary: Option<Temporary>,
}

pub(crate) struct Temporary {
    pub(crate) security_token: Secret,
    pub(crate) expires_at: OffsetDateTime,
}

/// By access key. An expired key stays, so that its user hears that it has expired.
pub(crate) struct Keys(HashMap<String, Key>);

impl Keys {
    pub(crate) fn new(access_key: String, secret: Secret) -> Self {
        let permanent = Key {
            secret,
            temporary: None,
        };
        Self(HashMap::from([(access_key, permanent)]))
    }

    pub(crate) fn find(&self, access_key: &str) -> Option<&Key> {
        self.0.get(access_key)
    }

    pub(crate) fn add(&mut self, access_key: String, key: Key) {
        self.0.insert(access_key, key);
    }

    /// `false` when there is no such key.
    pub(crate) fn set_secret(&mut self, access_key: &str, secret: Secret) -> bool {
        let key = self.0.get_mut(access_key);
        key.map(|key| key.secret = secret).is_some()
    }

    /// `false` when there is no such key.
    pub(crate) fn revoke(&mut self, access_key: &str) -> bool {
        self.0.remove(access_key).is_some()
    }

    /// Ends all temporary keys.
    pub(crate) fn expire(&mut self, now: OffsetDateTime) {
        let temporary = self.0.values_mut().filter_map(|key| key.temporary.as_mut());
        for key in temporary {
            key.expires_at = key.expires_at.min(now);
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
