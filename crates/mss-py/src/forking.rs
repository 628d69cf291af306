//! Forks that Python makes.

use mss_http::fork;
use pyo3::{intern, prelude::*, types::PyDict, wrap_pyfunction};

/// Has the child of each fork take note of it. Calls look for themselves which process they are
/// made in; but one that is under way, and forks in a handler or a callback, has begun before.
pub(crate) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = py.import(intern!(py, "os"))?;
    let Some(register) = os.getattr_opt(intern!(py, "register_at_fork"))? else {
        // A system without fork.
        return Ok(());
    };
    let options = PyDict::new(py);
    options.set_item(
        intern!(py, "after_in_child"),
        wrap_pyfunction!(in_child, module)?,
    )?;
    register.call((), Some(&options)).map(drop)
}

#[pyfunction]
fn in_child() {
    fork::note();
}
