//! Credentials that were given.

use mss_core::{Credentials, Token};

use super::{CredentialSource, FoundCredentials, Identity, Loading, NotFound, Source};

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
        FoundCredentials::keys(credentials).into()
    }
}

impl From<Token> for CredentialSource {
    fn from(token: Token) -> Self {
        FoundCredentials::token(token).into()
    }
}

impl From<FoundCredentials> for CredentialSource {
    fn from(mut found: FoundCredentials) -> Self {
        let what = match found.identity {
            Identity::Keys(_) => "given access key",
            Identity::Token(_) => "given token",
        };
        what.clone_into(&mut found.origin);
        Self::of(Given(found))
    }
}
