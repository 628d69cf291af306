//! A local MetaStudio for users' tests.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use mss_emulator::{
    Emulator as Running, Fault, IdentityChange, Limiter, ReviewScript, Tls, UnknownLimiter,
};
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError, PyValueError},
    prelude::*,
};
use serde::Serialize;
use serde_json::json as object;

use crate::guard::guarded;

#[pyclass(frozen, module = "metastudio._mss")]
pub(crate) struct Emulator {
    /// None once it was stopped.
    running: Mutex<Option<Running>>,
}

#[pymethods]
impl Emulator {
    #[new]
    #[pyo3(signature = (
        *,
        port = 0,
        rate_limit = None,
        limiter = "token-bucket",
        region = None,
        projects = None,
        token_lifetime = None,
        key_lifetime = None,
        tls = false,
    ))]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn new(
        py: Python<'_>,
        port: u16,
        rate_limit: Option<u32>,
        limiter: &str,
        region: Option<String>,
        projects: Option<Vec<(String, String)>>,
        token_lifetime: Option<f64>,
        key_lifetime: Option<f64>,
        tls: bool,
    ) -> PyResult<Self> {
        guarded(py, || {
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let limiter: Limiter = limiter
                .parse()
                .map_err(|error: UnknownLimiter| PyValueError::new_err(error.to_string()))?;
            let mut builder = Running::builder()
                .bind(address)
                .rate_limit(rate_limit)
                .limiter(limiter);
            if let Some(region) = region {
                builder = builder.region(region);
            }
            if let Some(projects) = projects {
                builder = builder.projects(projects);
            }
            if let Some(seconds) = token_lifetime {
                builder = builder.token_lifetime(lifetime("token_lifetime", seconds)?);
            }
            if let Some(seconds) = key_lifetime {
                builder = builder.key_lifetime(lifetime("key_lifetime", seconds)?);
            }
            if tls {
                builder = builder.tls(Tls::new());
            }
            let started = py.detach(|| builder.start());
            let running = started.map_err(|error| PyOSError::new_err(error.to_string()))?;
            Ok(Self {
                running: Mutex::new(Some(running)),
            })
        })
    }

    #[getter]
    fn url(&self) -> PyResult<String> {
        self.with(|emulator| emulator.url().to_owned())
    }

    #[getter]
    fn project_id(&self) -> PyResult<String> {
        self.with(|emulator| emulator.project_id().to_owned())
    }

    #[getter]
    fn access_key(&self) -> PyResult<String> {
        self.with(|emulator| emulator.access_key().to_owned())
    }

    #[getter]
    fn secret_key(&self) -> PyResult<String> {
        self.with(|emulator| emulator.secret_key().to_owned())
    }

    #[getter]
    fn token(&self) -> PyResult<String> {
        self.with(|emulator| emulator.token().to_owned())
    }

    /// What a client has to know to get tokens and keys, as a JSON object of texts.
    fn identity_json(&self) -> PyResult<String> {
        self.with(|emulator| {
            json(&object!({
                "domain_id": emulator.domain_id(),
                "domain_name": emulator.domain_name(),
                "user_name": emulator.user_name(),
                "password": emulator.password(),
                "pod_url": emulator.pod_url(),
                "pod_token": emulator.pod_token(),
                "id_token": emulator.id_token(),
            }))
        })
    }

    /// Takes a change of keys or tokens as a JSON object; `false` when there is no such key.
    fn change_identity(&self, change: &str) -> PyResult<bool> {
        let change = IdentityChange::from_json(change)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.with(|emulator| emulator.change_identity(change))
    }

    #[getter]
    fn ca_pem(&self) -> PyResult<Option<String>> {
        self.with(|emulator| emulator.ca_pem().map(str::to_owned))
    }

    // Lists go to Python as JSON text, which it parses.

    fn assets_json(&self) -> PyResult<String> {
        self.with(|emulator| json(&emulator.assets()))
    }

    fn faults_json(&self) -> PyResult<String> {
        self.with(|emulator| json(&emulator.faults()))
    }

    fn files_json(&self) -> PyResult<String> {
        self.with(|emulator| json(&emulator.files()))
    }

    fn requests_json(&self) -> PyResult<String> {
        self.with(|emulator| json(&emulator.requests()))
    }

    fn authentication_failures_json(&self) -> PyResult<String> {
        self.with(|emulator| json(&emulator.authentication_failures()))
    }

    /// Takes a fault as a JSON object; returns its number.
    fn inject(&self, fault: &str) -> PyResult<u64> {
        let injected = self.with(|emulator| emulator.inject(Fault::from_json(fault)?))?;
        injected.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn fired(&self, fault: u64) -> PyResult<u32> {
        self.with(|emulator| emulator.fired(fault))
    }

    fn clear_faults(&self) -> PyResult<()> {
        self.with(Running::clear_faults)
    }

    /// Takes a review as a JSON object.
    fn set_review(&self, script: &str) -> PyResult<()> {
        let script = ReviewScript::from_json(script)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.with(|emulator| emulator.set_review(script))
    }

    fn file_body(&self, file_id: &str) -> PyResult<Option<Vec<u8>>> {
        self.with(|emulator| emulator.file_body(file_id))
    }

    fn stop(&self, py: Python<'_>) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        py.detach(|| drop(running));
    }
}

impl Emulator {
    fn with<R>(&self, work: impl FnOnce(&Running) -> R) -> PyResult<R> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let stopped = || PyRuntimeError::new_err("the emulator was stopped");
        running.as_ref().map(work).ok_or_else(stopped)
    }
}

fn lifetime(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{name} is a number of seconds, 0 or more")))
}

/// Views of the emulator always serialise.
fn json(views: &impl Serialize) -> String {
    serde_json::to_string(views).unwrap_or_default()
}
