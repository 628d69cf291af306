//! Whom a client trusts, and how it shows who it is.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, InconsistentKeys, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

/// Largest file of certificates, in bytes. A system's whole bundle has a quarter of a megabyte.
const FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// TLS as a user wants it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsOptions {
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) client_cert: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
    #[cfg(feature = "platform-verifier")]
    pub(crate) platform_verifier: bool,
    pub(crate) accept_invalid_certs: bool,
}

/// Reads the files and checks what is in them.
pub(super) fn configuration(options: &TlsOptions) -> Result<TlsConfig, String> {
    if options.accept_invalid_certs {
        log::warn!(
            "danger_accept_invalid_certs: the certificates of servers are not checked. Whoever is \
             on the way can read and change everything, credentials and contents included"
        );
    }
    let mut builder = TlsConfig::builder()
        .root_certs(roots(options)?)
        .disable_verification(options.accept_invalid_certs);
    match (&options.client_cert, &options.client_key) {
        (Some(cert), key) => {
            builder = builder.client_cert(Some(client_cert(cert, key.as_deref())?));
        }
        (None, Some(_)) => return Err("client_key is of no use without client_cert".to_owned()),
        (None, None) => {}
    }
    Ok(builder.build())
}

fn roots(options: &TlsOptions) -> Result<RootCerts, String> {
    #[cfg(feature = "platform-verifier")]
    if options.platform_verifier {
        if options.ca_file.is_some() {
            return Err("ca_file and platform_verifier exclude each other".to_owned());
        }
        return Ok(RootCerts::PlatformVerifier);
    }
    match &options.ca_file {
        None => Ok(RootCerts::WebPki),
        Some(path) => authorities(path),
    }
}

/// The file's certificates, of which at least one must be of use: a bundle often holds some that
/// nobody can read any more.
fn authorities(path: &Path) -> Result<RootCerts, String> {
    let file = PemFile::read("ca_file", path)?;
    let certificates = file.certificates()?;
    let ders = certificates.iter().map(|it| CertificateDer::from(it.der()));
    let (_, unusable) = RootCertStore::empty().add_parsable_certificates(ders);
    if unusable == certificates.len() {
        return Err(file.problem("holds no certificate that can be read"));
    }
    if unusable > 0 {
        log::debug!(
            "{}",
            file.problem(&format!("{unusable} certificates can't be read"))
        );
    }
    Ok(RootCerts::from(certificates))
}

/// The chain, and the key from its own file or from the same.
fn client_cert(cert: &Path, key: Option<&Path>) -> Result<ClientCert, String> {
    let cert_file = PemFile::read("client_cert", cert)?;
    let chain = cert_file.certificates()?;
    let key_file = match key {
        Some(path) => &PemFile::read("client_key", path)?,
        None => &cert_file,
    };
    let key = key_file.key()?;
    check_pair(&chain, &key_file.bytes).map_err(|problem| key_file.problem(&problem))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// Whether the key can be used and belongs to the certificate. ureq would panic at the first call.
fn check_pair(chain: &[Certificate<'static>], key_pem: &[u8]) -> Result<(), String> {
    let ders = chain.iter().map(|it| CertificateDer::from(it.der()));
    let chain = ders.map(CertificateDer::into_owned).collect();
    let key = PrivateKeyDer::from_pem_slice(key_pem)
        .map_err(|_| "holds no private key that can be read".to_owned())?;
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_client_auth_cert(chain, key)
        })
        .map(drop)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "holds a key that doesn't belong to the certificate of client_cert".to_owned()
            }
            error => format!("can't be used with the certificate of client_cert: {error}"),
        })
}

/// A file of PEM blocks, by the setting that names it.
struct PemFile<'a> {
    setting: &'static str,
    path: &'a Path,
    bytes: Vec<u8>,
}

impl<'a> PemFile<'a> {
    fn read(setting: &'static str, path: &'a Path) -> Result<Self, String> {
        let mut file = Self {
            setting,
            path,
            bytes: Vec::new(),
        };
        let read = File::open(path)
            .and_then(|open| open.take(FILE_LIMIT + 1).read_to_end(&mut file.bytes));
        match read {
            Err(error) => Err(file.problem(&format!("can't be read: {error}"))),
            Ok(0) => Err(file.problem("is empty")),
            Ok(_) if file.bytes.len() as u64 > FILE_LIMIT => {
                Err(file.problem("is too large for a file of certificates"))
            }
            Ok(_) => Ok(file),
        }
    }

    fn certificates(&self) -> Result<Vec<Certificate<'static>>, String> {
        let mut certificates = Vec::new();
        for item in parse_pem(&self.bytes) {
            match item {
                Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
                Ok(_) => {}
                Err(_) => return Err(self.problem("is no proper PEM")),
            }
        }
        if certificates.is_empty() {
            return Err(self.problem("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"));
        }
        Ok(certificates)
    }

    fn key(&self) -> Result<PrivateKey<'static>, String> {
        PrivateKey::from_pem(&self.bytes).map_err(|_| {
            let is_encrypted = self
                .bytes
                .windows(b"ENCRYPTED".len())
                .any(|word| word == b"ENCRYPTED");
            self.problem(if is_encrypted {
                "holds an encrypted private key, which isn't supported: decrypt it"
            } else {
                "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"
            })
        })
    }

    fn problem(&self, problem: &str) -> String {
        format!("{} {} {problem}", self.setting, self.path.display())
    }
}
