//! Rust errors as the exceptions of `metastudio._exceptions`.

use mss_http::{Attempt, Error, ErrorKind, InvalidInput};
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyString, PyTuple},
};

/// The exception for a failed call, with all its attributes.
pub(crate) fn error(py: Python<'_>, error: &Error) -> PyErr {
    let made = attributes(py, error)
        .and_then(|attributes| make(py, error.kind().as_str(), &error.to_string(), &attributes));
    made.unwrap_or_else(|failure| failure)
}

/// The exception for an argument that is refused before anything is sent.
pub(crate) fn invalid(py: Python<'_>, kind: ErrorKind, operation: &str, text: &str) -> PyErr {
    let attributes = PyDict::new(py);
    let made = attributes
        .set_item("operation", operation)
        .and_then(|()| attributes.set_item("error_msg", text))
        .and_then(|()| {
            make(
                py,
                kind.as_str(),
                &format!("{operation}: {text}"),
                &attributes,
            )
        });
    made.unwrap_or_else(|failure| failure)
}

/// As [`invalid`], for an error of the core.
pub(crate) fn invalid_input(py: Python<'_>, operation: &str, error: &InvalidInput) -> PyErr {
    invalid(py, ErrorKind::InvalidInput, operation, &error.to_string())
}

/// The exception for a panic.
pub(crate) fn internal(py: Python<'_>, text: &str) -> PyErr {
    let message = format!(
        "a mistake in the metastudio package ({text}); the call's outcome is not known; please \
         report it"
    );
    let attributes = PyDict::new(py);
    let made = attributes
        .set_item("outcome", "unknown")
        .and_then(|()| make(py, "internal", &message, &attributes));
    made.unwrap_or_else(|failure| failure)
}

fn make(
    py: Python<'_>,
    kind: &str,
    message: &str,
    attributes: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "metastudio._exceptions", "make")?;
    Ok(PyErr::from_value(make.call1((kind, message, attributes))?))
}

fn attributes<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyDict>> {
    let attributes = PyDict::new(py);
    attributes.set_item(intern!(py, "operation"), error.operation())?;
    attributes.set_item(intern!(py, "subject"), error.subject())?;
    attributes.set_item(intern!(py, "outcome"), error.outcome().as_str())?;
    attributes.set_item(intern!(py, "status"), error.status())?;
    attributes.set_item(intern!(py, "error_code"), error.error_code())?;
    attributes.set_item(intern!(py, "error_msg"), error.message())?;
    attributes.set_item(intern!(py, "request_id"), error.request_id())?;
    attributes.set_item(intern!(py, "attempts"), attempts(py, error.attempts())?)?;
    let wait = error.retry_after().map(|wait| wait.as_secs_f64());
    attributes.set_item(intern!(py, "retry_after"), wait)?;
    if let Some(upload) = error.upload() {
        attributes.set_item(intern!(py, "stage"), upload.stage.as_str())?;
        attributes.set_item(intern!(py, "cleanup"), upload.cleanup.as_str())?;
        let id = upload
            .file_id
            .as_ref()
            .map(|id| PyString::new(py, id.as_str()));
        attributes.set_item(intern!(py, "file_id"), id)?;
    }
    Ok(attributes)
}

fn attempts<'py>(py: Python<'py>, attempts: &[Attempt]) -> PyResult<Bound<'py, PyTuple>> {
    static ATTEMPT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = ATTEMPT.import(py, "metastudio._exceptions", "Attempt")?;
    let made = attempts.iter().map(|attempt| {
        class.call1((
            attempt.status,
            attempt.error_code.as_deref(),
            attempt.message.as_str(),
            attempt.request_id.as_deref(),
            attempt.outcome.as_str(),
            attempt.duration.as_secs_f64(),
        ))
    });
    PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)
}
