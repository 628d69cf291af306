//! Ending a call from another thread.

use std::cell::RefCell;

use mss_http::CancelHandle as Handle;
use pyo3::{
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::arguments::wrong_type;

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct CancelHandle(Handle);

#[pymethods]
impl CancelHandle {
    #[new]
    fn new() -> Self {
        Self(Handle::new())
    }

    fn cancel(&self) {
        self.0.cancel();
    }

    #[getter]
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn __repr__(&self) -> String {
        let state = if self.0.is_cancelled() {
            "True"
        } else {
            "False"
        };
        format!("<CancelHandle is_cancelled={state}>")
    }
}

thread_local! {
    /// Those that end whatever calls this thread makes.
    static IN_FORCE: RefCell<Vec<Handle>> = const { RefCell::new(Vec::new()) };
}

/// Takes back what [`run_cancellable`] has put in force.
struct InForce;

impl Drop for InForce {
    fn drop(&mut self) {
        IN_FORCE.with_borrow_mut(Vec::pop);
    }
}

/// Calls a function; the calls that it makes on this thread are cancelled with the handle, those
/// too that take no `cancel`.
#[pyfunction]
#[pyo3(signature = (handle, function, /, *args, **options))]
pub(crate) fn run_cancellable<'py>(
    handle: &Bound<'py, CancelHandle>,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    IN_FORCE.with_borrow_mut(|all| all.push(handle.get().0.clone()));
    let _in_force = InForce;
    function.call(args, options)
}

/// The handles that end a call of this thread, beside its own.
pub(crate) fn in_force() -> Vec<Handle> {
    IN_FORCE.with_borrow(Clone::clone)
}

/// The handle of an argument.
pub(crate) fn handle(value: &Bound<'_, PyAny>) -> PyResult<Handle> {
    match value.cast::<CancelHandle>() {
        Ok(handle) => Ok(handle.get().0.clone()),
        Err(_) => Err(wrong_type("cancel", "metastudio.CancelHandle", value)),
    }
}
