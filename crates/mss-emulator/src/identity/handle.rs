//! What a running [`Emulator`] tells, and lets change, about who may call.

use super::{
    MetadataService, Settings,
    change::{Change, IdentityChange},
};
use crate::{emulator::Emulator, secret::Secret};

/// The path at which a pod gets its keys. The vendor's is known to pods alone.
pub(crate) const POD_PATH: &str = "/pod-identity/credentials";

/// What a client has to know to get tokens and keys.
impl Emulator {
    fn facts(&self) -> &Settings {
        &self.identity
    }

    /// The name of the account.
    pub fn domain_name(&self) -> &str {
        &self.facts().account.domain_name
    }

    /// The id of the account.
    pub fn domain_id(&self) -> &str {
        &self.facts().account.domain_id
    }

    /// The name of the account's one user.
    pub fn user_name(&self) -> &str {
        &self.facts().account.user_name
    }

    /// The password of that user, as it was at the start.
    pub fn password(&self) -> &str {
        self.facts().password.expose()
    }

    /// Where a pod gets its keys: the value of `HC_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn pod_url(&self) -> String {
        format!("{}{POD_PATH}", self.url())
    }

    /// The token with which it does.
    pub fn pod_token(&self) -> &str {
        self.facts().pod_token.expose()
    }

    /// The id token that is accepted of an identity provider.
    pub fn id_token(&self) -> &str {
        self.facts().id_token.expose()
    }
}

/// What happens to keys and tokens while clients use them. It holds from the next request on.
impl Emulator {
    /// Gives an access key another secret key, so that signatures with the one before are wrong;
    /// `false` when there is no such access key. [`secret_key`](Self::secret_key) still tells the
    /// first.
    pub fn set_secret_key(&self, access_key: &str, secret_key: impl Into<String>) -> bool {
        self.order(Change::SecretKey {
            access_key: access_key.to_owned(),
            secret: Secret::new(secret_key.into()),
        })
    }

    /// Deletes an access key, permanent or temporary; `false` when there is no such key.
    pub fn revoke_key(&self, access_key: &str) -> bool {
        self.order(Change::RevokeKey(access_key.to_owned()))
    }

    /// Ends all temporary keys that are out.
    pub fn expire_keys(&self) {
        self.order(Change::ExpireKeys);
    }

    /// Ends all tokens that are out: those of users, the one of [`token`](Self::token) included,
    /// and those of the metadata service.
    pub fn expire_tokens(&self) {
        self.order(Change::ExpireTokens);
    }

    /// Changes the password of the user. Tokens stay good.
    pub fn set_password(&self, password: impl Into<String>) {
        self.order(Change::Password(Secret::new(password.into())));
    }

    /// How the metadata service behaves from now on.
    pub fn set_metadata(&self, service: MetadataService) {
        self.order(Change::Metadata(service));
    }

    /// One of these changes, read from JSON; `false` when there is no such access key.
    pub fn change_identity(&self, change: IdentityChange) -> bool {
        let now = self.now();
        self.with_identity(|identity| change.apply(identity, now))
    }

    fn order(&self, change: Change) -> bool {
        self.change_identity(IdentityChange::of(change))
    }
}
