//! Why there is no TLS connection, in words for a person.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, pki_types::UnixTime};
use time::OffsetDateTime;

/// Names of a certificate that are shown.
const NAMES_SHOWN: usize = 5;

/// The error of TLS in an error of I/O, as which it arrives.
pub(super) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the server says that it wants another client certificate, or one at all. With TLS 1.3
/// it says so when the client already takes the connection for ready; but a request is read only
/// after that.
pub(super) fn refuses_client(error: &Error) -> bool {
    matches!(error, Error::AlertReceived(alert) if is_about_client(*alert))
}

fn is_about_client(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError
    )
}

/// What went wrong, and what to do.
pub(super) fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => of_certificate(problem),
        Error::AlertReceived(alert) if is_about_client(*alert) => format!(
            "the server refused this client's certificate, or wants one ({alert:?}): check client_cert"
        ),
        Error::AlertReceived(alert) => {
            format!("the server refused ({alert:?}); TLS 1.2 or 1.3 is needed")
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks neither TLS 1.2 nor 1.3".to_owned(),
        Error::InvalidMessage(_) => {
            "what answers doesn't speak TLS: perhaps its port is for plain http".to_owned()
        }
        other => other.to_string(),
    }
}

fn of_certificate(problem: &CertificateError) -> String {
    match problem {
        CertificateError::UnknownIssuer => "the server's certificate is not signed by a known \
             authority: it is self-signed, or an organisation's own authority has signed it. Give \
             that authority's certificate as ca_file"
            .to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "the server's certificate is not for {}, but for {}",
            expected.to_str(),
            names(presented)
        ),
        CertificateError::NotValidForName => {
            "the server's certificate is for another host".to_owned()
        }
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "the server's certificate has expired on {}, or this machine's clock is wrong",
            day(*not_after)
        ),
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the server's certificate is valid from {} only, or this machine's clock is wrong",
            day(*not_before)
        ),
        CertificateError::Expired => "the server's certificate has expired".to_owned(),
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        CertificateError::BadSignature => {
            "the server's certificate wasn't signed by the authority that it names: check ca_file"
                .to_owned()
        }
        other => {
            let text = other.to_string();
            if text.contains("CaUsedAsEndEntity") {
                return "the server shows an authority's certificate (CA:TRUE) as its own. It needs \
                        one that the authority has signed"
                    .to_owned();
            }
            format!("the server's certificate can't be trusted: {text}")
        }
    }
}

/// The names of a certificate. They are the server's text, so only what a name can hold is shown.
fn names(presented: &[String]) -> String {
    let name = |text: &String| -> String {
        let inner = text
            .split_once('(')
            .and_then(|(_, rest)| rest.strip_suffix(')'))
            .unwrap_or(text);
        let allowed = |c: &char| c.is_ascii_alphanumeric() || "-._*:".contains(*c);
        inner.chars().filter(allowed).collect()
    };
    let shown: Vec<_> = presented.iter().take(NAMES_SHOWN).map(name).collect();
    match presented.len() {
        0 => "no name at all (subjectAltName)".to_owned(),
        all if all > NAMES_SHOWN => format!("{} and others", shown.join(", ")),
        _ => shown.join(", "),
    }
}

fn day(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .map_or_else(
            || "an impossible day".to_owned(),
            |time| time.date().to_string(),
        )
}
