//! Rust errors as the exceptions of `metastudio._exceptions`.

use mss_http::{Attempt, Error, ErrorKind, InvalidInput};
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyString, PyTuple},
};

/// As the errors of the client say it.
const NOTHING_SENT: &str = " (not applied; nothing was sent)";

/// The exception for a failed call, with all its attributes.
pub(crate) fn error(py: Python<'_>, error: &Error) -> PyErr {
    let build = || {
        let (kind, text) = (error.kind().as_str(), error.to_string());
        make(
            py,
            kind,
            &text,
            &attributes(py, error)?,
            system_error(error),
        )
    };
    build().unwrap_or_else(|interruption| {
        // A signal's handler raised while Python code ran in here. What it interrupted was an
        // error that somebody has to hear of.
        interruption.set_cause(py, build().ok());
        interruption
    })
}

/// The exception for an argument that is refused before anything is sent. What it is for tells
/// its kind.
pub(crate) fn invalid(py: Python<'_>, operation: &str, text: &str) -> PyErr {
    let (kind, verdict) = match operation {
        "Credentials" => (ErrorKind::InvalidCredentials, ""),
        "Signer" => (ErrorKind::InvalidInput, ""),
        "Client" => (ErrorKind::InvalidConfig, NOTHING_SENT),
        _ => (ErrorKind::InvalidInput, NOTHING_SENT),
    };
    let attributes = PyDict::new(py);
    let made = attributes
        .set_item(intern!(py, "operation"), operation)
        .and_then(|()| attributes.set_item(intern!(py, "error_msg"), text))
        .and_then(|()| {
            let message = format!("{operation}: {text}{verdict}");
            make(py, kind.as_str(), &message, &attributes, None)
        });
    made.unwrap_or_else(|failure| failure)
}

/// As [`invalid`], for an error of the core.
pub(crate) fn invalid_input(py: Python<'_>, operation: &str, error: &InvalidInput) -> PyErr {
    invalid(py, operation, &error.to_string())
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
        .and_then(|()| make(py, "internal", &message, &attributes, None));
    made.unwrap_or_else(|failure| failure)
}

fn make(
    py: Python<'_>,
    kind: &str,
    message: &str,
    attributes: &Bound<'_, PyDict>,
    errno: Option<i32>,
) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "metastudio._exceptions", "make")?;
    Ok(PyErr::from_value(
        make.call1((kind, message, attributes, errno))?,
    ))
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

/// The system's number for what went wrong, where the system was asked.
fn system_error(error: &Error) -> Option<i32> {
    use std::error::Error as _;
    error
        .source()?
        .downcast_ref::<std::io::Error>()?
        .raw_os_error()
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
