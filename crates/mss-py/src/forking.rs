//! Forks that Python makes.

use mss_http::fork;
use pyo3::{intern, prelude::*, types::PyDict, wrap_pyfunction};

/// Has the child of each fork take note of it. Calls look for themselves which process they are
/// made in; but one that is under way, and forks in a handler or a callback, has begun before.
pub(crate) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // What `os` has, without importing all of it. A system without fork has no such module.
    let Ok(posix) = py.import(intern!(py, "posix")) else {
        return Ok(());
    };
    let options = PyDict::new(py);
    options.set_item(
        intern!(py, "after_in_child"),
        wrap_pyfunction!(in_child, module)?,
    )?;
    let register = posix.getattr(intern!(py, "register_at_fork"))?;
    register.call((), Some(&options)).map(drop)
}

#[pyfunction]
fn in_child() {
    fork::note();
}
