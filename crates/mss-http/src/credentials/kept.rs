//! Credentials for requests that somebody else sends.

use std::time::Instant;

use mss_core::signing::Algorithm;

use super::{Around, CredentialSource, Fetch, FoundCredentials, Provider, Variables};
use crate::{
    CallOptions, Error, Proxy,
    client::{Settings, USER_AGENT},
    fork,
    send::no_credentials,
    transport::{Connections, TlsOptions, TransportSettings},
};

/// Credentials of a source, kept until shortly before they expire: for those who sign requests of
/// their own. A [`Client`](crate::Client) keeps its own.
///
/// ```no_run
/// use mss_http::{CredentialProvider, CredentialSource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = CredentialProvider::new(CredentialSource::environment())?;
/// if let Some(keys) = provider.get()?.access_keys() {
///     println!("{}", keys.access_key());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct CredentialProvider {
    provider: Provider,
    settings: Settings,
}

impl CredentialProvider {
    /// Nothing is asked before the first [`CredentialProvider::get`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when the proxies of the
    /// environment can't be used.
    pub fn new(source: CredentialSource) -> Result<Self, Error> {
        let variables = Variables::default();
        let network = TransportSettings::new(&TlsOptions::default(), &Proxy::default(), &variables);
        let network = network
            .map_err(|problem| Error::unsent(crate::ErrorKind::InvalidConfig, NAME, problem))?;
        let usual = Connections::new(USER_AGENT, &network);
        let direct = Connections::direct(USER_AGENT, &network);
        let provider = Provider::new(
            source,
            Algorithm::default(),
            variables,
            Fetch::new(usual, direct),
            None,
            Around::default(),
        );
        Ok(Self {
            provider,
            settings: Settings::default(),
        })
    }

    /// The same with other options, of which the total timeout and what cancels matter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when a time or a number is
    /// out of range.
    pub fn with_options(&self, options: CallOptions) -> Result<Self, Error> {
        Ok(Self {
            provider: self.provider.clone(),
            settings: self.settings.with(options)?,
        })
    }

    /// Credentials that are good now. Waits where there are none yet.
    ///
    /// # Errors
    ///
    /// [`Error`] says what was tried, and why each didn't serve.
    pub fn get(&self) -> Result<FoundCredentials, Error> {
        let _begun = fork::enter();
        let deadline = Instant::now() + self.settings.policy.total;
        let found = self.provider.get(&self.settings.interrupt, deadline);
        let ready = found.map_err(|why| no_credentials(NAME, why))?;
        Ok(ready.found.clone())
    }
}

/// What errors belong to.
const NAME: &str = "CredentialProvider";
