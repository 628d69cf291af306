//! The links of ureq's chain that are ours.

use std::{io, rc::Rc, sync::Arc};

use http::Uri;
use ureq::{
    config::Config,
    unversioned::transport::{
        ConnectProxyConnector, ConnectionDetails, Connector, Either, Transport,
    },
};

use super::{
    Call, Fault, FaultKind, connect,
    proxies::{Proxies, place},
    stream::TickStream,
};

/// A tunnel (CONNECT) through a proxy, where one is on the way.
///
/// ureq has one proxy for everything and for https and http the same. So it is told of none, and
/// only its link that makes tunnels learns, for each connection, of the right one.
#[derive(Debug)]
pub(super) struct ProxyTunnel {
    proxies: Proxies,
    connector: ConnectProxyConnector,
}

impl ProxyTunnel {
    pub(super) fn new(proxies: Proxies) -> Self {
        Self {
            proxies,
            connector: ConnectProxyConnector::default(),
        }
    }
}

impl Connector<()> for ProxyTunnel {
    type Out = <ConnectProxyConnector as Connector<()>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let call = current()?;
        if call.is_reaching_proxy() {
            // The chain runs once more, to the proxy itself.
            return Ok(None);
        }
        let proxy = match self.proxies.of(details.uri) {
            Ok(None) => return Ok(None),
            Ok(Some(proxy)) => proxy,
            Err(problem) => return Err(failed(&call, Fault::new(FaultKind::Proxy, problem))),
        };
        call.start_tunnel(place(proxy));
        let config = Config::builder()
            .proxy(Some(proxy.clone()))
            .user_agent(details.config.user_agent().clone())
            .tls_config(details.config.tls_config().clone())
            .input_buffer_size(details.config.input_buffer_size())
            .output_buffer_size(details.config.output_buffer_size())
            .build();
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.resolver.empty(),
            config: &config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        };
        let tunnel = self.connector.connect(&details, chained)?;
        call.tunnel_made();
        Ok(tunnel)
    }
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
        let call = current()?;
        call.start_connecting();
        let (host, port) = host_and_port(details.uri);
        match connect::connect(&call, &host, port) {
            Ok(stream) => Ok(Some(Either::B(stream))),
            Err(fault) => Err(failed(&call, fault)),
        }
    }
}

pub(super) fn current() -> Result<Rc<Call>, ureq::Error> {
    Call::current().ok_or_else(|| io::Error::other("a connection was wanted outside a call").into())
}

/// Leaves the fault where the caller of ureq finds it.
fn failed(call: &Call, fault: Fault) -> ureq::Error {
    let error = io::Error::other(fault.to_string());
    call.set_fault(fault);
    error.into()
}

/// The host without brackets, and the port, which the scheme gives where the URL doesn't.
pub(crate) fn host_and_port(uri: &Uri) -> (String, u16) {
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
    pub(crate) fn place(host: &str, port: u16) -> String {
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }
}
