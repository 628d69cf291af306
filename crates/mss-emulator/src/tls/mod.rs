//! TLS with certificates that are made at the start, and with what can be wrong about them.

mod certificates;
mod server;

use std::{fmt, io, net::IpAddr};

use time::OffsetDateTime;

pub(crate) use self::{certificates::Certificates, server::ServerTls};
use crate::secret::Secret;

/// How an emulator speaks TLS 1.2 and 1.3.
///
/// Certificates are made anew at each start, and their keys live in memory only. Clients have to
/// trust [`Emulator::ca_pem`](crate::Emulator::ca_pem).
///
/// ```
/// use mss_emulator::{Emulator, Tls, TlsCertificate};
///
/// let emulator = Emulator::builder().tls(Tls::new()).start()?;
/// assert!(emulator.url().starts_with("https://127.0.0.1:"));
/// assert!(emulator.ca_pem().is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
///
/// // One that no client should talk to:
/// let expired = Tls::new().certificate(TlsCertificate::Expired);
/// let emulator = Emulator::builder().tls(expired).start()?;
/// # Ok::<(), mss_emulator::StartError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tls {
    certificate: TlsCertificate,
    demands_client_certificate: bool,
    stall_after: Option<usize>,
}

impl Tls {
    /// As a good server does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificate that it shows; a good one by default.
    #[must_use]
    pub fn certificate(mut self, certificate: TlsCertificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// Whether clients have to show a certificate of the emulator's CA, such as
    /// [`Emulator::client_certificate`](crate::Emulator::client_certificate); not by default.
    #[must_use]
    pub fn demand_client_certificate(mut self, demand: bool) -> Self {
        self.demands_client_certificate = demand;
        self
    }

    /// Each handshake comes to a halt after so many bytes of the server's answer, which has about
    /// 700; the connection stays open until the client has had enough.
    ///
    /// A server that doesn't even read is
    /// [`Fault::black_hole().on_connect()`](crate::Fault::on_connect).
    #[must_use]
    pub fn stall_after(mut self, bytes: usize) -> Self {
        self.stall_after = Some(bytes);
        self
    }

    /// Makes the certificates of an emulator. Clients judge them by the time of the system,
    /// whatever the emulator's clock says.
    pub(crate) fn set_up(&self, listens_on: IpAddr) -> io::Result<(ServerTls, Certificates)> {
        let now = OffsetDateTime::now_utc();
        let certificates =
            Certificates::make(self.certificate, listens_on, now).map_err(io::Error::other)?;
        let server = ServerTls::new(self, &certificates)?;
        Ok((server, certificates))
    }
}

/// The certificate that an emulator shows. All are judged by the time of the system, which the
/// emulator's clock doesn't change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsCertificate {
    /// Signed by the CA, for 127.0.0.1, ::1, localhost and the address that the emulator listens on.
    #[default]
    Valid,
    /// Its time ended yesterday.
    Expired,
    /// Its time begins tomorrow.
    NotYetValid,
    /// For `other.example` alone.
    OtherHost,
    /// Signed by itself and not by the CA.
    SelfSigned,
}

/// A client's certificate of an emulator's CA, with its private key. It opens nothing but that
/// emulator.
pub struct ClientCertificate {
    certificate_pem: String,
    key_pem: Secret,
}

impl ClientCertificate {
    /// The certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key, in PKCS #8.
    pub fn key_pem(&self) -> &str {
        self.key_pem.expose()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}
