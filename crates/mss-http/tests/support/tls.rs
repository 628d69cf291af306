//! Certificates that are made for one test, and servers that show them.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::NamedTempFile;

use super::pem_file;

/// An authority that nobody knows but who is told.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    /// One of a name that no other has.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::named(&format!("authority {number}"))
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let file = pem_file(&issuer.pem());
        Self { issuer, file }
    }

    /// Its certificate as a file.
    pub(crate) fn file(&self) -> &Path {
        self.file.path()
    }

    /// A server for these names.
    pub(crate) fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        self.server_with(names, |_| {})
    }

    /// A server for these names, whose certificate is special.
    pub(crate) fn server_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Arc<ServerConfig> {
        let identity = self.identity(names, change);
        serve(&identity, None)
    }

    /// A server for this machine that wants certificates of this authority from its clients.
    pub(crate) fn server_for_known_clients(&self) -> Arc<ServerConfig> {
        let identity = self.identity(&["localhost", "127.0.0.1"], |_| {});
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority");
        serve(&identity, Some(roots))
    }

    /// Certificate and key of a client, in PEM.
    pub(crate) fn client(&self) -> (String, String) {
        let identity = self.identity(&["client.test"], |_| {});
        (identity.certificate.pem(), identity.key.serialize_pem())
    }

    fn identity(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = params(names);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer);
        let certificate = certificate.expect("a certificate");
        Identity { certificate, key }
    }
}

/// A server whose certificate nobody else has signed; its certificate comes along in PEM.
pub(crate) fn self_signed(names: &[&str], is_authority: bool) -> (Arc<ServerConfig>, String) {
    let mut params = params(names);
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let pem = certificate.pem();
    (serve(&Identity { certificate, key }, None), pem)
}

struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    CertificateParams::new(names).expect("good names")
}

fn serve(identity: &Identity, clients: Option<RootCertStore>) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.expect("a provider for all of them");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let chain: Vec<CertificateDer<'static>> = vec![identity.certificate.der().clone()];
    let key = PrivateKeyDer::try_from(identity.key.serialize_der()).expect("a key");
    Arc::new(builder.with_single_cert(chain, key).expect("a pair"))
}

/// The server's side of a connection, in the clear or not.
pub(super) struct Line {
    pub(super) socket: Arc<TcpStream>,
    tls: Option<ServerConnection>,
}

impl Line {
    pub(super) fn new(socket: Arc<TcpStream>, tls: Option<&Arc<ServerConfig>>) -> Self {
        let tls = tls.map(|config| ServerConnection::new(Arc::clone(config)).expect("a server"));
        Self { socket, tls }
    }

    pub(super) fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => (&*self.socket).read(block),
            Some(tls) => match rustls::Stream::new(tls, &mut &*self.socket).read(block) {
                // Without the words with which TLS ends. Here it is an end like another.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => (&*self.socket).write_all(bytes),
            Some(tls) => {
                let mut socket = &*self.socket;
                let mut stream = rustls::Stream::new(tls, &mut socket);
                stream.write_all(bytes)?;
                stream.flush()
            }
        }
    }
}
