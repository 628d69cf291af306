//! Rust errors as the exceptions of `metastudio._exceptions`.

use std::io;

use mss_http::{AssetId, Attempt, Error, ErrorKind, FileId, InvalidInput, Uploaded};
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyTuple},
};

use crate::upload::Raising;

/// As the errors of the client say it.
const NOTHING_SENT: &str = " (not applied; nothing was sent)";

/// The exception for a failed call, with all its attributes.
pub(crate) fn error(py: Python<'_>, error: &Error) -> PyErr {
    let build = || {
        let (kind, text) = (error.kind().as_str(), error.to_string());
        let cause = io_source(error).and_then(Raising::behind);
        let errno = match cause {
            Some(exception) => errno_of(py, exception),
            None => io_source(error).and_then(io::Error::raw_os_error),
        };
        let made = make(py, kind, &text, &attributes(py, error)?, errno)?;
        if let Some(exception) = cause {
            made.set_cause(py, Some(exception.clone_ref(py)));
        }
        Ok::<_, PyErr>(made)
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

/// The exception for a file object that can't even be asked what it is.
pub(crate) fn unreadable(
    py: Python<'_>,
    operation: &str,
    subject: &str,
    raising: &Raising,
) -> PyErr {
    let attributes = PyDict::new(py);
    let text = raising.to_string();
    let made = set(
        &attributes,
        &[
            ("operation", operation),
            ("subject", subject),
            ("error_msg", &text),
            ("stage", "inspect"),
            ("cleanup", "not_needed"),
        ],
    )
    .and_then(|()| {
        let message = format!("{operation} of file {subject}: {text}{NOTHING_SENT}");
        let errno = errno_of(py, &raising.exception);
        make(py, ErrorKind::Source.as_str(), &message, &attributes, errno)
    });
    let made = made.unwrap_or_else(|failure| failure);
    made.set_cause(py, Some(raising.exception.clone_ref(py)));
    made
}

/// The exception for items that can't be read to their end. `outcome` is that of the batch, of
/// which nothing more is sent.
pub(crate) fn broken_stream(py: Python<'_>, operation: &str, text: &str) -> PyErr {
    let attributes = PyDict::new(py);
    let made = set(
        &attributes,
        &[("operation", operation), ("error_msg", text)],
    )
    .and_then(|()| {
        let message = format!("{operation}: {text}");
        make(py, ErrorKind::Source.as_str(), &message, &attributes, None)
    });
    made.unwrap_or_else(|failure| failure)
}

/// What is behind an exception that came too late to end the upload that it was raised in.
pub(crate) fn too_late(
    py: Python<'_>,
    operation: &str,
    subject: &str,
    uploaded: &Uploaded,
) -> PyErr {
    let (file_id, request_id) = (uploaded.file_id.as_str(), uploaded.request_id.as_str());
    let text = "cancelled by the caller when it was done already";
    let attributes = PyDict::new(py);
    let made = set(
        &attributes,
        &[
            ("operation", operation),
            ("subject", subject),
            ("outcome", "applied"),
            ("error_msg", text),
            ("request_id", request_id),
            ("stage", "confirm"),
            ("file_id", file_id),
            ("cleanup", "forbidden"),
        ],
    )
    .and_then(|()| {
        let message = format!(
            "{operation} of file {subject}: {text} (applied; request id {request_id}); file \
             {file_id} is CREATED and stays so"
        );
        make(
            py,
            ErrorKind::Cancelled.as_str(),
            &message,
            &attributes,
            None,
        )
    });
    made.unwrap_or_else(|failure| failure)
}

/// What is behind an exception that came when its call was done already.
pub(crate) fn done_already(py: Python<'_>) -> PyErr {
    let text = "cancelled by the caller when the call was done already";
    let attributes = PyDict::new(py);
    let made = set(&attributes, &[("outcome", "applied"), ("error_msg", text)]);
    let made = made.and_then(|()| {
        let message = format!("{text} (applied)");
        let kind = ErrorKind::Cancelled.as_str();
        make(py, kind, &message, &attributes, None)
    });
    made.unwrap_or_else(|failure| failure)
}

fn set(attributes: &Bound<'_, PyDict>, values: &[(&str, &str)]) -> PyResult<()> {
    values
        .iter()
        .try_for_each(|(name, value)| attributes.set_item(name, value))
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
    if let Some(report) = error.explanation() {
        attributes.set_item(intern!(py, "_explanation"), report.to_string())?;
    }
    if let Some(upload) = error.upload() {
        attributes.set_item(intern!(py, "stage"), upload.stage.as_str())?;
        attributes.set_item(intern!(py, "cleanup"), upload.cleanup.as_str())?;
        let id = upload.file_id.as_ref().map(FileId::as_str);
        attributes.set_item(intern!(py, "file_id"), id)?;
        let asset = upload.new_asset.as_ref().map(AssetId::as_str);
        attributes.set_item(intern!(py, "new_asset"), asset)?;
        let what = upload.asset_cleanup.as_str();
        attributes.set_item(intern!(py, "asset_cleanup"), what)?;
        let orphans = upload.possible_orphans.iter().map(FileId::as_str);
        let orphans = PyTuple::new(py, orphans.collect::<Vec<_>>())?;
        attributes.set_item(intern!(py, "possible_orphans"), orphans)?;
    } else if let Some(id) = error.registered() {
        attributes.set_item(intern!(py, "file_id"), id.as_str())?;
    }
    Ok(attributes)
}

fn io_source(error: &Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// The system's number, where a file object's exception has one.
fn errno_of(py: Python<'_>, exception: &PyErr) -> Option<i32> {
    let number = exception.value(py).getattr(intern!(py, "errno")).ok()?;
    number.extract().ok()
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
