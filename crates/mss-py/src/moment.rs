//! Moments: `datetime` with a time zone on Python's side.

use mss_http::InvalidInput;
use pyo3::{intern, prelude::*, types::PyDateTime};
use time::OffsetDateTime;

use crate::{arguments::wrong_type, raise};

/// A `datetime` argument. One without a time zone could be any of 24 moments.
pub(crate) fn given(
    operation: &str,
    name: &'static str,
    value: &Bound<'_, PyAny>,
) -> PyResult<OffsetDateTime> {
    let py = value.py();
    if !value.is_instance_of::<PyDateTime>() {
        return Err(wrong_type(name, "datetime.datetime", value));
    }
    let refuse =
        |problem: &str| raise::invalid_input(py, operation, &InvalidInput::new(name, problem));
    if value.getattr(intern!(py, "tzinfo"))?.is_none() {
        return Err(refuse(
            "has no time zone; give one with tzinfo, such as datetime.UTC",
        ));
    }
    let seconds: f64 = value.call_method0(intern!(py, "timestamp"))?.extract()?;
    #[allow(clippy::cast_possible_truncation)] // a datetime ends with the year 9999
    let nanoseconds = (seconds * 1e6).round() as i128 * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|_| refuse("is out of range"))
}

/// The same for an argument that may be left out.
pub(crate) fn optional(
    operation: &str,
    name: &'static str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<OffsetDateTime>> {
    value.map(|value| given(operation, name, value)).transpose()
}

/// A `datetime` in UTC.
pub(crate) fn to_python(
    py: Python<'_>,
    moment: Option<OffsetDateTime>,
) -> PyResult<Option<Bound<'_, PyAny>>> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    let datetime = py.import(intern!(py, "datetime"))?;
    let utc = datetime
        .getattr(intern!(py, "timezone"))?
        .getattr(intern!(py, "utc"))?;
    let class = datetime.getattr(intern!(py, "datetime"))?;
    #[allow(clippy::cast_precision_loss)] // microseconds are exact for centuries
    let seconds = (moment.unix_timestamp_nanos() / 1000) as f64 / 1e6;
    class
        .call_method1(intern!(py, "fromtimestamp"), (seconds, utc))
        .map(Some)
}

/// For a `repr`.
pub(crate) fn shown(moment: Option<OffsetDateTime>) -> String {
    moment.map_or_else(String::new, |moment| format!(", expires_at={moment}"))
}
