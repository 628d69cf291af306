//! Settings of an emulator, checked before it starts.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use time::OffsetDateTime;

use crate::{
    clock::Clock,
    emulator::Emulator,
    identity,
    secret::Secret,
    service::{Limiter, Settings},
    tls::Tls,
};

/// Sets up an [`Emulator`]; every setting has a default.
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    bind: SocketAddr,
    allow_remote: bool,
    project_id: Option<String>,
    access_key: Option<String>,
    secret_key: Option<Secret>,
    token: Option<Secret>,
    region: String,
    url_lifetime: Duration,
    rate_limit: Option<u32>,
    limiter: Limiter,
    body_limit: usize,
    tls: Option<Tls>,
    clock: Arc<Clock>,
    pub(crate) identity: identity::Options,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            project_id: None,
            access_key: None,
            secret_key: None,
            token: None,
            region: "cn-north-4".to_owned(),
            url_lifetime: Duration::from_secs(24 * 60 * 60),
            rate_limit: None,
            limiter: Limiter::default(),
            body_limit: 16 * 1024 * 1024,
            tls: None,
            clock: Arc::new(OffsetDateTime::now_utc),
            identity: identity::Options::new(),
        }
    }

    /// The address to listen on; by default a free port of 127.0.0.1.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = address;
        self
    }

    /// Lets [`bind`](Self::bind) take an address that other machines can reach.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// The one project that exists; by default a random one.
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }

    /// The access key that exists; by default a random one.
    pub fn access_key(mut self, key: impl Into<String>) -> Self {
        self.access_key = Some(key.into());
        self
    }

    /// The secret key that belongs to the access key; by default a random one.
    pub fn secret_key(mut self, key: impl Into<String>) -> Self {
        self.secret_key = Some(Secret::new(key.into()));
        self
    }

    /// The `X-Auth-Token` that is accepted; by default a random one.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token.into()));
        self
    }

    /// The region that it is in, after which IAM calls the project, and which keys of
    /// `V11-HMAC-SHA256` are derived for; `cn-north-4` by default. The service of such keys is
    /// `metastudio`.
    pub fn region(mut self, id: impl Into<String>) -> Self {
        self.region = id.into();
        self
    }

    /// How long an upload URL is good; 24 hours by default, as the vendor says.
    pub fn url_lifetime(mut self, lifetime: Duration) -> Self {
        self.url_lifetime = lifetime;
        self
    }

    /// Calls a second that are let through, as the [`limiter`](Self::limiter) counts; no limit by
    /// default. The `PUT` of content doesn't count.
    pub fn rate_limit(mut self, calls_per_second: Option<u32>) -> Self {
        self.rate_limit = calls_per_second;
        self
    }

    /// How the [`rate_limit`](Self::rate_limit) counts; by default as a bucket that holds one
    /// second's quota.
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = limiter;
        self
    }

    /// The largest content, in bytes, whose bytes are kept; 16 MiB by default. Of anything
    /// larger, and of all that comes after 256 MiB are kept in total, only size and digest stay.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Speaks TLS; by default it is plain http.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Where the time comes from; by default the system.
    pub fn clock(mut self, clock: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>) -> Self {
        self.clock = clock;
        self
    }

    /// Binds the address and starts to serve on a thread of its own.
    ///
    /// # Errors
    /// [`StartError`] says which setting can't be used, or what the system refused.
    pub fn start(self) -> Result<Emulator, StartError> {
        if !self.bind.ip().is_loopback() && !self.allow_remote {
            return Err(StartError::NotLoopback(self.bind));
        }
        let project_id = match self.project_id {
            Some(id) => checked("project_id", id, is_id_byte)?,
            None => random_hex()?,
        };
        let region = checked("region", self.region, is_id_byte)?;
        let settings = Settings {
            scheme: if self.tls.is_some() { "https" } else { "http" },
            identity: self.identity.settle(&project_id, &region)?,
            project_id,
            access_key: match self.access_key {
                Some(key) => checked("access_key", key, |byte| {
                    byte.is_ascii_graphic() && byte != b','
                })?,
                None => random_text(20)?,
            },
            secret_key: match self.secret_key {
                Some(key) => checked_secret("secret_key", key)?,
                None => Secret::new(random_text(40)?),
            },
            token: match self.token {
                Some(token) => checked_secret("token", token)?,
                None => Secret::new(random_text(96)?),
            },
            region,
            url_lifetime: self.url_lifetime,
            rate_limit: self.rate_limit,
            limiter: self.limiter,
            body_limit: self.body_limit,
            id_seed: random_block()?,
            store_access_key: random_text(20)?,
            store_secret: random_block()?,
        };
        Emulator::launch(self.bind, settings, self.tls.as_ref(), self.clock)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("bind", &self.bind)
            .field("allow_remote", &self.allow_remote)
            .field("project_id", &self.project_id)
            .field("region", &self.region)
            .field("url_lifetime", &self.url_lifetime)
            .field("rate_limit", &self.rate_limit)
            .field("limiter", &self.limiter)
            .field("body_limit", &self.body_limit)
            .field("identity", &self.identity)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Other machines could reach the address; `allow_remote` permits it.
    #[error("{0} is not a loopback address, and allow_remote was not set")]
    NotLoopback(SocketAddr),
    /// A setting can't travel in a request.
    #[error("{field} is empty or has characters that a request can't carry")]
    Invalid {
        /// The name of the setting; its value may be a secret.
        field: &'static str,
    },
    /// The address is taken, or not one of this machine.
    #[error("can't listen on {address}")]
    Bind {
        /// The wanted address.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The system gave no thread, or no event queue.
    #[error("can't start the server")]
    Server(#[source] io::Error),
    /// The certificates couldn't be made.
    #[error("can't make the certificates for TLS")]
    Tls(#[source] io::Error),
    /// The system gave no random numbers.
    #[error("no random numbers from the system")]
    Randomness(#[source] io::Error),
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        let kind = match &error {
            StartError::NotLoopback(_) | StartError::Invalid { .. } => io::ErrorKind::InvalidInput,
            StartError::Bind { source, .. }
            | StartError::Server(source)
            | StartError::Tls(source)
            | StartError::Randomness(source) => source.kind(),
        };
        Self::new(kind, error)
    }
}

fn checked(
    field: &'static str,
    text: String,
    allowed: impl Fn(u8) -> bool,
) -> Result<String, StartError> {
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(StartError::Invalid { field });
    }
    Ok(text)
}

/// A name that may have blanks and signs of any language.
pub(crate) fn checked_text(field: &'static str, text: String) -> Result<String, StartError> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err(StartError::Invalid { field });
    }
    Ok(text)
}

pub(crate) fn checked_secret(field: &'static str, secret: Secret) -> Result<Secret, StartError> {
    let text = secret.expose();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(StartError::Invalid { field });
    }
    Ok(secret)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn random_block() -> Result<[u8; 64], StartError> {
    let mut block = [0; 64];
    fill(&mut block)?;
    Ok(block)
}

pub(crate) fn random_hex() -> Result<String, StartError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(base16ct::lower::encode_string(&bytes))
}

/// Letters and digits; the alphabet has 32 signs, so that no sign is likelier than another.
pub(crate) fn random_text(length: usize) -> Result<String, StartError> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = vec![0; length];
    fill(&mut bytes)?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect())
}

fn fill(bytes: &mut [u8]) -> Result<(), StartError> {
    getrandom::fill(bytes).map_err(|error| StartError::Randomness(io::Error::from(error)))
}
