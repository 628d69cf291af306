//! The way to a server in single steps, to see which of them fails.
//!
//! Each step makes a connection of its own, by the same links as any call's, and sends no request.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Request, Uri};
use ureq::{
    Agent,
    unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport},
};

use super::{
    Call, Fault, TransportSettings, config, connect,
    connector::{ProxyTunnel, TickTcp, current},
    exchange,
    look::{Look, Shown},
    resolver::ResolvedLater,
};

/// The addresses of a host. `place` is how a fault calls it.
pub(crate) fn resolve(
    call: &Call,
    place: &str,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Fault> {
    call.start_connecting();
    connect::resolve_host(call, place, host, port)
}

/// Opens a connection to one of the addresses and closes it; returns the address.
pub(crate) fn connect_to(
    call: &Call,
    place: &str,
    addresses: Vec<SocketAddr>,
) -> Result<SocketAddr, Fault> {
    call.start_connecting();
    let socket = connect::open(call, place, addresses)?;
    socket
        .peer_addr()
        .map_err(|error| Fault::connect(place, error))
}

/// Looks at the server's certificate, whether or not it is to be trusted.
pub(crate) fn look_at_certificate(
    settings: &TransportSettings,
    uri: &Uri,
    call: Call,
) -> Result<Shown, Fault> {
    let look = Look::default();
    let shown = look.shown();
    let chain = ().chain(ProxyTunnel::new(settings.proxies.clone()));
    let chain = chain.chain(TickTcp).chain(look);
    let ended = run(
        &Agent::with_parts(config("", settings), chain, ResolvedLater),
        uri,
        call,
    );
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
    shown.map_or_else(|| ended.map(|()| Shown::default()), Ok)
}

/// Makes a connection as for a call, the certificate checked and all, and closes it.
pub(crate) fn shake_hands(
    settings: &TransportSettings,
    uri: &Uri,
    call: Call,
) -> Result<(), Fault> {
    let stop = Stop::default();
    let reached = Arc::clone(&stop.reached);
    let chain = ().chain(ProxyTunnel::new(settings.proxies.clone()));
    let chain = chain.chain(TickTcp).chain(RustlsConnector::default());
    let chain = chain.chain(stop);
    let ended = run(
        &Agent::with_parts(config("", settings), chain, ResolvedLater),
        uri,
        call,
    );
    if reached.load(Ordering::Relaxed) {
        return Ok(());
    }
    ended
}

/// Runs a chain whose last link lets nothing through.
fn run(agent: &Agent, uri: &Uri, call: Call) -> Result<(), Fault> {
    let mut request = Request::new(());
    *request.uri_mut() = uri.clone();
    let exchanged = exchange(agent, request, call);
    exchanged.map(drop).map_err(|(fault, _)| fault)
}

/// The end of a chain: notes that there is a connection, and closes it.
#[derive(Debug, Default)]
struct Stop {
    reached: Arc<AtomicBool>,
}

impl<In: Transport> Connector<In> for Stop {
    type Out = In;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<In>, ureq::Error> {
        if chained.is_none() || current()?.is_reaching_proxy() {
            return Ok(chained);
        }
        self.reached.store(true, Ordering::Relaxed);
        Err(io::Error::other("there is a connection, and that was all").into())
    }
}
