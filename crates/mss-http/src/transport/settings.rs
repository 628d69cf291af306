//! How connections are made: checked when a client is built, so that no call finds out late.

use http::Uri;
use ureq::tls::TlsConfig;

use super::{
    proxies::{Proxies, Proxy, Route},
    tls::{self, TlsOptions},
};
use crate::Variables;

/// Trust, client certificate and proxies.
#[derive(Debug, Clone)]
pub(crate) struct TransportSettings {
    pub(super) tls: TlsConfig,
    pub(super) proxies: Proxies,
}

impl TransportSettings {
    /// Reads the files and the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with which setting, without secrets.
    pub(crate) fn new(
        tls: &TlsOptions,
        proxy: &Proxy,
        variables: &Variables,
    ) -> Result<Self, String> {
        let proxies = Proxies::new(proxy, variables)?;
        let tls = tls::configuration(tls)?;
        Ok(Self { tls, proxies })
    }

    /// The way to a URL, and why it is this one.
    pub(crate) fn route(&self, uri: &Uri) -> Route<'_> {
        self.proxies.route(uri)
    }

    /// Whether the certificates of servers are taken as they come.
    pub(crate) fn accepts_invalid_certs(&self) -> bool {
        self.tls.disable_verification()
    }

    /// The same without any proxy.
    pub(super) fn direct(&self) -> Self {
        Self {
            tls: self.tls.clone(),
            proxies: Proxies::none(),
        }
    }

    /// Fails with the reason why the proxy on the way to this URL can't be used.
    pub(crate) fn check_way_to(&self, uri: &Uri) -> Result<(), String> {
        self.proxies.of(uri).map(|_| ()).map_err(str::to_owned)
    }
}
