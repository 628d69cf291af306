//! The server's side of a handshake, set up.

use std::{io, sync::Arc};

use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::WebPkiClientVerifier,
};

use super::{Certificates, Tls};

/// What each new connection needs.
#[derive(Clone)]
pub(crate) struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) stall_after: Option<usize>,
}

impl ServerTls {
    pub(crate) fn new(tls: &Tls, certificates: &Certificates) -> io::Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let config = config(tls, certificates, provider).map_err(io::Error::other)?;
        Ok(Self {
            config: Arc::new(config),
            stall_after: tls.stall_after,
        })
    }
}

fn config(
    tls: &Tls,
    certificates: &Certificates,
    provider: Arc<CryptoProvider>,
) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = if tls.demands_client_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(certificates.ca.clone())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build()?)
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(
        vec![certificates.server.clone()],
        certificates.server_key.clone_key(),
    )?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
