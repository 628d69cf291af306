//! Python arguments as validated Rust values.

use std::{convert::Infallible, str::FromStr, time::Duration};

use mss_http::{CallOptions, InvalidInput, Rate};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBool, PyFloat, PyInt, PyString},
};

use crate::{pickled::Given, raise};

/// What settings belong to, in errors.
const NAME: &str = "Client";

/// An argument with a default. `None` is a wrong value for it like any other, not a way to ask for
/// the default: it mostly comes from a look-up that found nothing.
pub(crate) enum OrDefault<'py> {
    Given(Bound<'py, PyAny>),
    Default,
}

impl<'py> FromPyObject<'_, 'py> for OrDefault<'py> {
    type Error = Infallible;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self::Given(value.to_owned()))
    }
}

impl OrDefault<'_> {
    /// The given text as a validated value, if one was given.
    pub(crate) fn parsed<T: FromStr<Err = InvalidInput>>(
        self,
        operation: &str,
        name: &'static str,
    ) -> PyResult<Option<T>> {
        match self {
            Self::Given(value) => parsed(operation, name, &value).map(Some),
            Self::Default => Ok(None),
        }
    }

    /// A yes or no; no by default.
    pub(crate) fn flag(self, name: &'static str) -> PyResult<bool> {
        match self {
            Self::Given(value) => flag(name, &value),
            Self::Default => Ok(false),
        }
    }
}

/// The text of a `str`. A subclass such as `numpy.str_` or a string enum counts by its text; a
/// text with lone surrogates can't be sent and is refused.
#[inline]
pub(crate) fn text<'a>(
    operation: &str,
    name: &'static str,
    value: &'a Bound<'_, PyAny>,
) -> PyResult<&'a str> {
    let Ok(string) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    string
        .to_str()
        .map_err(|_| lone_surrogates(operation, name, value))
}

#[cold]
fn lone_surrogates(operation: &str, name: &'static str, value: &Bound<'_, PyAny>) -> PyErr {
    let error = InvalidInput::new(name, "holds lone surrogates, which are no characters");
    raise::invalid_input(value.py(), operation, &error)
}

/// A text as a validated value.
pub(crate) fn parsed<T: FromStr<Err = InvalidInput>>(
    operation: &str,
    name: &'static str,
    value: &Bound<'_, PyAny>,
) -> PyResult<T> {
    text(operation, name, value)?
        .parse()
        .map_err(|error| raise::invalid_input(value.py(), operation, &error))
}

/// The error for an argument of the wrong type. It names the type and never the value.
#[cold]
pub(crate) fn wrong_type(name: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let found = value.get_type().name();
    let found = found.map_or_else(|_| "another type".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{name} must be {wanted}, not {found}"))
}

/// Options that can differ from call to call, as Python gives them. Times are in seconds.
#[derive(Default)]
pub(crate) struct CallArguments<'a, 'py> {
    pub(crate) connect_timeout: Option<&'a Bound<'py, PyAny>>,
    pub(crate) attempt_timeout: Option<&'a Bound<'py, PyAny>>,
    pub(crate) total_timeout: Option<&'a Bound<'py, PyAny>>,
    pub(crate) stall_timeout: Option<&'a Bound<'py, PyAny>>,
    pub(crate) max_attempts: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> CallArguments<'_, 'py> {
    pub(crate) fn tell(&self, given: &mut Given<'py>) {
        given.add("connect_timeout", self.connect_timeout);
        given.add("attempt_timeout", self.attempt_timeout);
        given.add("total_timeout", self.total_timeout);
        given.add("stall_timeout", self.stall_timeout);
        given.add("max_attempts", self.max_attempts);
    }

    pub(crate) fn options(&self) -> PyResult<CallOptions> {
        let mut options = CallOptions::new();
        if let Some(time) = self.connect_timeout {
            options = options.connect_timeout(seconds(NAME, "connect_timeout", time)?);
        }
        if let Some(time) = self.attempt_timeout {
            options = options.attempt_timeout(seconds(NAME, "attempt_timeout", time)?);
        }
        if let Some(time) = self.total_timeout {
            options = options.total_timeout(seconds(NAME, "total_timeout", time)?);
        }
        if let Some(time) = self.stall_timeout {
            options = options.stall_timeout(seconds(NAME, "stall_timeout", time)?);
        }
        if let Some(attempts) = self.max_attempts {
            options = options.max_attempts(count(NAME, "max_attempts", attempts)?);
        }
        Ok(options)
    }
}

/// A time, from a number of seconds.
pub(crate) fn seconds(
    operation: &str,
    name: &'static str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Duration> {
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !is_number || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "a number of seconds", value));
    }
    let seconds = value.extract::<f64>().unwrap_or(f64::INFINITY);
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        let text = format!("{name} must be a finite number of seconds above 0, got {seconds}");
        raise::invalid(value.py(), operation, &text)
    })
}

/// A whole number that isn't negative.
pub(crate) fn count<T: TryFrom<u64>>(
    operation: &str,
    name: &'static str,
    value: &Bound<'_, PyAny>,
) -> PyResult<T> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "int", value));
    }
    let number = value.extract::<u64>().ok();
    number
        .and_then(|number| number.try_into().ok())
        .ok_or_else(|| raise::invalid(value.py(), operation, &format!("{name} is out of range")))
}

/// A yes or no. Other values have a truth too, but mostly mean something else.
pub(crate) fn flag(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match value.cast::<PyBool>() {
        Ok(value) => Ok(value.is_true()),
        Err(_) => Err(wrong_type(name, "bool", value)),
    }
}

/// How many calls a second are made.
pub(crate) fn rate(operation: &str, value: &Bound<'_, PyAny>) -> PyResult<Rate> {
    if value.is_none() {
        return Ok(Rate::Unlimited);
    }
    if value.is_instance_of::<PyString>() {
        let text = text(operation, "rate", value)?;
        if text == "documented" {
            return Ok(Rate::Documented);
        }
        if let Some(Ok(processes)) = text.strip_prefix("documented/").map(str::parse) {
            return Ok(Rate::DocumentedShare(processes));
        }
        let text = "rate must be \"documented\", \"documented/N\" for one of N processes, calls a \
                    second, or None for no limit";
        return Err(raise::invalid(value.py(), operation, text));
    }
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !is_number || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(
            "rate",
            "\"documented\", a number or None",
            value,
        ));
    }
    Ok(Rate::PerSecond(value.extract().unwrap_or(f64::INFINITY)))
}

/// An argument that may be None, which means that it isn't given.
pub(crate) fn given<'py, T>(
    value: &Bound<'py, PyAny>,
    read: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if value.is_none() {
        return Ok(None);
    }
    read(value).map(Some)
}
