//! Access keys.

use mss_http::Credentials as Keys;
use pyo3::{exceptions::PyTypeError, prelude::*};

use crate::{arguments::text, guard::guarded, raise};

const NAME: &str = "Credentials";

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct Credentials(pub(crate) Keys);

#[pymethods]
impl Credentials {
    #[new]
    #[pyo3(signature = (access_key, secret_key, *, security_token = None))]
    fn new(
        access_key: &Bound<'_, PyAny>,
        secret_key: &Bound<'_, PyAny>,
        security_token: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = access_key.py();
        let refuse = |error: mss_http::InvalidInput| raise::invalid_input(py, NAME, &error);
        guarded(py, || {
            let access_key = text(NAME, "access_key", access_key)?;
            let secret_key = text(NAME, "secret_key", secret_key)?;
            let keys = Keys::new(access_key, secret_key).map_err(refuse)?;
            let Some(token) = security_token else {
                return Ok(Self(keys));
            };
            let token = text(NAME, "security_token", token)?;
            Ok(Self(keys.with_security_token(token).map_err(refuse)?))
        })
    }

    #[getter]
    fn access_key(&self) -> &str {
        self.0.access_key()
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "Credentials hold a secret and can't be pickled; let each process find its own",
        ))
    }

    fn __repr__(&self) -> String {
        let token = if self.0.security_token().is_some() {
            ", security_token=<hidden>"
        } else {
            ""
        };
        format!("Credentials({:?}, <hidden>{token})", self.0.access_key())
    }
}
