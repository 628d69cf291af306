//! Ending an upload from another thread.

use mss_http::CancelHandle as Handle;
use pyo3::prelude::*;

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

/// The handle of an argument.
pub(crate) fn handle(value: &Bound<'_, PyAny>) -> PyResult<Handle> {
    match value.cast::<CancelHandle>() {
        Ok(handle) => Ok(handle.get().0.clone()),
        Err(_) => Err(wrong_type("cancel", "metastudio.CancelHandle", value)),
    }
}
