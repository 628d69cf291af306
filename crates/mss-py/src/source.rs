//! Places where credentials can be found.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use mss_http::{
    CallOptions, CredentialProvider, CredentialSource as Inner, Error, FoundCredentials,
    IamPassword, InvalidInput, Profile, Secret, SourceScope, TokenScope, fork,
};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyCFunction, PyDict, PyTuple},
};

use crate::{
    arguments::{parsed, text, wrong_type},
    credentials,
    guard::guarded,
    pickled::plain,
    raise,
    signals::Raised,
    upload::Raising,
};

const NAME: &str = "CredentialSource";

/// How long an answer is waited for. Calls wait no longer than they may take anyway.
const LONGEST: Duration = Duration::from_secs(120);

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct CredentialSource {
    source: Inner,
    provider: CredentialProvider,
    pub(crate) recipe: Recipe,
}

/// How a source was made, so that another process can make its like.
pub(crate) enum Recipe {
    /// It looks in the usual places.
    Default,
    /// By this method with these arguments, in which there is no secret.
    Open {
        name: &'static str,
        arguments: Py<PyDict>,
    },
    /// The same with a secret, or with a function that may hold one.
    Secret {
        name: &'static str,
        arguments: Py<PyDict>,
    },
    Chain(Vec<Py<PyAny>>),
}

/// Arguments by name, as plain values.
fn arguments(py: Python<'_>, given: &[(&str, Option<&Bound<'_, PyAny>>)]) -> PyResult<Py<PyDict>> {
    let arguments = PyDict::new(py);
    for (name, value) in given {
        if let Some(value) = value {
            arguments.set_item(*name, plain(value)?)?;
        }
    }
    Ok(arguments.unbind())
}

fn open(
    py: Python<'_>,
    name: &'static str,
    given: &[(&str, Option<&Bound<'_, PyAny>>)],
) -> PyResult<Recipe> {
    let arguments = arguments(py, given)?;
    Ok(Recipe::Open { name, arguments })
}

#[pymethods]
impl CredentialSource {
    #[staticmethod]
    fn environment(py: Python<'_>) -> PyResult<Self> {
        Self::of(py, Inner::environment(), open(py, "environment", &[])?)
    }

    #[staticmethod]
    #[pyo3(signature = (section = None, *, file = None))]
    fn profile(
        py: Python<'_>,
        section: Option<&Bound<'_, PyAny>>,
        file: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut profile = Profile::new();
        if let Some(name) = section {
            profile = profile.section(text(NAME, "section", name)?);
        }
        if let Some(file) = file {
            profile = profile.file(file.extract::<PathBuf>()?);
        }
        let recipe = open(py, "profile", &[("section", section), ("file", file)])?;
        Self::of(py, profile.into(), recipe)
    }

    #[staticmethod]
    fn oidc(py: Python<'_>) -> PyResult<Self> {
        Self::of(py, Inner::oidc(), open(py, "oidc", &[])?)
    }

    #[staticmethod]
    #[pyo3(signature = (*, endpoint = None))]
    fn metadata(py: Python<'_>, endpoint: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let source = match endpoint {
            Some(url) => Inner::metadata_at(text(NAME, "endpoint", url)?)
                .map_err(|error| raise::invalid_input(py, NAME, &error))?,
            None => Inner::metadata(),
        };
        Self::of(py, source, open(py, "metadata", &[("endpoint", endpoint)])?)
    }

    #[staticmethod]
    fn pod(py: Python<'_>) -> PyResult<Self> {
        Self::of(py, Inner::pod(), open(py, "pod", &[])?)
    }

    #[staticmethod]
    #[pyo3(signature = (idp_id, file))]
    fn id_token(
        py: Python<'_>,
        idp_id: &Bound<'_, PyAny>,
        file: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let path: PathBuf = file.extract()?;
        let source = Inner::id_token(text(NAME, "idp_id", idp_id)?, path);
        let given = [("idp_id", Some(idp_id)), ("file", Some(file))];
        Self::of(py, source, open(py, "id_token", &given)?)
    }

    #[staticmethod]
    #[pyo3(signature = (
        user, password, *, domain, project_name = None, project_id = None, iam_endpoint = None,
    ))]
    fn iam_password(
        py: Python<'_>,
        user: &Bound<'_, PyAny>,
        password: &Bound<'_, PyAny>,
        domain: &Bound<'_, PyAny>,
        project_name: Option<&Bound<'_, PyAny>>,
        project_id: Option<&Bound<'_, PyAny>>,
        iam_endpoint: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let refuse = |error: InvalidInput| raise::invalid_input(py, NAME, &error);
        let scope = match (project_name, project_id) {
            (Some(name), None) => TokenScope::ProjectName(text(NAME, "project_name", name)?.into()),
            (None, Some(id)) => TokenScope::ProjectId(parsed(NAME, "project_id", id)?),
            _ => {
                let problem = "or project_id is needed, and not both: a token is for one project";
                return Err(refuse(InvalidInput::new("project_name", problem)));
            }
        };
        let mut login = IamPassword::new(
            text(NAME, "user", user)?,
            Secret::new(text(NAME, "password", password)?),
            text(NAME, "domain", domain)?,
            scope,
        )
        .map_err(refuse)?;
        if let Some(url) = iam_endpoint {
            login = login
                .iam_endpoint(text(NAME, "iam_endpoint", url)?)
                .map_err(refuse)?;
        }
        let given = [
            ("user", Some(user)),
            ("password", Some(password)),
            ("domain", Some(domain)),
            ("project_name", project_name),
            ("project_id", project_id),
            ("iam_endpoint", iam_endpoint),
        ];
        let recipe = Recipe::Secret {
            name: "iam_password",
            arguments: arguments(py, &given)?,
        };
        Self::of(py, Inner::iam_password(login), recipe)
    }

    #[staticmethod]
    fn chain(py: Python<'_>, sources: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (mut links, mut described) = (Vec::new(), Vec::new());
        for source in sources.try_iter()? {
            let source = source?;
            links.push(given(&source)?);
            described.push(source.unbind());
        }
        Self::of(py, Inner::chain(links), Recipe::Chain(described))
    }

    #[staticmethod]
    fn default(py: Python<'_>) -> PyResult<Self> {
        Self::of(py, Inner::default_chain(), Recipe::Default)
    }

    #[staticmethod]
    fn callback(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !function.is_callable() {
            return Err(wrong_type("function", "callable", function));
        }
        let arguments = PyDict::new(py);
        arguments.set_item("function", function)?;
        let recipe = Recipe::Secret {
            name: "callback",
            arguments: arguments.unbind(),
        };
        Self::of(py, calling(function.clone().unbind()), recipe)
    }

    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let refuse = |error: Error| raise::error(py, &error);
            let _begun = fork::begin();
            let raised = Raised::on_this_thread(py)?;
            let seen = raised.clone();
            let options = CallOptions::new().cancel_when(move || seen.check());
            let provider = self.provider.with_options(options).map_err(refuse)?;
            let watched = raised.enter();
            let found = py.detach(|| provider.get());
            drop(watched);
            match raised.take() {
                Some(exception) => Err(exception),
                None => credentials::to_python(py, &found.map_err(refuse)?),
            }
        })
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a CredentialSource holds secrets and can't be pickled; let each process make its own",
        ))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.source)
    }
}

impl CredentialSource {
    pub(crate) fn of(py: Python<'_>, source: Inner, recipe: Recipe) -> PyResult<Self> {
        let provider = CredentialProvider::new(source.clone());
        let provider = provider.map_err(|error| raise::error(py, &error))?;
        Ok(Self {
            source,
            provider,
            recipe,
        })
    }
}

/// What the client's argument `credentials` may be: keys, a token, a source, or a function that
/// gives keys or a token.
pub(crate) fn given(value: &Bound<'_, PyAny>) -> PyResult<Inner> {
    if let Some(found) = credentials::found(value) {
        return Ok(found.into());
    }
    if let Ok(source) = value.cast::<CredentialSource>() {
        return Ok(source.get().source.clone());
    }
    if value.is_callable() {
        return Ok(calling(value.clone().unbind()));
    }
    let wanted = "metastudio.Credentials, Token, CredentialSource or a callable";
    Err(wrong_type("credentials", wanted, value))
}

/// A source that asks a Python function.
fn calling(function: Py<PyAny>) -> Inner {
    let function = Arc::new(function);
    Inner::callback(move || {
        let (sender, answer) = mpsc::channel();
        let scope = SourceScope::current();
        let started = Python::try_attach(|py| ask(py, &function, scope, sender));
        match started {
            Some(started) => started?,
            None => return Err("the interpreter has ended".into()),
        }
        // The thread may end with the interpreter, before it has told anything.
        match answer.recv_timeout(LONGEST) {
            Ok(answer) => Ok(answer?),
            Err(_) => Err("the function gave no answer".into()),
        }
    })
}

/// What the function has given, or raised.
type Answer = Result<FoundCredentials, Raising>;

/// Lets a thread of Python's call the function.
fn ask(
    py: Python<'_>,
    function: &Py<PyAny>,
    scope: SourceScope,
    sender: mpsc::Sender<Answer>,
) -> Result<(), Raising> {
    static ASK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let start = || {
        let ask = ASK.import(py, "metastudio._source", "ask")?;
        let enter = PyCFunction::new_closure(py, None, None, move |_, _| {
            // For as long as the thread lives.
            std::mem::forget(scope.clone().enter());
        })?;
        let tell = PyCFunction::new_closure(py, None, None, move |args, _| {
            let answer = answer_of(args).map_err(|exception| {
                let py = args.py();
                Raising::of_function(py, exception)
            });
            // Nobody may be waiting any more.
            let _ = sender.send(answer);
        })?;
        ask.call1((function.bind(py), enter, tell))?;
        Ok(())
    };
    start().map_err(|exception| Raising::of_function(py, exception))
}

fn answer_of(args: &Bound<'_, PyTuple>) -> PyResult<FoundCredentials> {
    let raised = args.get_item(1)?;
    if !raised.is_none() {
        return Err(PyErr::from_value(raised));
    }
    let given = args.get_item(0)?;
    let wanted = "metastudio.Credentials or metastudio.Token from the function";
    credentials::found(&given).ok_or_else(|| wrong_type(NAME, wanted, &given))
}
