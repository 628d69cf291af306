//! Access keys and tokens.

use mss_http::{Credentials as Keys, FoundCredentials, Token as Word};
use pyo3::{exceptions::PyTypeError, intern, prelude::*, types::PyDict};
use time::OffsetDateTime;

use crate::{arguments::text, guard::guarded, moment, raise};

const NAME: &str = "Credentials";

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct Credentials {
    pub(crate) keys: Keys,
    pub(crate) expires_at: Option<OffsetDateTime>,
}

#[pymethods]
impl Credentials {
    #[new]
    #[pyo3(signature = (access_key, secret_key, *, security_token = None, expires_at = None))]
    fn new(
        access_key: &Bound<'_, PyAny>,
        secret_key: &Bound<'_, PyAny>,
        security_token: Option<&Bound<'_, PyAny>>,
        expires_at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = access_key.py();
        let refuse = |error: mss_http::InvalidInput| raise::invalid_input(py, NAME, &error);
        guarded(py, || {
            let access_key = text(NAME, "access_key", access_key)?;
            let secret_key = text(NAME, "secret_key", secret_key)?;
            let mut keys = Keys::new(access_key, secret_key).map_err(refuse)?;
            if let Some(token) = security_token {
                let token = text(NAME, "security_token", token)?;
                keys = keys.with_security_token(token).map_err(refuse)?;
            }
            let expires_at = moment::optional(NAME, "expires_at", expires_at)?;
            Ok(Self { keys, expires_at })
        })
    }

    #[getter]
    fn access_key(&self) -> &str {
        self.keys.access_key()
    }

    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        moment::to_python(py, self.expires_at)
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable(NAME))
    }

    fn __repr__(&self) -> String {
        let token = if self.keys.security_token().is_some() {
            ", security_token=<hidden>"
        } else {
            ""
        };
        let end = moment::shown(self.expires_at);
        format!(
            "Credentials({:?}, <hidden>{token}{end})",
            self.keys.access_key()
        )
    }
}

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct Token {
    token: Word,
    expires_at: Option<OffsetDateTime>,
}

#[pymethods]
impl Token {
    #[new]
    #[pyo3(signature = (token, *, expires_at = None))]
    fn new(token: &Bound<'_, PyAny>, expires_at: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = token.py();
        guarded(py, || {
            let token = Word::new(text("Token", "token", token)?)
                .map_err(|error| raise::invalid_input(py, NAME, &error))?;
            let expires_at = moment::optional("Token", "expires_at", expires_at)?;
            Ok(Self { token, expires_at })
        })
    }

    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        moment::to_python(py, self.expires_at)
    }

    /// For requests that another client sends.
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        headers.set_item(intern!(py, "X-Auth-Token"), self.token.secret().expose())?;
        Ok(headers)
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable("A Token"))
    }

    fn __repr__(&self) -> String {
        format!("Token(<hidden>{})", moment::shown(self.expires_at))
    }
}

fn not_picklable(what: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "{what} holds a secret and can't be pickled; let each process find its own"
    ))
}

/// A `Credentials` or a `Token` as the client takes it; none for anything else.
pub(crate) fn found(value: &Bound<'_, PyAny>) -> Option<FoundCredentials> {
    let (found, end) = if let Ok(given) = value.cast::<Credentials>() {
        let given = given.get();
        (FoundCredentials::keys(given.keys.clone()), given.expires_at)
    } else {
        let given = value.cast::<Token>().ok()?.get();
        (
            FoundCredentials::token(given.token.clone()),
            given.expires_at,
        )
    };
    Some(match end {
        Some(end) => found.expires_at(end),
        None => found,
    })
}

/// The other way round.
pub(crate) fn to_python(py: Python<'_>, found: &FoundCredentials) -> PyResult<Py<PyAny>> {
    let expires_at = found.expiry();
    if let Some(token) = found.user_token() {
        let token = token.clone();
        return Ok(Py::new(py, Token { token, expires_at })?.into_any());
    }
    let keys = found.access_keys().cloned();
    let keys = keys.ok_or_else(|| raise::internal(py, "credentials of an unknown kind"))?;
    Ok(Py::new(py, Credentials { keys, expires_at })?.into_any())
}
