//! A CA for one emulator, and what it signs.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{ClientCertificate, TlsCertificate};
use crate::secret::Secret;

/// What a good server has.
const HOSTS: [&str; 3] = ["127.0.0.1", "::1", "localhost"];
const OTHER_HOST: &str = "other.example";

/// All that is made at the start.
pub(crate) struct Certificates {
    pub(crate) ca_pem: String,
    pub(super) ca: CertificateDer<'static>,
    pub(super) server: CertificateDer<'static>,
    pub(super) server_key: PrivateKeyDer<'static>,
    pub(crate) client: ClientCertificate,
}

impl Certificates {
    /// `now` is the time by which clients will judge them.
    pub(crate) fn make(
        kind: TlsCertificate,
        listens_on: IpAddr,
        now: OffsetDateTime,
    ) -> Result<Self, rcgen::Error> {
        let ca = CertifiedIssuer::self_signed(ca_params(now)?, KeyPair::generate()?)?;

        let server_key = KeyPair::generate()?;
        let server = server_params(kind, listens_on, now)?;
        let server = match kind {
            TlsCertificate::SelfSigned => server.self_signed(&server_key)?,
            _ => server.signed_by(&server_key, &ca)?,
        };

        let client_key = KeyPair::generate()?;
        let client = named("A client of the emulator", Vec::new(), now)?;
        let client = purpose(client, ExtendedKeyUsagePurpose::ClientAuth);
        let client = client.signed_by(&client_key, &ca)?;

        Ok(Self {
            ca_pem: ca.pem(),
            ca: ca.der().clone(),
            server: server.der().clone(),
            server_key: PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
            client: ClientCertificate {
                certificate_pem: client.pem(),
                key_pem: Secret::new(client_key.serialize_pem()),
            },
        })
    }
}

fn ca_params(now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = named("CA of a metastudio emulator", Vec::new(), now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn server_params(
    kind: TlsCertificate,
    listens_on: IpAddr,
    now: OffsetDateTime,
) -> Result<CertificateParams, rcgen::Error> {
    let params = named("A metastudio emulator", hosts(kind, listens_on), now)?;
    let mut params = purpose(params, ExtendedKeyUsagePurpose::ServerAuth);
    match kind {
        TlsCertificate::Expired => {
            params.not_before = now - Duration::days(30);
            params.not_after = now - Duration::days(1);
        }
        TlsCertificate::NotYetValid => params.not_before = now + Duration::days(1),
        _ => {}
    }
    Ok(params)
}

fn hosts(kind: TlsCertificate, listens_on: IpAddr) -> Vec<String> {
    if kind == TlsCertificate::OtherHost {
        return vec![OTHER_HOST.to_owned()];
    }
    let mut hosts: Vec<_> = HOSTS.map(str::to_owned).into();
    let own = listens_on.to_string();
    if !listens_on.is_unspecified() && !hosts.contains(&own) {
        hosts.push(own);
    }
    hosts
}

fn named(
    name: &str,
    hosts: Vec<String>,
    now: OffsetDateTime,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    // Clocks of containers and virtual machines may be off.
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(365);
    Ok(params)
}

/// Of a certificate that isn't a CA's.
fn purpose(mut params: CertificateParams, purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params
}
