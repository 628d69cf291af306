//! The log of what happens below, on stderr.

use std::io::Write as _;

use crate::environment::{Environment, LOG};

/// What a person should see in any case. That certificates aren't checked is said by the command
/// itself.
const WARNINGS: &str = "mss_http=warn,mss_http::transport::tls=off";

/// Starts the log. `RUST_LOG` says what is logged, `--verbose` alone means everything; else there
/// are warnings only. Returns whether there is more than that. Level TRACE doesn't exist here: it
/// is compiled out, because keys stand in it.
pub(crate) fn start(verbose: bool, environment: Environment<'_>) -> bool {
    let mut builder = env_logger::Builder::new();
    // A value that isn't valid UTF-8 names no module.
    let (filter, is_wanted) = match environment.get(LOG) {
        Ok(Some(filter)) => (filter, true),
        _ if verbose => ("debug".to_owned(), true),
        _ => (WARNINGS.to_owned(), false),
    };
    if !is_wanted {
        builder.format(|stderr, record| writeln!(stderr, "metastudio: warning: {}", record.args()));
    }
    // Fails where a log has been started already; then that one is used.
    let _ = builder.parse_filters(&filter).try_init();
    is_wanted
}
