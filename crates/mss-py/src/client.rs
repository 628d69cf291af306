//! The client.

use std::sync::{PoisonError, RwLock};

use mss_http::{
    AppUserId, AssetId, Client as Inner, ConfirmFileUpload, CreateFile, Error, FileId, Token,
    Upload, UploadState,
};
use pyo3::{
    prelude::*,
    types::{PyDict, PyType},
};

use crate::{
    arguments::{CallArguments, OrDefault, parsed, text, wrong_type},
    call::make_call,
    credentials::Credentials,
    fields::{self, content_md5, content_size, list_of_text},
    guard::guarded,
    raise,
    results::{ConfirmedUpload, CreatedFile, Uploaded},
};

const NAME: &str = "Client";

#[pyclass(frozen, module = "metastudio", weakref)]
pub(crate) struct Client {
    /// None once it was closed.
    inner: RwLock<Option<Inner>>,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (
        *,
        region = None,
        endpoint = None,
        project_id = None,
        credentials = None,
        token = None,
        allow_http = false,
        lenient = false,
        upload_host_suffixes = None,
        connect_timeout = None,
        attempt_timeout = None,
        total_timeout = None,
        stall_timeout = None,
        max_attempts = None,
    ))]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn new(
        py: Python<'_>,
        region: Option<&Bound<'_, PyAny>>,
        endpoint: Option<&Bound<'_, PyAny>>,
        project_id: Option<&Bound<'_, PyAny>>,
        credentials: Option<&Bound<'_, PyAny>>,
        token: Option<&Bound<'_, PyAny>>,
        allow_http: bool,
        lenient: bool,
        upload_host_suffixes: Option<&Bound<'_, PyAny>>,
        connect_timeout: Option<&Bound<'_, PyAny>>,
        attempt_timeout: Option<&Bound<'_, PyAny>>,
        total_timeout: Option<&Bound<'_, PyAny>>,
        stall_timeout: Option<&Bound<'_, PyAny>>,
        max_attempts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let options = CallArguments {
            connect_timeout,
            attempt_timeout,
            total_timeout,
            stall_timeout,
            max_attempts,
        };
        guarded(py, || {
            let mut builder = Inner::builder()
                .allow_http(allow_http)
                .lenient(lenient)
                .options(options.options()?);
            if let Some(region) = region {
                builder = builder.region(text(NAME, "region", region)?);
            }
            if let Some(url) = endpoint {
                builder = builder.endpoint(text(NAME, "endpoint", url)?);
            }
            if let Some(id) = project_id {
                builder = builder.project_id(text(NAME, "project_id", id)?);
            }
            if let Some(keys) = credentials {
                let Ok(keys) = keys.cast::<Credentials>() else {
                    return Err(wrong_type("credentials", "metastudio.Credentials", keys));
                };
                builder = builder.credentials(keys.get().0.clone());
            }
            if let Some(token) = token {
                let token = Token::new(text(NAME, "token", token)?)
                    .map_err(|error| raise::invalid_input(py, "Credentials", &error))?;
                builder = builder.token(token);
            }
            if let Some(suffixes) = upload_host_suffixes {
                builder = builder.upload_host_suffixes(list_of_text(
                    NAME,
                    "upload_host_suffixes",
                    suffixes,
                )?);
            }
            let inner = builder.build().map_err(|error| raise::error(py, &error))?;
            Ok(Self::holding(inner))
        })
    }

    /// As the constructor, with region, endpoint and token from the environment too.
    #[classmethod]
    #[pyo3(signature = (**options))]
    fn from_env<'py>(
        class: &Bound<'py, PyType>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let options = match options {
            Some(given) => given.copy()?,
            None => PyDict::new(py),
        };
        for (option, variable) in [
            ("region", "METASTUDIO_REGION"),
            ("endpoint", "METASTUDIO_ENDPOINT"),
            ("token", "METASTUDIO_TOKEN"),
        ] {
            let value = std::env::var(variable)
                .ok()
                .filter(|value| !value.is_empty());
            if let Some(value) = value
                && !options.contains(option)?
                && !(option == "token" && options.contains("credentials")?)
            {
                options.set_item(option, value)?;
            }
        }
        class.call((), Some(&options))
    }

    #[pyo3(signature = (
        *,
        connect_timeout = None,
        attempt_timeout = None,
        total_timeout = None,
        stall_timeout = None,
        max_attempts = None,
    ))]
    fn with_options(
        &self,
        py: Python<'_>,
        connect_timeout: Option<&Bound<'_, PyAny>>,
        attempt_timeout: Option<&Bound<'_, PyAny>>,
        total_timeout: Option<&Bound<'_, PyAny>>,
        stall_timeout: Option<&Bound<'_, PyAny>>,
        max_attempts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let options = CallArguments {
            connect_timeout,
            attempt_timeout,
            total_timeout,
            stall_timeout,
            max_attempts,
        };
        guarded(py, || {
            let inner = self.inner(py)?.with_options(options.options()?);
            Ok(Self::holding(
                inner.map_err(|error| raise::error(py, &error))?,
            ))
        })
    }

    #[pyo3(
        signature = (file_id, state = OrDefault::Default, *, app_user_id = None),
        text_signature = "($self, file_id, state='CREATED', *, app_user_id=None)",
    )]
    fn confirm_file_upload(
        &self,
        py: Python<'_>,
        file_id: &Bound<'_, PyAny>,
        state: OrDefault<'_>,
        app_user_id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<ConfirmedUpload> {
        const NAME: &str = "ConfirmFileUpload";
        guarded(py, || {
            let file_id: FileId = parsed(NAME, "file_id", file_id)?;
            let state = state.parsed(NAME, "state")?.unwrap_or(UploadState::Created);
            let mut confirm = ConfirmFileUpload::new(file_id, state);
            if let Some(id) = app_user_id {
                confirm = confirm.app_user_id(parsed(NAME, "app_user_id", id)?);
            }
            let confirmed = self.call(py, |client| client.execute(&confirm))?;
            Ok(confirmed.into())
        })
    }

    #[pyo3(
        signature = (
            file_name,
            *,
            file_size,
            file_md5,
            asset_id,
            category = OrDefault::Default,
            app_user_id = None,
        ),
        text_signature = "($self, file_name, *, file_size, file_md5, asset_id, category='MAIN', \
                          app_user_id=None)",
    )]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn create_file(
        &self,
        py: Python<'_>,
        file_name: &Bound<'_, PyAny>,
        file_size: &Bound<'_, PyAny>,
        file_md5: &Bound<'_, PyAny>,
        asset_id: &Bound<'_, PyAny>,
        category: OrDefault<'_>,
        app_user_id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<CreatedFile> {
        const NAME: &str = "CreateFile";
        guarded(py, || {
            let size = content_size(NAME, file_size)?;
            let md5 = content_md5(NAME, file_md5)?;
            let asset_id: AssetId = parsed(NAME, "asset_id", asset_id)?;
            let mut create =
                CreateFile::new(text(NAME, "file_name", file_name)?, size, md5, asset_id)
                    .map_err(|error| raise::invalid_input(py, NAME, &error))?;
            if let Some(category) = category.parsed(NAME, "category")? {
                create = create.category(category);
            }
            if let Some(id) = app_user_id {
                create = create.app_user_id(parsed(NAME, "app_user_id", id)?);
            }
            let created = self.call(py, |client| client.create_file(&create))?;
            Ok(created.into())
        })
    }

    #[pyo3(
        signature = (path, *, asset_id, category = OrDefault::Default, app_user_id = None),
        text_signature = "($self, path, *, asset_id, category='MAIN', app_user_id=None)",
    )]
    fn upload(
        &self,
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        asset_id: &Bound<'_, PyAny>,
        category: OrDefault<'_>,
        app_user_id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Uploaded> {
        const NAME: &str = "Upload";
        guarded(py, || {
            let asset_id: AssetId = parsed(NAME, "asset_id", asset_id)?;
            let mut upload = Upload::new(fields::path(path)?, asset_id);
            if let Some(category) = category.parsed(NAME, "category")? {
                upload = upload.category(category);
            }
            if let Some(id) = app_user_id {
                let id: AppUserId = parsed(NAME, "app_user_id", id)?;
                upload = upload.app_user_id(id);
            }
            let uploaded = self.call(py, |client| client.upload(upload))?;
            Ok(uploaded.into())
        })
    }

    fn close(&self) {
        drop(
            self.inner
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().inner(slf.py())?;
        Ok(slf)
    }

    fn __exit__(
        &self,
        _kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
        self.close();
    }

    fn __repr__(&self) -> String {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match inner.as_ref() {
            Some(client) => {
                let (endpoint, project) = (client.endpoint(), client.project_id());
                format!("Client(endpoint='{endpoint}', project_id='{project}')")
            }
            None => "Client(closed)".to_owned(),
        }
    }
}

impl Client {
    fn holding(inner: Inner) -> Self {
        Self {
            inner: RwLock::new(Some(inner)),
        }
    }

    fn inner(&self, py: Python<'_>) -> PyResult<Inner> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner
            .clone()
            .ok_or_else(|| raise::invalid(py, NAME, "the client was closed"))
    }

    fn call<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Inner) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        make_call(py, self.inner(py)?, work)
    }
}
