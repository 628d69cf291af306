//! The links of ureq's chain that are ours.

use http::Uri;
use mss_core::is_loopback;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Either, Transport,
};

use super::{Call, Fault, connect, stream::TickStream};

/// The address at which cloud machines find their metadata.
const METADATA_HOST: &str = "169.254.169.254";

/// A tunnel through the proxy of the environment, except to this machine and to the metadata
/// address, where a proxy has no business.
#[derive(Debug, Default)]
pub(super) struct ProxyTunnel(ConnectProxyConnector);

impl Connector<()> for ProxyTunnel {
    type Out = <ConnectProxyConnector as Connector<()>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if is_never_proxied(details.uri) {
            return Ok(None);
        }
        let tunnel = self.0.connect(details, chained);
        if let Some(call) = Call::current() {
            call.connection_not_ready();
        }
        tunnel
    }
}

fn is_never_proxied(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    is_loopback(host) || host == METADATA_HOST
}

/// Opens a TCP connection where no tunnel exists yet.
#[derive(Debug)]
pub(super) struct TickTcp;

impl<In: Transport> Connector<In> for TickTcp {
    type Out = Either<In, TickStream>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let Some(call) = Call::current() else {
            return Err(std::io::Error::other("a connection was wanted outside a call").into());
        };
        call.start_connecting();
        let (host, port) = host_and_port(details.uri);
        match connect::connect(&call, &host, port) {
            Ok(stream) => Ok(Some(Either::B(stream))),
            Err(fault) => {
                let error = std::io::Error::other(fault.to_string());
                call.set_fault(fault);
                Err(error.into())
            }
        }
    }
}

fn host_and_port(uri: &Uri) -> (String, u16) {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    (bare.to_owned(), uri.port_u16().unwrap_or(usual))
}

impl Fault {
    /// A host for an error's text, with its port.
    pub(super) fn place(host: &str, port: u16) -> String {
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }
}
