//! TLS and proxies of a client.

use std::path::PathBuf;

use mss_core::Endpoint;

use super::ClientBuilder;
use crate::{
    Error, ErrorKind, Proxy, Variables,
    transport::{TlsOptions, TransportSettings},
};

/// What a user wants of the way to the service.
#[derive(Clone, Default)]
pub(super) struct Network {
    tls: TlsOptions,
    proxy: Proxy,
}

impl ClientBuilder {
    /// A file of certificates in PEM, of the authorities that are trusted: these and no others,
    /// Mozilla's list among them. It is read when the client is built.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.network.tls.ca_file = Some(path.into());
        self
    }

    /// A file in PEM with the certificate that this client shows to servers which want one,
    /// followed by those that lead to its authority, and with its private key unless
    /// [`ClientBuilder::client_key`] names another file. It is read and checked when the client is
    /// built.
    #[must_use]
    pub fn client_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.network.tls.client_cert = Some(path.into());
        self
    }

    /// A file in PEM with the private key of [`ClientBuilder::client_cert`], not encrypted.
    #[must_use]
    pub fn client_key(mut self, path: impl Into<PathBuf>) -> Self {
        self.network.tls.client_key = Some(path.into());
        self
    }

    /// Lets the operating system judge certificates, as browsers do. Excludes
    /// [`ClientBuilder::ca_file`].
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform_verifier(mut self, wanted: bool) -> Self {
        self.network.tls.platform_verifier = wanted;
        self
    }

    /// How connections leave this machine; as the environment says by default.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.network.proxy = proxy;
        self
    }

    /// Doesn't check the certificates of servers, so that whoever is on the way can read and change
    /// everything, contents and credentials included. For a try-out only; each client that is built
    /// like this says so in the log, at level WARN. [`ClientBuilder::ca_file`] is the way to trust
    /// an authority of one's own.
    #[must_use]
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.network.tls.accept_invalid_certs = accept;
        self
    }
}

impl Network {
    /// Reads and checks what was given.
    pub(super) fn settings(
        &self,
        endpoint: &Endpoint,
        variables: &Variables,
    ) -> Result<TransportSettings, Error> {
        let invalid = |problem| Error::unsent(ErrorKind::InvalidConfig, "Client", problem);
        let settings =
            TransportSettings::new(&self.tls, &self.proxy, variables).map_err(invalid)?;
        if let Ok(url) = endpoint.to_string().parse() {
            settings.check_way_to(&url).map_err(invalid)?;
        }
        Ok(settings)
    }
}
