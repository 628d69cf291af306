//! What successful calls return.

use mss_core::{CreatedAsset as NewAsset, Part, PartPlan};
use mss_http::{
    ConfirmedUpload as Confirmed, CreatedFile as Created, CreatedLargeFile as CreatedLarge,
    FileState, SettledUpload, UploadUrl, Uploaded as Done,
};
use pyo3::{exceptions::PyTypeError, prelude::*, types::PyTuple};

/// A text as Python writes it, or None.
fn shown(text: Option<&String>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("{text:?}"))
}

fn word(state: &FileState) -> String {
    state.as_str().to_owned()
}

fn exposed(url: &UploadUrl) -> String {
    url.secret().expose().to_owned()
}

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct ConfirmedUpload {
    request_id: String,
    state: Option<String>,
}

impl From<Confirmed> for ConfirmedUpload {
    fn from(confirmed: Confirmed) -> Self {
        Self {
            request_id: confirmed.request_id,
            state: None,
        }
    }
}

impl From<SettledUpload> for ConfirmedUpload {
    fn from(settled: SettledUpload) -> Self {
        Self {
            request_id: settled.request_id,
            state: settled.state.as_ref().map(word),
        }
    }
}

#[pymethods]
impl ConfirmedUpload {
    #[new]
    #[pyo3(signature = (request_id, state = None))]
    fn new(request_id: String, state: Option<String>) -> Self {
        Self { request_id, state }
    }

    fn __getnewargs__(&self) -> (&str, Option<&str>) {
        (&self.request_id, self.state.as_deref())
    }

    fn __repr__(&self) -> String {
        let Self { request_id, state } = self;
        let state = shown(state.as_ref());
        format!("ConfirmedUpload(request_id={request_id:?}, state={state})")
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
            upload_url: exposed(&created.upload_url),
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

#[pyclass(frozen, get_all, module = "metastudio")]
pub(crate) struct CreatedLargeFile {
    file_id: String,
    upload_urls: Py<PyTuple>,
    part_sizes: Option<Py<PyTuple>>,
    request_id: String,
}

impl CreatedLargeFile {
    pub(crate) fn new(py: Python<'_>, created: CreatedLarge, file_size: u64) -> PyResult<Self> {
        let urls: Vec<_> = created.upload_urls.iter().map(exposed).collect();
        let count = u32::try_from(urls.len()).unwrap_or(u32::MAX);
        let part_sizes = PartPlan::new(file_size, count).ok().map(|plan| {
            let size = |part: Part| part.range.end - part.range.start;
            PyTuple::new(py, plan.parts().map(size).collect::<Vec<_>>())
        });
        Ok(Self {
            file_id: created.file_id.into(),
            upload_urls: PyTuple::new(py, urls)?.unbind(),
            part_sizes: part_sizes.transpose()?.map(Bound::unbind),
            request_id: created.request_id,
        })
    }
}

#[pymethods]
impl CreatedLargeFile {
    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a CreatedLargeFile holds secret upload_urls and can't be pickled; pass on its file_id",
        ))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let Self {
            file_id,
            request_id,
            ..
        } = self;
        let count = self.upload_urls.bind(py).len();
        format!(
            "CreatedLargeFile(file_id={file_id:?}, request_id={request_id:?}, \
             upload_urls=<{count} hidden>)"
        )
    }
}

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
#[allow(clippy::struct_field_names)] // the vendor's names
pub(crate) struct CreatedAsset {
    asset_id: String,
    produce_id: Option<String>,
    request_id: String,
}

impl From<NewAsset> for CreatedAsset {
    fn from(created: NewAsset) -> Self {
        Self {
            asset_id: created.asset_id.into(),
            produce_id: created.produce_id,
            request_id: created.request_id,
        }
    }
}

#[pymethods]
impl CreatedAsset {
    #[new]
    fn new(asset_id: String, produce_id: Option<String>, request_id: String) -> Self {
        Self {
            asset_id,
            produce_id,
            request_id,
        }
    }

    fn __getnewargs__(&self) -> (&str, Option<&str>, &str) {
        (&self.asset_id, self.produce_id.as_deref(), &self.request_id)
    }

    fn __repr__(&self) -> String {
        let Self {
            asset_id,
            produce_id,
            request_id,
        } = self;
        let produce_id = shown(produce_id.as_ref());
        format!(
            "CreatedAsset(asset_id={asset_id:?}, produce_id={produce_id}, \
             request_id={request_id:?})"
        )
    }
}

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Deleted {
    request_id: String,
}

#[pymethods]
impl Deleted {
    #[new]
    pub(crate) fn new(request_id: String) -> Self {
        Self { request_id }
    }

    fn __getnewargs__(&self) -> (&str,) {
        (&self.request_id,)
    }

    fn __repr__(&self) -> String {
        format!("Deleted(request_id={:?})", self.request_id)
    }
}

#[pyclass(frozen, get_all, eq, hash, module = "metastudio")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Uploaded {
    file_id: String,
    asset_id: String,
    size: u64,
    md5: Option<String>,
    request_id: String,
    state: Option<String>,
}

impl From<Done> for Uploaded {
    fn from(done: Done) -> Self {
        Self {
            file_id: done.file_id.into(),
            asset_id: done.asset_id.into(),
            size: done.size,
            md5: done.md5.map(|md5| md5.as_str().to_owned()),
            request_id: done.request_id,
            state: done.state.as_ref().map(word),
        }
    }
}

#[pymethods]
impl Uploaded {
    #[new]
    #[pyo3(signature = (file_id, asset_id, size, md5, request_id, state = None))]
    fn new(
        file_id: String,
        asset_id: String,
        size: u64,
        md5: Option<String>,
        request_id: String,
        state: Option<String>,
    ) -> Self {
        Self {
            file_id,
            asset_id,
            size,
            md5,
            request_id,
            state,
        }
    }

    fn __getnewargs__(&self) -> (&str, &str, u64, Option<&str>, &str, Option<&str>) {
        (
            &self.file_id,
            &self.asset_id,
            self.size,
            self.md5.as_deref(),
            &self.request_id,
            self.state.as_deref(),
        )
    }

    fn __repr__(&self) -> String {
        let Self {
            file_id,
            asset_id,
            size,
            md5,
            request_id,
            state,
        } = self;
        let (md5, state) = (shown(md5.as_ref()), shown(state.as_ref()));
        format!(
            "Uploaded(file_id={file_id:?}, asset_id={asset_id:?}, size={size}, md5={md5}, \
             request_id={request_id:?}, state={state})"
        )
    }
}
