//! Arguments that belong to one call each.

use std::path::PathBuf;

use mss_http::{ContentMd5, InvalidInput};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBool, PyBytes, PyInt, PyString},
};

use crate::{
    arguments::{parsed, text, wrong_type},
    raise,
};

/// The size of a content. The core knows the limits of what fits.
pub(crate) fn content_size(operation: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type("file_size", "int", value));
    }
    value.extract().map_err(|_| {
        let error = InvalidInput::new("file_size", "is out of range");
        raise::invalid_input(value.py(), operation, &error)
    })
}

/// An MD5 as the 16 bytes of the digest or their base64.
pub(crate) fn content_md5(operation: &str, value: &Bound<'_, PyAny>) -> PyResult<ContentMd5> {
    let Ok(bytes) = value.cast::<PyBytes>() else {
        if value.is_instance_of::<PyString>() {
            return parsed(operation, "file_md5", value);
        }
        return Err(wrong_type("file_md5", "str or bytes", value));
    };
    let digest = bytes.as_bytes().try_into().map_err(|_| {
        let error = InvalidInput::new("file_md5", "must have 16 bytes");
        raise::invalid_input(value.py(), operation, &error)
    })?;
    Ok(ContentMd5::new(digest))
}

/// A path, from text or from what has one. Bytes are refused: a file's name is sent as text.
pub(crate) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyTypeError>(value.py()) {
            wrong_type(name, "str or os.PathLike[str]", value)
        } else {
            error
        }
    })
}

/// Texts from any iterable. A `str` is one of letters, which nobody means.
pub(crate) fn list_of_text(
    operation: &str,
    name: &'static str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Vec<String>> {
    let not_a_list = || wrong_type(name, "an iterable of str", value);
    if value.is_instance_of::<PyString>() {
        return Err(not_a_list());
    }
    value
        .try_iter()
        .map_err(|_| not_a_list())?
        .map(|item| Ok(text(operation, name, &item?)?.to_owned()))
        .collect()
}
