//! The command `metastudio`, run inside Python's process.

use pyo3::prelude::*;

use crate::guard::guarded;

/// Runs the command with these arguments, the program's name first, and returns its exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, argv: Vec<std::ffi::OsString>) -> PyResult<i32> {
    guarded(py, || Ok(py.detach(|| mss_cli::main(argv))))
}
