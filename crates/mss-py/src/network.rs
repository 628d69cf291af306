//! TLS and proxies of a client, as Python gives them.

use std::path::PathBuf;

use mss_http::{ClientBuilder, Proxy};
use pyo3::{exceptions::PyRuntimeWarning, prelude::*, types::PyTuple};

use crate::{
    arguments::{OrDefault, text, wrong_type},
    fields::path,
};

const NAME: &str = "Client";

pub(crate) struct NetworkArguments<'a, 'py> {
    pub(crate) ca_file: Option<&'a Bound<'py, PyAny>>,
    pub(crate) client_cert: Option<&'a Bound<'py, PyAny>>,
    pub(crate) proxy: OrDefault<'py>,
    pub(crate) danger_accept_invalid_certs: bool,
}

impl NetworkArguments<'_, '_> {
    pub(crate) fn apply(
        &self,
        py: Python<'_>,
        mut builder: ClientBuilder,
    ) -> PyResult<ClientBuilder> {
        if let Some(file) = self.ca_file {
            builder = builder.ca_file(path("ca_file", file)?);
        }
        if let Some(given) = self.client_cert {
            let (cert, key) = certificate(given)?;
            builder = builder.client_cert(cert);
            if let Some(key) = key {
                builder = builder.client_key(key);
            }
        }
        if let OrDefault::Given(given) = &self.proxy {
            builder = builder.proxy(proxy(given)?);
        }
        if self.danger_accept_invalid_certs {
            let category = py.get_type::<PyRuntimeWarning>();
            let text = c"danger_accept_invalid_certs: the certificates of servers are not checked";
            PyErr::warn(py, &category, text, 1)?;
        }
        Ok(builder.danger_accept_invalid_certs(self.danger_accept_invalid_certs))
    }
}

/// One file with certificate and key, or a pair of files, as with `requests`.
fn certificate(given: &Bound<'_, PyAny>) -> PyResult<(PathBuf, Option<PathBuf>)> {
    let Ok(pair) = given.cast::<PyTuple>() else {
        return Ok((path("client_cert", given)?, None));
    };
    if pair.len() != 2 {
        return Err(wrong_type(
            "client_cert",
            "a path or a pair of paths",
            given,
        ));
    }
    let of = |index| path("client_cert", &pair.get_item(index)?);
    Ok((of(0)?, Some(of(1)?)))
}

fn proxy(given: &Bound<'_, PyAny>) -> PyResult<Proxy> {
    if given.is_none() {
        return Ok(Proxy::None);
    }
    Ok(match text(NAME, "proxy", given)? {
        "env" => Proxy::Environment,
        url => Proxy::url(url),
    })
}
