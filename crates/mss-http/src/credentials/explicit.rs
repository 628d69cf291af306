//! Credentials that were given.

use mss_core::{Credentials, Token};

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source};

#[derive(Debug)]
struct Given(FoundCredentials);

impl Source for Given {
    fn name(&self) -> &'static str {
        "given"
    }

    fn given(&self) -> Option<FoundCredentials> {
        Some(self.0.clone())
    }

    fn load(&self, _: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        Ok(self.0.clone())
    }
}

impl From<Credentials> for CredentialSource {
    fn from(credentials: Credentials) -> Self {
        let mut found = FoundCredentials::keys(credentials);
        found.origin = "given access key".to_owned();
        Self::of(Given(found))
    }
}

impl From<Token> for CredentialSource {
    fn from(token: Token) -> Self {
        let mut found = FoundCredentials::token(token);
        found.origin = "given token".to_owned();
        Self::of(Given(found))
    }
}
