//! The way to the server: ureq over sockets that wait in ticks.
//!
//! ureq parses HTTP, keeps the pool and speaks TLS and to proxies. The sockets under it are ours,
//! for three reasons: a blocked ureq call can't be cancelled without closing everybody's
//! connections; nobody can tell from its errors how much of a request was written, which decides
//! whether the call may have been applied; and a small request costs it nine system calls where
//! three do.

mod buffers;
mod call;
mod certificate;
mod connect;
mod connections;
mod connector;
mod examine;
mod exchange;
mod fault;
mod look;
mod no_proxy;
mod probe;
mod proxies;
mod ready;
mod resolver;
mod settings;
mod stream;
mod tls;
mod tls_words;

use std::time::Duration;

use ureq::{
    Agent,
    config::Config,
    unversioned::transport::{Connector as _, RustlsConnector},
};

pub(crate) use call::{Call, Limits};
pub(crate) use certificate::Certificate;
pub(crate) use connections::Connections;
pub(crate) use connector::host_and_port;
pub(crate) use examine::{connect_to, look_at_certificate, resolve, shake_hands};
pub(crate) use exchange::{Exchanged, exchange};
pub(crate) use fault::{Fault, FaultKind};
pub(crate) use look::Shown;
pub use proxies::Proxy;
pub(crate) use proxies::Route;
pub(crate) use settings::TransportSettings;
pub(crate) use tls::TlsOptions;

/// How long a wait lasts before the cancel hook is asked again.
const TICK: Duration = Duration::from_millis(100);

/// Largest response head, in bytes, and size of the buffers under TLS.
const HEAD_LIMIT: usize = 32 * 1024;

/// Kept connections per host. One per thread that calls at the same time is wanted.
const IDLE_PER_HOST: usize = 64;

/// An agent with our sockets. It follows no redirects, has no clocks of its own (each [`Call`]
/// brings its limits) and reports every status as an answer.
fn agent(user_agent: &str, settings: &TransportSettings) -> Agent {
    let chain =
        ().chain(connector::ProxyTunnel::new(settings.proxies.clone()))
            .chain(connector::TickTcp)
            .chain(RustlsConnector::default())
            .chain(ready::Ready);
    Agent::with_parts(config(user_agent, settings), chain, resolver::ResolvedLater)
}

fn config(user_agent: &str, settings: &TransportSettings) -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(user_agent)
        .proxy(None)
        .tls_config(settings.tls.clone())
        .max_response_header_size(HEAD_LIMIT)
        .input_buffer_size(HEAD_LIMIT)
        .output_buffer_size(64 * 1024)
        .max_idle_connections(2 * IDLE_PER_HOST)
        .max_idle_connections_per_host(IDLE_PER_HOST)
        .build()
}
