//! What the tests of sources have in common.

use std::{
    collections::HashMap,
    sync::{Mutex, Once, PoisonError},
    time::{Duration, Instant},
};

use log::{Level, LevelFilter, Log, Metadata, Record};
use mss_core::Secret;

use super::{CredentialSource, Fetch, FoundCredentials, Identity, Loading, NotFound, Variables};
use crate::{
    Proxy,
    clock::SharedClock,
    transport::{Connections, TlsOptions, TransportSettings},
};

/// Asks a source that sees these variables and no others.
pub(super) fn load(
    source: &CredentialSource,
    variables: &[(&str, &str)],
) -> Result<FoundCredentials, NotFound> {
    load_until(source, variables, Instant::now() + Duration::from_secs(20))
}

pub(super) fn load_until(
    source: &CredentialSource,
    variables: &[(&str, &str)],
    deadline: Instant,
) -> Result<FoundCredentials, NotFound> {
    let variables = these(variables);
    let network = TransportSettings::new(&TlsOptions::default(), &Proxy::default(), &variables);
    let network = network.unwrap();
    let usual = Connections::new("test", &network);
    let direct = Connections::direct("test", &network);
    let loading = Loading {
        variables: &variables,
        fetch: &Fetch::new(usual, direct),
        region: None,
        clock: &SharedClock::default(),
        deadline,
    };
    source.0.load(&loading)
}

pub(crate) fn these(variables: &[(&str, &str)]) -> Variables {
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Variables::new(move |name| variables.get(name).map(Into::into))
}

/// Access key, secret key, security token.
pub(super) fn keys(found: &FoundCredentials) -> (&str, &str, Option<&str>) {
    match &found.identity {
        Identity::Keys(keys) => (
            keys.access_key(),
            keys.secret_key().expose(),
            keys.security_token().map(Secret::expose),
        ),
        Identity::Token(_) => panic!("a token, no keys"),
    }
}

/// Keeps the warnings of the whole test program; each test asks for its own.
struct Collector(Mutex<Vec<String>>);

static COLLECTOR: Collector = Collector(Mutex::new(Vec::new()));
static INSTALLED: Once = Once::new();

/// Keeps warnings from now on.
pub(crate) fn collect_warnings() {
    INSTALLED.call_once(|| {
        log::set_logger(&COLLECTOR).unwrap();
        log::set_max_level(LevelFilter::Debug);
    });
}

/// The warnings in which this stands.
pub(crate) fn warnings_with(text: &str) -> Vec<String> {
    let lines = COLLECTOR.0.lock().unwrap_or_else(PoisonError::into_inner);
    lines
        .iter()
        .filter(|line| line.contains(text))
        .cloned()
        .collect()
}

impl Log for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() == Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}
