//! Sockets and HTTP around the service.

mod connection;
mod ended;
mod ending;
mod handshake;
mod line;
mod request_fault;
mod stream;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

pub(crate) use self::ended::Ended;
use self::stream::Stream;
use crate::{
    clock::{self, Clock},
    faults::{Armed, Ending, Faults},
    service::Service,
    tls::ServerTls,
};

/// How long a caller waits for the server's end: the grace for requests, and some for the rest.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(4);

const GRACE: Duration = Duration::from_secs(2);
const MAX_CONNECTIONS: usize = 512;
const MAX_HEADER_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
/// hyper starts this at the end of the request before, so it limits idle connections too.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// After a failed accept, mostly for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the server's thread and the handle both use.
pub(crate) struct Shared {
    service: Mutex<Service>,
    clock: Arc<Clock>,
    faults: Faults,
    tls: Option<ServerTls>,
}

impl Shared {
    pub(crate) fn new(
        service: Service,
        clock: Arc<Clock>,
        faults: Faults,
        tls: Option<ServerTls>,
    ) -> Self {
        Self {
            service: Mutex::new(service),
            clock,
            faults,
            tls,
        }
    }

    pub(crate) fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        clock::in_utc((self.clock)())
    }
}

/// Accepts and answers until `stop` turns true, then lets requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let http = http();
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let (stream, slot) = tokio::select! {
            // An error means that the handle is gone, so nobody wants answers any more.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        // Costs latency only; the connection is good without.
        let _ = stream.set_nodelay(true);
        let fault = shared.faults.arm_connection();
        let shared = Arc::clone(&shared);
        let http = http.clone();
        let watcher = graceful.watcher();
        let mut stop = stop.clone();
        tokio::spawn(async move {
            if let Some(ending) = arrive(fault).await {
                drop(watcher);
                ending::carry_out(stream, ending).await;
                return;
            }
            let stream = tokio::select! {
                // Nothing was asked so far.
                _ = stop.wait_for(|stop| *stop) => return,
                stream = handshake::shake_hands(stream, shared.tls.as_ref()) => stream,
            };
            if let Some(stream) = stream {
                converse(stream, &http, watcher, shared).await;
            }
            drop(slot);
        });
    }
    drop(listener);
    // What isn't done by then ends with the runtime.
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

/// Answers the requests of one connection.
async fn converse(stream: Stream, http: &http1::Builder, watcher: Watcher, shared: Arc<Shared>) {
    let (line, remote) = line::split(stream);
    let connection = watcher.watch(http.serve_connection(
        TokioIo::new(line),
        service_fn({
            let remote = remote.clone();
            move |request| connection::answer(Arc::clone(&shared), remote.clone(), request)
        }),
    ));
    // A broken connection concerns its client alone.
    drop(connection.await);
    if let Some((stream, ending)) = remote.into_ending() {
        ending::carry_out(stream, ending).await;
    }
}

/// What a fault does to a connection of which nothing was read so far.
async fn arrive(fault: Option<Armed>) -> Option<Ending> {
    let mut armed = fault?;
    if !armed.fire() {
        return None;
    }
    let kind = armed.fault().kind();
    if let Some(pace) = kind.pace() {
        sleep(pace.first).await;
    }
    kind.ending()
}

/// One connection, taken from the queue only when there is room for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, Option<tokio::sync::OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a slot in the end.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => return (stream, slot),
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS)
        .title_case_headers(true);
    http
}
