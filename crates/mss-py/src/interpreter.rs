//! Which interpreter of the process this is.

use pyo3::{exceptions::PyImportError, intern, prelude::*};

/// Refuses a subinterpreter: what the extension keeps belongs to one interpreter, and its own
/// threads would find the main one, whoever started them.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    if is_main(py)? {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "metastudio can't be used in a subinterpreter, only in the main interpreter of a process: \
         use processes (multiprocessing, or mod_wsgi with WSGIApplicationGroup %{GLOBAL})",
    ))
}

fn is_main(py: Python<'_>) -> PyResult<bool> {
    let thread = py.import(intern!(py, "_thread"))?;
    // From 3.13 on.
    if let Some(is_main) = thread.getattr_opt(intern!(py, "_is_main_interpreter"))? {
        return is_main.call0()?.is_truthy();
    }
    let name = intern!(py, "_xxsubinterpreters");
    let modules = py.import(intern!(py, "sys"))?.getattr("modules")?;
    let is_loaded = modules.contains(name)?;
    // A Python without it has no subinterpreters to speak of.
    let Ok(interpreters) = py.import(name) else {
        return Ok(true);
    };
    if !is_loaded {
        modules.del_item(name)?;
    }
    let current = interpreters.call_method0(intern!(py, "get_current"))?;
    current.eq(interpreters.call_method0(intern!(py, "get_main"))?)
}
