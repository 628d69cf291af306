//! The client.

use std::sync::{PoisonError, RwLock};

use mss_http::{
    Client as Inner, Token,
    journal::{Journal, JournalKind},
};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList, PyTuple, PyType},
};

use crate::{
    arguments::{CallArguments, OrDefault, text},
    assets,
    batch::{self, ConfirmResults},
    call::{Calls, Entered},
    event,
    fields::{self, list_of_text},
    files::{self, NewFile},
    guard::guarded,
    network::NetworkArguments,
    pickled::{Given, Pickled},
    raise,
    results::{ConfirmedUpload, CreatedAsset, CreatedFile, CreatedLargeFile, Deleted, Uploaded},
    signing::SigningArguments,
    source,
    upload::{self, Resume},
};

const NAME: &str = "Client";

#[pyclass(frozen, module = "metastudio", weakref)]
pub(crate) struct Client {
    /// None once it was closed. Locked by who holds the interpreter's lock, and only for a moment,
    /// so a fork never finds it locked.
    open: RwLock<Option<Open>>,
    calls: Calls,
}

struct Open {
    client: Inner,
    pickled: Pickled,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(
        signature = (
            *,
            region = None,
            endpoint = None,
            project_id = None,
            credentials = None,
            token = None,
            algorithm = OrDefault::Default,
            signing_region = None,
            signing_service = None,
            allow_http = false,
            lenient = false,
            upload_host_suffixes = None,
            ca_file = None,
            client_cert = None,
            proxy = OrDefault::Default,
            danger_accept_invalid_certs = false,
            connect_timeout = None,
            attempt_timeout = None,
            total_timeout = None,
            stall_timeout = None,
            max_attempts = None,
            on_attempt = None,
            include_secrets = false,
        ),
        text_signature = "(*, region=None, endpoint=None, project_id=None, credentials=None, \
                          token=None, algorithm='SDK-HMAC-SHA256', signing_region=None, \
                          signing_service=None, allow_http=False, lenient=False, \
                          upload_host_suffixes=None, \
                          ca_file=None, client_cert=None, proxy='env', \
                          danger_accept_invalid_certs=False, connect_timeout=None, \
                          attempt_timeout=None, total_timeout=None, stall_timeout=None, \
                          max_attempts=None, on_attempt=None, include_secrets=False)",
    )]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools)] // keyword-only in Python
    fn new(
        py: Python<'_>,
        region: Option<&Bound<'_, PyAny>>,
        endpoint: Option<&Bound<'_, PyAny>>,
        project_id: Option<&Bound<'_, PyAny>>,
        credentials: Option<&Bound<'_, PyAny>>,
        token: Option<&Bound<'_, PyAny>>,
        algorithm: OrDefault<'_>,
        signing_region: Option<&Bound<'_, PyAny>>,
        signing_service: Option<&Bound<'_, PyAny>>,
        allow_http: bool,
        lenient: bool,
        upload_host_suffixes: Option<&Bound<'_, PyAny>>,
        ca_file: Option<&Bound<'_, PyAny>>,
        client_cert: Option<&Bound<'_, PyAny>>,
        proxy: OrDefault<'_>,
        danger_accept_invalid_certs: bool,
        connect_timeout: Option<&Bound<'_, PyAny>>,
        attempt_timeout: Option<&Bound<'_, PyAny>>,
        total_timeout: Option<&Bound<'_, PyAny>>,
        stall_timeout: Option<&Bound<'_, PyAny>>,
        max_attempts: Option<&Bound<'_, PyAny>>,
        on_attempt: Option<&Bound<'_, PyAny>>,
        include_secrets: bool,
    ) -> PyResult<Self> {
        let mut given = Given::default();
        given.add("region", region);
        given.add("endpoint", endpoint);
        given.add("project_id", project_id);
        given.add_given("algorithm", &algorithm);
        given.add("signing_region", signing_region);
        given.add("signing_service", signing_service);
        given.add_flag(py, "allow_http", allow_http);
        given.add_flag(py, "lenient", lenient);
        given.add("ca_file", ca_file);
        given.add("client_cert", client_cert);
        given.add_given("proxy", &proxy);
        given.add_flag(
            py,
            "danger_accept_invalid_certs",
            danger_accept_invalid_certs,
        );
        let options = CallArguments {
            connect_timeout,
            attempt_timeout,
            total_timeout,
            stall_timeout,
            max_attempts,
        };
        options.tell(&mut given);
        let network = NetworkArguments {
            ca_file,
            client_cert,
            proxy,
            danger_accept_invalid_certs,
        };
        let signing = SigningArguments {
            algorithm,
            region: signing_region,
            service: signing_service,
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
                builder = builder.credential_source(source::given(keys)?);
            }
            if let Some(token) = token {
                let token = Token::new(text(NAME, "token", token)?)
                    .map_err(|error| raise::invalid_input(py, "Credentials", &error))?;
                builder = builder.token(token);
            }
            if let Some(suffixes) = upload_host_suffixes {
                let suffixes = list_of_text(NAME, "upload_host_suffixes", suffixes)?;
                given.add(
                    "upload_host_suffixes",
                    Some(PyTuple::new(py, &suffixes)?.as_any()),
                );
                builder = builder.upload_host_suffixes(suffixes);
            }
            if let Some(function) = on_attempt {
                builder = builder.on_attempt(event::hook(function)?);
            }
            builder = network.apply(py, signing.apply(py, builder)?)?;
            let inner = builder.build().map_err(|error| raise::error(py, &error))?;
            let pickled = Pickled::new(py, &given, credentials, token, include_secrets)?;
            Ok(Self::holding(inner, pickled))
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
            let (client, pickled) = self.description(py)?;
            let client = client.with_options(options.options()?);
            let client = client.map_err(|error| raise::error(py, &error))?;
            let mut given = Given::default();
            options.tell(&mut given);
            Ok(Self::holding(client, pickled.with(py, &given)?))
        })
    }

    #[pyo3(
        signature = (
            file_id,
            state = OrDefault::Default,
            *,
            app_user_id = None,
            asset_id = None,
            verify = OrDefault::Default,
        ),
        text_signature = "($self, file_id, state='CREATED', *, app_user_id=None, asset_id=None, \
                          verify=False)",
    )]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn confirm_file_upload<'py>(
        &self,
        py: Python<'py>,
        file_id: &Bound<'py, PyAny>,
        state: OrDefault<'py>,
        app_user_id: Option<&Bound<'py, PyAny>>,
        asset_id: Option<&Bound<'py, PyAny>>,
        verify: OrDefault<'py>,
    ) -> PyResult<ConfirmedUpload> {
        self.call(py, |call, client| {
            files::confirm(
                py,
                call,
                client,
                (file_id, state),
                app_user_id,
                asset_id,
                verify,
            )
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
            file_type = None,
            app_user_id = None,
        ),
        text_signature = "($self, file_name, *, file_size, file_md5, asset_id, category='MAIN', \
                          file_type=None, app_user_id=None)",
    )]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn create_file<'py>(
        &self,
        py: Python<'py>,
        file_name: &Bound<'py, PyAny>,
        file_size: &Bound<'py, PyAny>,
        file_md5: &Bound<'py, PyAny>,
        asset_id: &Bound<'py, PyAny>,
        category: OrDefault<'py>,
        file_type: Option<&Bound<'py, PyAny>>,
        app_user_id: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<CreatedFile> {
        let file = NewFile {
            file_name,
            file_type,
            file_size,
            asset_id,
            category,
            app_user_id,
        };
        self.call(py, |call, client| {
            files::create(py, call, client, file, file_md5)
        })
    }

    #[pyo3(
        signature = (
            file_name,
            *,
            file_size,
            asset_id,
            category = OrDefault::Default,
            file_type = None,
            part_count = None,
            app_user_id = None,
        ),
        text_signature = "($self, file_name, *, file_size, asset_id, category='MAIN', \
                          file_type=None, part_count=None, app_user_id=None)",
    )]
    #[allow(clippy::too_many_arguments)] // keyword-only in Python
    fn create_large_file<'py>(
        &self,
        py: Python<'py>,
        file_name: &Bound<'py, PyAny>,
        file_size: &Bound<'py, PyAny>,
        asset_id: &Bound<'py, PyAny>,
        category: OrDefault<'py>,
        file_type: Option<&Bound<'py, PyAny>>,
        part_count: Option<&Bound<'py, PyAny>>,
        app_user_id: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<CreatedLargeFile> {
        let file = NewFile {
            file_name,
            file_type,
            file_size,
            asset_id,
            category,
            app_user_id,
        };
        self.call(py, |call, client| {
            files::create_large(py, call, client, file, part_count)
        })
    }

    #[pyo3(signature = (file_id, *, app_user_id = None))]
    fn delete_file(
        &self,
        py: Python<'_>,
        file_id: &Bound<'_, PyAny>,
        app_user_id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Deleted> {
        self.call(py, |call, client| {
            files::delete(py, call, client, file_id, app_user_id)
        })
    }

    #[pyo3(
        signature = (asset_name, asset_type, **options),
        text_signature = "($self, asset_name, asset_type, *, description=None, tags=None, \
                          supported_service=None, generate_cover=None, order=None, extra=None, \
                          app_user_id=None)",
    )]
    fn create_digital_asset(
        &self,
        py: Python<'_>,
        asset_name: &Bound<'_, PyAny>,
        asset_type: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<CreatedAsset> {
        self.call(py, |call, client| {
            assets::create(call, client, asset_name, asset_type, options)
        })
    }

    #[pyo3(signature = (asset_id, *, app_user_id = None))]
    fn show_asset<'py>(
        &self,
        py: Python<'py>,
        asset_id: &Bound<'py, PyAny>,
        app_user_id: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, |call, client| {
            assets::show(py, call, client, asset_id, app_user_id)
        })
    }

    #[pyo3(
        signature = (asset_id, *, for_good = OrDefault::Default, app_user_id = None),
        text_signature = "($self, asset_id, *, for_good=False, app_user_id=None)",
    )]
    fn delete_asset<'py>(
        &self,
        py: Python<'py>,
        asset_id: &Bound<'py, PyAny>,
        for_good: OrDefault<'py>,
        app_user_id: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Deleted> {
        self.call(py, |call, client| {
            assets::delete(py, call, client, asset_id, for_good, app_user_id)
        })
    }

    #[pyo3(
        signature = (source, **options),
        text_signature = "($self, source, *, asset_id=None, new_asset=None, category='MAIN', \
                          file_name=None, file_type=None, file_size=None, file_md5=None, \
                          app_user_id=None, verify=False, verify_source=False, wait=None, \
                          cancel_orphan=False, delete_asset_on_failure=False, \
                          spool_limit=5368709120, part_count=None, progress=None, cancel=None)",
    )]
    fn upload(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Uploaded> {
        self.call(py, |call, client| {
            upload::upload(call, client, source, options)
        })
    }

    #[pyo3(
        signature = (files, **options),
        text_signature = "($self, files, *, asset_id=None, new_asset=None, category='MAIN', \
                          app_user_id=None, verify=False, verify_source=False, wait=None, \
                          cancel_orphan=False, delete_asset_on_failure=False, \
                          spool_limit=5368709120, part_count=None, concurrency=4, \
                          rate='documented', progress=None, on_result=None, \
                          raise_on_error=False, cancel=None, journal=None, confirm=True)",
    )]
    fn upload_many<'py>(
        &self,
        py: Python<'py>,
        files: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.call(py, |call, client| {
            upload::upload_many(call, client, files, options)
        })
    }

    #[pyo3(
        signature = (items, **options),
        text_signature = "($self, items, *, state='CREATED', concurrency=32, rate='documented', \
                          journal=None, app_user_id=None, raise_on_error=False, cancel=None)",
    )]
    fn confirm_many(
        slf: &Bound<'_, Self>,
        items: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<ConfirmResults> {
        let py = slf.py();
        guarded(py, || {
            let client = slf.get().inner(py)?;
            batch::confirm_many(slf, &client, items, options)
        })
    }

    #[pyo3(
        signature = (path, **options),
        text_signature = "($self, path, *, cancel_open=False, keep=(), concurrency=None, \
                          rate='documented', cancel=None)",
    )]
    fn resume<'py>(
        slf: &Bound<'py, Self>,
        path: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let mut given = Resume::default();
        upload::read("resume", options, &mut [&mut given])?;
        let path = fields::path("path", path)?;
        slf.get().call(py, |call, client| {
            // Closed again: whoever finishes it opens it for itself.
            let opened = py.detach(|| Journal::open(&path).map(|it| it.1.header().kind));
            match opened.map_err(|error| raise::error(py, &error))? {
                JournalKind::Confirm => {
                    let results = batch::resume(slf, client, &path, &given)?;
                    Ok(Bound::new(py, results)?.into_any())
                }
                _ => Ok(upload::resume(py, call, client, &path, &given)?.into_any()),
            }
        })
    }

    fn close(&self) {
        let closed = self
            .open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Its end may run Python code, so not under the lock.
        drop(closed);
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().inner(slf.py())?;
        Ok(slf)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.close();
        if kind.is_none() {
            return Ok(());
        }
        self.calls.cancel_others(py)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        // Credentials may have to be found, so not under the lock.
        guarded(py, || self.description(py)?.1.reduce(py))
    }

    /// In the same process there is nothing to hide: connections and credentials are shared.
    fn __copy__(&self, py: Python<'_>) -> PyResult<Self> {
        let (client, pickled) = self.description(py)?;
        Ok(Self::holding(client, pickled))
    }

    #[pyo3(signature = (memo, /))]
    fn __deepcopy__(&self, py: Python<'_>, memo: &Bound<'_, PyAny>) -> PyResult<Self> {
        let _ = memo;
        self.__copy__(py)
    }

    fn __repr__(&self) -> String {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        match open.as_ref() {
            Some(Open { client, .. }) => {
                let endpoint = client.endpoint();
                match client.project_id() {
                    Some(id) => format!("Client(endpoint='{endpoint}', project_id='{id}')"),
                    None => format!("Client(endpoint='{endpoint}')"),
                }
            }
            None => "Client(closed)".to_owned(),
        }
    }
}

impl Client {
    fn holding(client: Inner, pickled: Pickled) -> Self {
        Self {
            open: RwLock::new(Some(Open { client, pickled })),
            calls: Calls::default(),
        }
    }

    /// Begins a call, of which a batch makes several.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.calls.enter()
    }

    fn inner(&self, py: Python<'_>) -> PyResult<Inner> {
        self.of_open(py, |open| open.client.clone())
    }

    fn description(&self, py: Python<'_>) -> PyResult<(Inner, Pickled)> {
        self.of_open(py, |open| (open.client.clone(), open.pickled.clone_ref(py)))
    }

    /// The lock isn't held while Python runs: a handler may close the client.
    fn of_open<R>(&self, py: Python<'_>, take: impl FnOnce(&Open) -> R) -> PyResult<R> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let taken = open.as_ref().map(take);
        drop(open);
        taken.ok_or_else(|| raise::invalid(py, NAME, "the client was closed"))
    }

    /// Does the work of a method that makes a call.
    fn call<R>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Entered<'_>, &Inner) -> PyResult<R>,
    ) -> PyResult<R> {
        guarded(py, || {
            // In this order, so that a call either finds the client closed or is cancelled.
            let call = self.calls.enter();
            let client = self.inner(py)?;
            work(&call, &client)
        })
    }
}
