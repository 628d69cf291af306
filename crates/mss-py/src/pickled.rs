//! What of a client goes into a pickle.
//!
//! `metastudio/_pickled.py` is the way back, and its `VERSION` says in which form this is. Without
//! `include_secrets` nothing secret is even kept for it.

use std::path::PathBuf;

use mss_http::CredentialSource as Inner;
use pyo3::{
    intern,
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple},
};

use crate::{
    arguments::OrDefault,
    credentials::{self, Credentials},
    source::{CredentialSource, Recipe},
};

/// A client as it was described.
pub(crate) struct Pickled {
    /// Arguments of the constructor, as plain values.
    settings: Py<PyDict>,
    /// Credentials, or where they are found; none where the other process looks for its own.
    credentials: Option<Py<PyAny>>,
    include_secrets: bool,
}

/// The arguments of a client as they were given. Of an argument without a name here, nothing is
/// kept.
#[derive(Default)]
pub(crate) struct Given<'py>(Vec<(&'static str, Bound<'py, PyAny>)>);

impl<'py> Given<'py> {
    pub(crate) fn add(&mut self, name: &'static str, value: Option<&Bound<'py, PyAny>>) {
        self.0.extend(value.map(|value| (name, value.clone())));
    }

    pub(crate) fn add_given(&mut self, name: &'static str, value: &OrDefault<'py>) {
        if let OrDefault::Given(value) = value {
            self.add(name, Some(value));
        }
    }

    pub(crate) fn add_flag(&mut self, py: Python<'py>, name: &'static str, value: bool) {
        if value {
            self.add(name, Some(&PyBool::new(py, true).to_owned().into_any()));
        }
    }
}

impl Pickled {
    /// Of a client that was built with these arguments, so they are good.
    pub(crate) fn new(
        py: Python<'_>,
        given: &Given<'_>,
        credentials: Option<&Bound<'_, PyAny>>,
        token: Option<&Bound<'_, PyAny>>,
        include_secrets: bool,
    ) -> PyResult<Self> {
        let credentials = match (credentials, token) {
            (Some(given), _) => carried(given, include_secrets)?,
            (None, Some(token)) if include_secrets => {
                let token = plain(token)?;
                Some(("token", token, py.None()).into_pyobject(py)?.into_any())
            }
            (None, _) => None,
        };
        Ok(Self {
            settings: settings(py, given, include_secrets)?.unbind(),
            credentials: credentials.map(Bound::unbind),
            include_secrets,
        })
    }

    /// Of the same client with other options.
    pub(crate) fn with(&self, py: Python<'_>, given: &Given<'_>) -> PyResult<Self> {
        let merged = self.settings.bind(py).copy()?;
        merged.update(settings(py, given, self.include_secrets)?.as_mapping())?;
        Ok(Self {
            settings: merged.unbind(),
            ..self.clone_ref(py)
        })
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            settings: self.settings.clone_ref(py),
            credentials: self.credentials.as_ref().map(|it| it.clone_ref(py)),
            include_secrets: self.include_secrets,
        }
    }

    /// What `pickle` wants: a function, and its arguments.
    pub(crate) fn reduce<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let credentials = match &self.credentials {
            None if self.include_secrets => Some(found_now(py)?),
            carried => carried.as_ref().map(|it| it.bind(py).clone()),
        };
        let module = py.import(intern!(py, "metastudio._pickled"))?;
        let version = module.getattr(intern!(py, "VERSION"))?;
        let restore = module.getattr(intern!(py, "client"))?;
        (restore, (version, &self.settings, credentials)).into_pyobject(py)
    }
}

/// A client for another process that was given no credentials asks for them where a new one would.
#[pyfunction]
pub(crate) fn own_credentials(py: Python<'_>) -> PyResult<CredentialSource> {
    let why = "a pickled client carries no credentials: let this process find its own, or build \
               the client with include_secrets=True";
    let source = Inner::chain([
        Inner::oidc(),
        Inner::environment(),
        Inner::profile(),
        Inner::metadata(),
        Inner::pod(),
        Inner::absent("pickle", why),
    ]);
    CredentialSource::of(py, source, Recipe::Default)
}

fn settings<'py>(
    py: Python<'py>,
    given: &Given<'py>,
    include_secrets: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let settings = PyDict::new(py);
    for (name, value) in &given.0 {
        let value = if *name == "proxy" && !include_secrets {
            without_password(value)?
        } else {
            plain(value)?
        };
        settings.set_item(*name, value)?;
    }
    if include_secrets {
        settings.set_item(intern!(py, "include_secrets"), true)?;
    }
    Ok(settings)
}

/// The same as a value of a built-in type, which every process knows.
pub(crate) fn plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if value.is_none() || value.is_instance_of::<PyBool>() {
        return Ok(value.clone());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(PyString::new(py, text.to_str()?).into_any());
    }
    if value.is_instance_of::<PyInt>() {
        return py.get_type::<PyInt>().call1((value,));
    }
    if value.is_instance_of::<PyFloat>() {
        return py.get_type::<PyFloat>().call1((value,));
    }
    if let Ok(path) = value.extract::<PathBuf>() {
        return Ok(path.as_os_str().into_pyobject(py)?.into_any());
    }
    let items = value.try_iter()?.map(|item| plain(&item?));
    let items = items.collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, items)?.into_any())
}

/// A proxy's URL without user and password.
fn without_password<'py>(proxy: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let plain = plain(proxy)?;
    let Ok(text) = plain.cast::<PyString>() else {
        return Ok(plain);
    };
    let url = text.to_str()?;
    let Some((before, host)) = url.rsplit_once('@') else {
        return Ok(plain);
    };
    let scheme = before.find("://").map_or("", |end| &before[..end + 3]);
    Ok(PyString::new(proxy.py(), &format!("{scheme}{host}")).into_any())
}

/// Credentials, or where they are found, as plain values; none where nothing may be told of them.
fn carried<'py>(
    given: &Bound<'py, PyAny>,
    include_secrets: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = given.py();
    if let Ok(source) = given.cast::<CredentialSource>() {
        return match &source.get().recipe {
            Recipe::Default => Ok(None),
            Recipe::Secret { .. } if !include_secrets => Ok(None),
            Recipe::Open { name, arguments } | Recipe::Secret { name, arguments } => {
                let carried = ("source", *name, arguments).into_pyobject(py)?;
                Ok(Some(carried.into_any()))
            }
            Recipe::Chain(links) => {
                let links = links.iter().map(|it| carried(it.bind(py), include_secrets));
                let links = links.collect::<PyResult<Option<Vec<_>>>>()?;
                let Some(links) = links else {
                    return Ok(None);
                };
                let links = PyTuple::new(py, links)?;
                Ok(Some(("chain", links).into_pyobject(py)?.into_any()))
            }
        };
    }
    if !include_secrets {
        return Ok(None);
    }
    if credentials::found(given).is_some() {
        return secret(given).map(Some);
    }
    Ok(Some(("function", given).into_pyobject(py)?.into_any()))
}

/// Keys or a token, by value.
fn secret<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = given.py();
    let end = given.getattr(intern!(py, "expires_at"))?;
    if let Ok(keys) = given.cast::<Credentials>() {
        let keys = &keys.get().keys;
        let token = keys.security_token().map(|token| token.expose().to_owned());
        let carried = (
            "keys",
            keys.access_key(),
            keys.secret_key().expose(),
            token,
            end,
        );
        return Ok(carried.into_pyobject(py)?.into_any());
    }
    let headers = given.call_method0(intern!(py, "headers"))?;
    let token = headers.get_item(intern!(py, "X-Auth-Token"))?;
    Ok(("token", token, end).into_pyobject(py)?.into_any())
}

/// The credentials of a client that was told nothing of them: those that this process finds.
fn found_now(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let source = CredentialSource::of(py, Inner::default_chain(), Recipe::Default)?;
    secret(source.get(py)?.bind(py))
}
