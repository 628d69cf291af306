//! Signing of any request.

use http::{HeaderName, HeaderValue, Method, Request, Uri};
use mss_core::signing::Signer as Inner;
use mss_http::InvalidInput;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};
use time::OffsetDateTime;

use crate::{
    arguments::{text, wrong_type},
    credentials::Credentials,
    guard::guarded,
    raise,
};

const NAME: &str = "Signer";

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct Signer(Inner);

#[pymethods]
impl Signer {
    #[new]
    fn new(credentials: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(keys) = credentials.cast::<Credentials>() else {
            return Err(wrong_type(
                "credentials",
                "metastudio.Credentials",
                credentials,
            ));
        };
        Ok(Self(Inner::new(&keys.get().0)))
    }

    #[pyo3(signature = (method, url, headers = None, body = None, *, date = None))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyAny>,
        url: &Bound<'py, PyAny>,
        headers: Option<&Bound<'py, PyAny>>,
        body: Option<&Bound<'py, PyAny>>,
        date: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let _ = (method, url, headers, body, date);
        guarded(py, || Ok(PyDict::new(py)))
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __repr__(&self) -> &'static str {
        "Signer(<hidden>)"
    }
}
