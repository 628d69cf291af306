//! The handle of a running emulator.

use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    process,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use time::OffsetDateTime;
use tokio::{runtime, sync::watch};

use crate::{
    builder::{Builder, StartError},
    clock::Clock,
    faults::{Fault, FaultError, FaultView, Faults},
    identity::{self, Identity},
    review::ReviewScript,
    secret::Secret,
    server::{self, Ended, Shared},
    service::{Service, Settings},
    tls::{Certificates, ClientCertificate, Tls},
    view::{AssetView, AuthenticationFailures, FileView, Operation, RequestView},
};

/// A local `MetaStudio` that runs until it is shut down or dropped.
///
/// It can be shared between threads, so a signal handler may call
/// [`shutdown`](Self::shutdown) while the main thread sits in [`wait`](Self::wait).
pub struct Emulator {
    shared: Arc<Shared>,
    faults: Faults,
    url: String,
    address: SocketAddr,
    project_id: String,
    access_key: String,
    secret_key: Secret,
    token: Secret,
    pub(crate) identity: identity::Settings,
    certificates: Option<Certificates>,
    stop: watch::Sender<bool>,
    ended: Arc<Ended>,
    thread: Mutex<Option<JoinHandle<()>>>,
    process: u32,
}

impl Emulator {
    /// Settings for a new emulator.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn launch(
        bind: SocketAddr,
        settings: Settings,
        tls: Option<&Tls>,
        clock: Arc<Clock>,
    ) -> Result<Self, StartError> {
        let listener = TcpListener::bind(bind).map_err(|source| StartError::Bind {
            address: bind,
            source,
        })?;
        listener.set_nonblocking(true).map_err(StartError::Server)?;
        let address = listener.local_addr().map_err(StartError::Server)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Server)?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(StartError::Server)?
        };

        let (server_tls, certificates) = tls
            .map(|tls| tls.set_up(address.ip()))
            .transpose()
            .map_err(StartError::Tls)?
            .unzip();

        let scheme = settings.scheme;
        let project_id = settings.project_id.clone();
        let access_key = settings.access_key.clone();
        let secret_key = settings.secret_key.clone();
        let token = settings.token.clone();
        let identity = settings.identity.clone();
        let faults = Faults::default();
        let service = Service::new(settings, address.to_string(), faults.clone());
        let shared = Arc::new(Shared::new(service, clock, faults.clone(), server_tls));
        let (stop, stopped) = watch::channel(false);
        let ended = Arc::new(Ended::default());

        let thread = thread::Builder::new()
            .name("mss-emulator".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                let announce = Ended::announce(&ended);
                move || {
                    // Told last, after the runtime and with it all sockets are gone.
                    let _announce = announce;
                    let runtime = runtime;
                    runtime.block_on(server::serve(listener, shared, stopped));
                }
            })
            .map_err(StartError::Server)?;

        Ok(Self {
            shared,
            faults,
            url: format!("{scheme}://{address}"),
            address,
            project_id,
            access_key,
            secret_key,
            token,
            identity,
            certificates,
            stop,
            ended,
            thread: Mutex::new(Some(thread)),
            process: process::id(),
        })
    }

    /// The endpoint to give to a client, such as `http://127.0.0.1:40123`; with TLS `https`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The project that exists.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// The access key that exists.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The secret key that belongs to the access key.
    pub fn secret_key(&self) -> &str {
        self.secret_key.expose()
    }

    /// The `X-Auth-Token` that is accepted.
    pub fn token(&self) -> &str {
        self.token.expose()
    }

    /// The certificate that clients have to trust; `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        Some(&self.certificates.as_ref()?.ca_pem)
    }

    /// A certificate to show where
    /// [`demand_client_certificate`](Tls::demand_client_certificate) is set; `None` without TLS.
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        Some(&self.certificates.as_ref()?.client)
    }

    /// All assets, oldest first: those that were created, and those that files named.
    pub fn assets(&self) -> Vec<AssetView> {
        self.shared.service().assets()
    }

    /// All registered files, oldest first.
    pub fn files(&self) -> Vec<FileView> {
        self.shared.service().files()
    }

    /// The stored bytes of a file; `None` when nothing was stored or it was too large to keep.
    pub fn file_body(&self, file_id: &str) -> Option<Vec<u8>> {
        self.shared.service().file_body(file_id)
    }

    /// What arrived, oldest first: the last 65,536 requests. Requests to `/_emulator` and
    /// bytes that aren't HTTP don't count.
    pub fn requests(&self) -> Vec<RequestView> {
        self.shared.service().requests()
    }

    /// The access keys with which a signature was refused, and how often. Sorted, those that exist
    /// first; of others the first 1,000.
    pub fn authentication_failures(&self) -> Vec<AuthenticationFailures> {
        self.shared.service().authentication_failures()
    }

    /// Orders something to go wrong, and returns the number under which [`fired`](Self::fired)
    /// knows it.
    ///
    /// # Errors
    /// [`FaultError`] when the fault contradicts itself, such as a bandwidth of 0.
    pub fn inject(&self, fault: Fault) -> Result<u64, FaultError> {
        self.faults.inject(fault)
    }

    /// All faults since the last [`clear_faults`](Self::clear_faults), also those that are used
    /// up, in the order in which they were injected.
    pub fn faults(&self) -> Vec<FaultView> {
        self.faults.views()
    }

    /// How many times a fault has happened; 0 when there is no such fault. It counts just before
    /// the client can notice.
    pub fn fired(&self, id: u64) -> u32 {
        let views = self.faults.views();
        let view = views.iter().find(|view| view.id == id);
        view.map_or(0, |view| view.fired)
    }

    /// Forgets all faults. What has happened to a connection already goes on.
    pub fn clear_faults(&self) {
        self.faults.clear();
    }

    /// The next request to `operation` is answered with `status`: short for
    /// [`inject`](Self::inject) of [`Fault::status`].
    ///
    /// A status outside 400 to 599 counts as 500.
    pub fn fail_next(&self, operation: Operation, status: u16) {
        let status = if (400..600).contains(&status) {
            status
        } else {
            500
        };
        // With a status of that range there is nothing to refuse.
        let _ = self.inject(Fault::status(status).on(operation));
    }

    /// How the review goes of each file that is confirmed as CREATED from now on.
    pub fn set_review(&self, script: ReviewScript) {
        self.shared.service().set_review(script);
    }

    /// Stops: no new connections, idle ones are closed, requests under way get two seconds.
    /// Returns when the address is free again.
    pub fn shutdown(&self) {
        // The server's thread doesn't exist in a forked child.
        if process::id() != self.process {
            return;
        }
        self.stop.send_replace(true);
        if self.ended.wait_at_most(server::STOP_LIMIT) {
            let thread = self
                .thread
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(thread) = thread {
                // A panic of the thread has nothing left to break.
                let _ = thread.join();
            }
        }
    }

    /// Blocks until the emulator has been stopped.
    pub fn wait(&self) {
        self.ended.wait();
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.shared.now()
    }

    pub(crate) fn with_identity<R>(&self, work: impl FnOnce(&mut Identity) -> R) -> R {
        work(self.shared.service().identity())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url)
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}
