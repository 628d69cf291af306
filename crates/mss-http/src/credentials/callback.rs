//! Credentials from a function.

use std::{error::Error, fmt, sync::Arc};

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};

type Answer = Result<FoundCredentials, Box<dyn Error + Send + Sync>>;

struct Callback<F>(F);

impl CredentialSource {
    /// Credentials from a function: from a vault, from another process. It is called on a thread
    /// of its own, by one thread at a time, and again shortly before what it gave expires. It
    /// may not use the client that it serves.
    pub fn callback(function: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::of(Callback(function))
    }
}

impl<F: Fn() -> Answer + Send + Sync> Source for Callback<F> {
    fn name(&self) -> &'static str {
        "callback"
    }

    fn load(&self, _: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let mut found = (self.0)().map_err(|error| NotFound {
            why: Why::Invalid,
            problem: format!("the callback failed: {error}"),
            source: Some(Arc::from(error)),
        })?;
        found.origin = "the callback".to_owned();
        Ok(found)
    }
}

impl<F> fmt::Debug for Callback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}
