//! Whatever Python calls a file.

use std::path::Path;

use mss_http::Source;
use pyo3::{
    exceptions::{PyException, PyTypeError},
    intern,
    prelude::*,
    types::{PyBytes, PyString},
};

use super::{
    NAME,
    buffer::BufferReader,
    options::About,
    reader::{FileReader, Raising},
};
use crate::{arguments::wrong_type, fields, raise, signals::Raised};

/// A content to be uploaded, and what to call it.
pub(super) struct Found<'a> {
    pub(super) source: Source<'a>,
    pub(super) subject: String,
}

/// The content of a path, of bytes or another buffer, or of a binary file object.
pub(super) fn find<'a>(
    value: &'a Bound<'_, PyAny>,
    about: About,
    raised: &Raised,
) -> PyResult<Found<'a>> {
    let py = value.py();
    if is_path(value)? {
        let path = fields::path("source", value)?;
        return Ok(Found {
            subject: path.display().to_string(),
            source: about.apply(py, Source::path(path))?,
        });
    }
    let is_file = value.hasattr(intern!(py, "read"))?;
    let is_text = is_file && value.is_instance(&py.import("io")?.getattr("TextIOBase")?)?;
    if is_text {
        let text = "source is a file object in text mode; open it in binary mode (\"rb\")";
        return Err(PyTypeError::new_err(text));
    }
    let subject = match &about.name {
        Some(name) => name.clone(),
        None if is_file => name_of(value)?,
        None => return Err(no_name(py, "bytes have none")),
    };
    let source = if is_file {
        let reader = FileReader::new(value.clone().unbind(), raised.clone());
        if is_seekable(value, &subject)? {
            Source::seekable(&subject, reader)
        } else {
            Source::reader(&subject, reader)
        }
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        Source::bytes(&subject, bytes.as_bytes())
    } else {
        Source::seekable(&subject, BufferReader::new(value)?)
    };
    Ok(Found {
        source: about.apply(py, source)?,
        subject,
    })
}

pub(super) fn is_path(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.is_instance_of::<PyString>() || value.hasattr(intern!(value.py(), "__fspath__"))?)
}

/// The last part of the path by which a file object was opened. A descriptor's number is no name,
/// and neither is `<stdin>`.
fn name_of(file: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = file.py();
    let name = file.getattr_opt(intern!(py, "name"))?;
    let name = name.and_then(|name| name.extract::<String>().ok());
    let is_usable = |name: &String| !(name.starts_with('<') && name.ends_with('>'));
    let name = name.filter(is_usable);
    let name = name.as_deref().and_then(|name| Path::new(name).file_name());
    let name = name.and_then(|name| name.to_str()).map(str::to_owned);
    name.ok_or_else(|| no_name(py, "this file object has no usable one"))
}

fn no_name(py: Python<'_>, why: &str) -> PyErr {
    raise::invalid(py, NAME, &format!("file_name is needed: {why}"))
}

fn is_seekable(file: &Bound<'_, PyAny>, subject: &str) -> PyResult<bool> {
    let py = file.py();
    let asked = match file.getattr_opt(intern!(py, "seekable")) {
        Ok(None) => return Ok(false),
        Ok(Some(ask)) => ask.call0().and_then(|answer| answer.is_truthy()),
        Err(error) => Err(error),
    };
    asked.map_err(|error| {
        if error.is_instance_of::<PyException>(py) {
            raise::unreadable(py, NAME, subject, &Raising::new(py, error))
        } else {
            error
        }
    })
}

/// An object that can be nothing to upload, whatever else it is.
pub(super) fn check(value: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_path(value)? || value.hasattr(intern!(value.py(), "read"))? || is_buffer(value) {
        return Ok(());
    }
    let wanted = "str, os.PathLike, bytes, a buffer or a binary file object";
    Err(wrong_type("source", wanted, value))
}

pub(super) fn is_buffer(value: &Bound<'_, PyAny>) -> bool {
    pyo3::buffer::PyUntypedBuffer::get(value).is_ok()
}
