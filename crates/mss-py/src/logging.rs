//! Rust's log records as records of Python's logger `metastudio`.

use log::{Level, LevelFilter, Log, Metadata, Record};
use pyo3::{intern, prelude::*};

use crate::signals::raise_in_call;

/// Crates whose records are passed on. Those of others, ureq's above all, are not: a record
/// costs the interpreter's lock even if nobody wants it.
const OURS: [&str; 3] = ["mss_core", "mss_http", "mss_cli"];

struct PythonLogger;

/// Installs the bridge, unless another one is there already.
pub(crate) fn install() {
    if log::set_logger(&PythonLogger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

impl Log for PythonLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        OURS.contains(&root)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // Python's handlers don't raise, but a signal may arrive while they run.
            Python::try_attach(|py| {
                pass_on(py, record).unwrap_or_else(|error| raise_in_call(py, error));
            });
        }
    }

    fn flush(&self) {}
}

fn pass_on(py: Python<'_>, record: &Record<'_>) -> PyResult<()> {
    let level = match record.level() {
        Level::Error => 40,
        Level::Warn => 30,
        Level::Info => 20,
        Level::Debug | Level::Trace => 10,
    };
    let logging = py.import(intern!(py, "logging"))?;
    let logger = logging.call_method1(intern!(py, "getLogger"), ("metastudio",))?;
    if logger
        .call_method1(intern!(py, "isEnabledFor"), (level,))?
        .is_truthy()?
    {
        let message = record.args().to_string();
        logger.call_method1(intern!(py, "log"), (level, "%s", message))?;
    }
    Ok(())
}
