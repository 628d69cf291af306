//! The log of what happens below, on stderr.

use crate::environment::{Environment, LOG};

/// Starts the log if it is wanted. `RUST_LOG` says what is logged; `--verbose` alone means
/// everything. Returns whether there is one. Level TRACE doesn't exist here: it is compiled out, because keys stand in it.
pub(crate) fn start(verbose: bool, environment: Environment<'_>) -> bool {
    // A value that isn't valid UTF-8 names no module.
    let filter = match environment.get(LOG) {
        Ok(Some(filter)) => filter,
        _ if verbose => "debug".to_owned(),
        _ => return false,
    };
    let mut builder = env_logger::Builder::new();
    // Fails where a log has been started already; then that one is used.
    let _ = builder.parse_filters(&filter).try_init();
    true
}
