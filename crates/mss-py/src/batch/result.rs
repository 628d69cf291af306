//! What became of one item of a batch, as Python sees it.

use mss_http::{Confirmation, Error};
use pyo3::{prelude::*, sync::PyOnceLock};

use crate::raise;

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct ConfirmResult {
    #[pyo3(get)]
    pub(super) index: u64,
    pub(super) file_id: Box<str>,
    pub(super) state: Option<Word>,
    pub(super) outcome: Word,
    #[pyo3(get)]
    pub(super) status: Option<u16>,
    #[pyo3(get)]
    pub(super) attempts: u32,
    /// Milliseconds.
    #[pyo3(get)]
    pub(super) ms: f64,
    pub(super) request_id: Option<Box<str>>,
    pub(super) error_code: Option<Box<str>>,
    /// Made into an exception when it is asked for.
    failure: Option<Error>,
    error: PyOnceLock<Py<PyAny>>,
}

/// A word that is one of few, or came out of a pickle.
pub(super) type Word = std::borrow::Cow<'static, str>;

impl From<Confirmation> for ConfirmResult {
    fn from(it: Confirmation) -> Self {
        Self {
            index: it.index,
            state: it.state.map(|state| state.as_str().into()),
            outcome: it.outcome().as_str().into(),
            status: it.status,
            attempts: it.attempts,
            ms: it.elapsed.as_secs_f64() * 1000.0,
            request_id: it.request_id().map(Into::into),
            error_code: it.error_code().map(Into::into),
            file_id: it.subject,
            failure: it.result.err(),
            error: PyOnceLock::new(),
        }
    }
}

impl ConfirmResult {
    pub(super) fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }
}

#[pymethods]
impl ConfirmResult {
    #[new]
    #[allow(clippy::too_many_arguments)] // as many as there are fields
    fn new(
        py: Python<'_>,
        index: u64,
        file_id: String,
        state: Option<String>,
        outcome: String,
        status: Option<u16>,
        error_code: Option<String>,
        request_id: Option<String>,
        attempts: u32,
        ms: f64,
        error: Option<Py<PyAny>>,
    ) -> Self {
        let known = PyOnceLock::new();
        if let Some(error) = error {
            let _ = known.set(py, error);
        }
        Self {
            index,
            file_id: file_id.into(),
            state: state.map(Into::into),
            outcome: outcome.into(),
            status,
            attempts,
            ms,
            request_id: request_id.map(Into::into),
            error_code: error_code.map(Into::into),
            failure: None,
            error: known,
        }
    }

    #[getter]
    fn file_id(&self) -> &str {
        &self.file_id
    }

    #[getter]
    fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    #[getter]
    fn outcome(&self) -> &str {
        &self.outcome
    }

    #[getter]
    fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let Some(failure) = &self.failure else {
            return self.error.get(py).map(|error| error.bind(py).clone());
        };
        let error = self
            .error
            .get_or_init(py, || raise::error(py, failure).into_value(py).into());
        Some(error.bind(py).clone())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let class = py.get_type::<Self>().into_any();
        let fields = (
            self.index,
            &*self.file_id,
            self.state(),
            self.outcome(),
            self.status,
            self.error_code(),
            self.request_id(),
            self.attempts,
            self.ms,
            self.error(py),
        );
        Ok((class, fields.into_pyobject(py)?.into_any()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self {
            index,
            file_id,
            outcome,
            attempts,
            ms,
            ..
        } = self;
        let state = self.state().unwrap_or("None");
        let how = match (self.error(py), self.request_id()) {
            (Some(error), _) => format!("error={}", error.repr()?),
            (None, Some(id)) => format!("request_id={id:?}"),
            (None, None) => "request_id=None".to_owned(),
        };
        Ok(format!(
            "ConfirmResult({index}, {file_id:?}, {state}, {outcome}, attempts={attempts}, \
             ms={ms:.1}, {how})"
        ))
    }
}
