//! A client that speaks TLS, over a blocking socket.

use std::{io::Write, net::TcpStream, sync::Arc};

use mss_emulator::{ClientCertificate, Emulator};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};

use crate::support::{Connection, Request, Response, read};

pub(crate) type Secured = StreamOwned<ClientConnection, TcpStream>;

/// What a client trusts, and what it shows of itself.
pub(crate) struct Client<'a> {
    pub(crate) ca_pem: &'a str,
    pub(crate) certificate: Option<&'a ClientCertificate>,
    pub(crate) versions: &'a [&'static SupportedProtocolVersion],
    pub(crate) host: &'static str,
}

impl<'a> Client<'a> {
    /// One that trusts the emulator's CA.
    pub(crate) fn of(emulator: &'a Emulator) -> Self {
        Self {
            ca_pem: emulator.ca_pem().unwrap(),
            certificate: None,
            versions: tokio_rustls::rustls::ALL_VERSIONS,
            host: "127.0.0.1",
        }
    }

    /// A connection whose handshake begins with its first use.
    pub(crate) fn open(&self, emulator: &Emulator) -> Secured {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(self.versions).unwrap();
        let builder = builder.with_root_certificates(roots);
        let config = match self.certificate {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let chain = CertificateDer::pem_slice_iter(own.certificate_pem().as_bytes());
                let chain = chain.collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_slice(own.key_pem().as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let host = ServerName::try_from(self.host).unwrap();
        let session = ClientConnection::new(Arc::new(config), host).unwrap();
        StreamOwned::new(session, Connection::open(emulator.local_addr()).0)
    }
}

/// A connection as a good client makes it.
pub(crate) fn open(emulator: &Emulator) -> Secured {
    Client::of(emulator).open(emulator)
}

pub(crate) fn call(connection: &mut Secured, request: &Request) -> Response {
    connection.write_all(&request.head()).unwrap();
    connection.write_all(&request.body).unwrap();
    read(connection)
}
