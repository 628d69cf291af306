//! A server on a real socket that does what a test says, well or badly, and writes down what it
//! saw. Nothing waits for ever: every wait has an end after which the test fails.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses its own part"
)]

mod act;
mod blackhole;
mod client;
mod connection;
mod emulated;
mod metastudio;
mod mutating;
mod tls;

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub(crate) use act::{Act, answer, ok, ok_with};
pub(crate) use blackhole::Blackhole;
pub(crate) use client::{
    ACCESS_KEY, PROJECT, SECRET_KEY, asset, builder, client, client_with_token, create, file, keys,
    once, quick,
};
pub(crate) use connection::{Connection, Request};
pub(crate) use emulated::{Service, bytes, short};
pub(crate) use metastudio::{
    Call, confirmed, count, metastudio, metastudio_over, shows, shows_files,
};
pub(crate) use mutating::{Wire, mutating};
pub(crate) use tls::{Authority, self_signed};

use rustls::ServerConfig;

/// Longest wait of a test for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A listening server; it stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
    stopped: AtomicBool,
}

/// What the server saw.
#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    connections: usize,
    ended: usize,
    sockets: Vec<Weak<TcpStream>>,
}

impl Server {
    /// A server that treats each connection, counted from 0, in a thread of its own.
    pub(crate) fn raw(handle: impl Fn(&mut Connection, usize) + Send + Sync + 'static) -> Self {
        Self::over(None, handle)
    }

    /// As [`Server::raw`], over TLS if there is a configuration for it.
    pub(crate) fn over(
        tls: Option<Arc<ServerConfig>>,
        handle: impl Fn(&mut Connection, usize) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::start(listener, tls, handle)
    }

    /// As [`Server::raw`], on a listener that the test made.
    pub(crate) fn on(
        listener: TcpListener,
        handle: impl Fn(&mut Connection, usize) + Send + Sync + 'static,
    ) -> Self {
        Self::start(listener, None, handle)
    }

    fn start(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        handle: impl Fn(&mut Connection, usize) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("its address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, tls.as_ref(), &shared, &Arc::new(handle))
        });
        Self {
            address,
            scheme,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// A server that decides about each request, counted from 0, whatever its connection.
    pub(crate) fn acting(decide: impl Fn(&Request, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::acting_over(None, decide)
    }

    /// As [`Server::acting`], over TLS if there is a configuration for it.
    pub(crate) fn acting_over(
        tls: Option<Arc<ServerConfig>>,
        decide: impl Fn(&Request, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let next = Mutex::new(0);
        Self::over(tls, move |connection, _| {
            while let Some(request) = connection.request() {
                let number = {
                    let mut next = locked(&next);
                    *next += 1;
                    *next - 1
                };
                if !connection.perform(&decide(&request, number)) {
                    return;
                }
            }
        })
    }

    /// A server that does one thing a request, whatever its connection; the last one again and
    /// again.
    pub(crate) fn script(acts: impl Into<Vec<Act>>) -> Self {
        Self::script_over(None, acts)
    }

    /// As [`Server::script`], over TLS if there is a configuration for it.
    pub(crate) fn script_over(tls: Option<Arc<ServerConfig>>, acts: impl Into<Vec<Act>>) -> Self {
        let acts: Vec<Act> = acts.into();
        Self::acting_over(tls, move |_, number| {
            acts[number.min(acts.len() - 1)].clone()
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.seen().requests.clone()
    }

    /// How many connections were accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.seen().connections
    }

    /// Requests and connections so far.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let seen = self.shared.seen();
        (seen.requests.len(), seen.connections)
    }

    /// Waits until this many requests have arrived.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        self.wait("requests", |seen| seen.requests.len() >= count);
    }

    /// Waits until this many connections were accepted.
    pub(crate) fn wait_for_connections(&self, count: usize) {
        self.wait("connections", |seen| seen.connections >= count);
    }

    /// Waits until the server is done with this many connections and has closed them.
    pub(crate) fn wait_for_ends(&self, count: usize) {
        self.wait("ends", |seen| seen.ended >= count);
    }

    fn wait(&self, what: &str, done: impl Fn(&Seen) -> bool) {
        let guard = self.shared.seen();
        let (_guard, waited) = self
            .shared
            .changed
            .wait_timeout_while(guard, PATIENCE, |seen| !done(seen))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "the server waited in vain for {what}");
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        locked(&self.seen)
    }

    fn note<R>(&self, change: impl FnOnce(&mut Seen) -> R) -> R {
        let result = change(&mut self.seen());
        self.changed.notify_all();
        result
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept<H>(
    listener: &TcpListener,
    tls: Option<&Arc<ServerConfig>>,
    shared: &Arc<Shared>,
    handle: &Arc<H>,
) where
    H: Fn(&mut Connection, usize) + Send + Sync + 'static,
{
    let mut handlers: Vec<JoinHandle<()>> = Vec::new();
    for socket in listener.incoming() {
        if shared.stopped.load(Ordering::Acquire) {
            break;
        }
        let Ok(socket) = socket.map(Arc::new) else {
            continue;
        };
        let number = shared.note(|seen| {
            seen.sockets.push(Arc::downgrade(&socket));
            seen.connections += 1;
            seen.connections - 1
        });
        let (shared, handle, tls) = (Arc::clone(shared), Arc::clone(handle), tls.cloned());
        // A thread keeps its stack for as long as its handle is kept.
        handlers.retain(|it| !it.is_finished());
        handlers.push(thread::spawn(move || {
            let mut connection = Connection::new(socket, tls.as_ref(), number, Arc::clone(&shared));
            handle(&mut connection, number);
            drop(connection);
            shared.note(|seen| seen.ended += 1);
        }));
    }
    for handler in handlers {
        let _ = handler.join();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        for socket in &self.shared.seen().sockets {
            if let Some(socket) = socket.upgrade() {
                let _ = socket.shutdown(std::net::Shutdown::Both);
            }
        }
        // Wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

/// Runs `work` and says how long it took.
pub(crate) fn timed<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let started = Instant::now();
    let result = work();
    (result, started.elapsed())
}

/// Fails unless `time` is within 250 ms of `expected`; a busy machine only makes things later,
/// so a little more is granted upwards.
#[track_caller]
pub(crate) fn assert_near(time: Duration, expected: Duration) {
    let early = expected.saturating_sub(Duration::from_millis(20));
    let late = expected + Duration::from_millis(250);
    assert!(
        early <= time && time <= late,
        "took {time:?}, expected {expected:?}"
    );
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A file that holds this text.
pub(crate) fn pem_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("room for it");
    file
}
