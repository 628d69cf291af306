//! A TLS handshake that looks at the server's certificate and goes no further.
//!
//! ureq doesn't tell what it was shown, least of all when it doesn't trust it, which is when a
//! person wants to know. So this handshake is our own. It accepts nothing: it ends with the
//! certificate, trusted or not, and nothing can be sent over it.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, RustlsConnector, Transport, TransportAdapter,
};

use super::{
    Certificate,
    connector::{current, host_and_port},
};

/// What a server shows before anything is sent to it.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// As in `TLS 1.3`.
    pub(crate) version: Option<&'static str>,
    /// None where it can't be read.
    pub(crate) certificate: Option<Certificate>,
}

/// The link of the chain that looks.
#[derive(Debug, Default)]
pub(super) struct Look {
    shown: Arc<Mutex<Option<Shown>>>,
    /// To a proxy that speaks TLS itself there is a connection as for any call.
    to_proxy: RustlsConnector,
}

impl Look {
    /// Where it leaves what it has seen.
    pub(super) fn shown(&self) -> Arc<Mutex<Option<Shown>>> {
        Arc::clone(&self.shown)
    }
}

impl<In: Transport> Connector<In> for Look {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if current()?.is_reaching_proxy() {
            return self.to_proxy.connect(details, Some(transport));
        }
        let (host, _) = host_and_port(details.uri);
        let name = ServerName::try_from(host)
            .map_err(|_| ureq::Error::Tls("the host is no name that a certificate can have"))?;
        let mut tls = ClientConnection::new(looking(&self.shown)?, name)?;
        let mut line = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        line.set_timeout(details.timeout);
        let ended = tls.complete_io(&mut line);
        if let Some(shown) = &mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
            shown.version = tls.protocol_version().and_then(words);
        }
        match ended {
            Err(error) => Err(error.into()),
            Ok(_) => Err(ureq::Error::Tls("the server showed no certificate")),
        }
    }
}

fn words(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
        _ => None,
    }
}

fn looking(shown: &Arc<Mutex<Option<Shown>>>) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let looker = Looker {
        provider: Arc::clone(&provider),
        shown: Arc::clone(shown),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(looker))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Notes the certificate and refuses it.
#[derive(Debug)]
struct Looker {
    provider: Arc<CryptoProvider>,
    shown: Arc<Mutex<Option<Shown>>>,
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Shown {
            version: None,
            certificate: Certificate::read(certificate),
        };
        let mut place = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(shown);
        Err(looked_at())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(looked_at())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(looked_at())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn looked_at() -> Error {
    Error::General("the certificate was looked at, and that is all".to_owned())
}
