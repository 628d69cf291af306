//! What successful calls return.

use mss_http::{ConfirmedUpload as Confirmed, CreatedFile as Created, Uploaded as Done};
use pyo3::{exceptions::PyTypeError, prelude::*};

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct ConfirmedUpload {
    request_id: String,
}

impl From<Confirmed> for ConfirmedUpload {
    fn from(confirmed: Confirmed) -> Self {
        Self {
            request_id: confirmed.request_id,
        }
    }
}

#[pymethods]
impl ConfirmedUpload {
    #[new]
    fn new(request_id: String) -> Self {
        Self { request_id }
    }

    fn __getnewargs__(&self) -> (&str,) {
        (&self.request_id,)
    }

    fn __repr__(&self) -> String {
        format!("ConfirmedUpload(request_id={:?})", self.request_id)
    }
}

#[pyclass(frozen, get_all, module = "metastudio")]
pub(crate) struct CreatedFile {
    file_id: String,
    upload_url: String,
    request_id: String,
}

impl From<Created> for CreatedFile {
    fn from(created: Created) -> Self {
        Self {
            file_id: created.file_id.into(),
            upload_url: created.upload_url.secret().expose().to_owned(),
            request_id: created.request_id,
        }
    }
}

#[pymethods]
impl CreatedFile {
    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a CreatedFile holds a secret upload_url and can't be pickled; pass on its file_id",
        ))
    }

    fn __repr__(&self) -> String {
        let Self {
            file_id,
            request_id,
            ..
        } = self;
        format!("CreatedFile(file_id={file_id:?}, request_id={request_id:?}, upload_url=<hidden>)")
    }
}

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Uploaded {
    file_id: String,
    size: u64,
    md5: String,
    request_id: String,
}

impl From<Done> for Uploaded {
    fn from(done: Done) -> Self {
        Self {
            file_id: done.file_id.into(),
            size: done.size,
            md5: done
                .md5
                .map_or_else(String::new, |md5| md5.as_str().to_owned()),
            request_id: done.request_id,
        }
    }
}

#[pymethods]
impl Uploaded {
    #[new]
    fn new(file_id: String, size: u64, md5: String, request_id: String) -> Self {
        Self {
            file_id,
            size,
            md5,
            request_id,
        }
    }

    fn __getnewargs__(&self) -> (&str, u64, &str, &str) {
        (&self.file_id, self.size, &self.md5, &self.request_id)
    }

    fn __repr__(&self) -> String {
        let Self {
            file_id,
            size,
            md5,
            request_id,
        } = self;
        format!(
            "Uploaded(file_id={file_id:?}, size={size}, md5={md5:?}, request_id={request_id:?})"
        )
    }
}
