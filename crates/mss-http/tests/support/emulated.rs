//! The emulator with a client for it.

use std::time::Duration;

use mss_emulator::{Builder, Emulator, Fault, FileState, FileView, Operation};
use mss_http::{CallOptions, Client, Credentials};

/// An emulator of its own for one test.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
}

/// Short enough for a test that waits for their end, long enough for a busy machine.
pub(crate) fn short() -> CallOptions {
    CallOptions::new()
        .connect_timeout(Duration::from_secs(1))
        .attempt_timeout(Duration::from_millis(400))
        .total_timeout(Duration::from_secs(3))
        .stall_timeout(Duration::from_millis(400))
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::of(Emulator::builder())
    }

    pub(crate) fn with(options: CallOptions) -> Self {
        let service = Self::new();
        let client = service.client.with_options(options);
        let client = client.expect("good options");
        Self { client, ..service }
    }

    pub(crate) fn of(builder: Builder) -> Self {
        let emulator = builder.start().expect("an emulator");
        let keys = Credentials::new(emulator.access_key(), emulator.secret_key());
        let builder = Client::builder().endpoint(emulator.url());
        let builder = builder.project_id(emulator.project_id());
        let client = builder.credentials(keys.expect("good keys")).build();
        let client = client.expect("a good configuration");
        Self { emulator, client }
    }

    /// Orders a fault.
    pub(crate) fn fault(&self, fault: Fault) -> u64 {
        self.emulator.inject(fault).expect("a possible fault")
    }

    /// How many requests of this kind have arrived.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        let requests = self.emulator.requests();
        let same = |it: &&mss_emulator::RequestView| it.operation == Some(operation);
        requests.iter().filter(same).count()
    }

    /// How many requests have arrived.
    pub(crate) fn requests(&self) -> usize {
        self.emulator.requests().len()
    }

    /// The only file there is.
    #[track_caller]
    pub(crate) fn file(&self) -> FileView {
        let mut files = self.emulator.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// The states of all files, oldest first.
    pub(crate) fn states(&self) -> Vec<FileState> {
        self.emulator.files().iter().map(|it| it.state).collect()
    }
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}
