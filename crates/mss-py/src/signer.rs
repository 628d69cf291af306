//! Signing of any request.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use memchr::{memchr, memchr2};
use mss_core::signing::{Algorithm, RequestParts, SignedHeaders, Signer as Inner};
use mss_http::InvalidInput;
use pyo3::{
    buffer::PyBuffer,
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyBytes, PyDateTime, PyDict, PyString},
};
use time::OffsetDateTime;

use crate::{
    arguments::{OrDefault, text, wrong_type},
    credentials::Credentials,
    guard::guarded,
    raise,
};

const NAME: &str = "Signer";

#[pyclass(frozen, module = "metastudio")]
pub(crate) struct Signer {
    inner: Inner,
    host: Recent,
    date: Recent,
}

/// A header's value as Python has it, kept because the next one is mostly the same: a client talks
/// to one host, and a second has room for many signatures.
#[derive(Default)]
struct Recent(Mutex<Option<Py<PyString>>>);

impl Recent {
    fn string<'py>(&self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept {
            let kept = kept.bind(py);
            if kept.to_str().is_ok_and(|kept| kept == text) {
                return kept.clone();
            }
        }
        let made = PyString::new(py, text);
        *kept = Some(made.clone().unbind());
        made
    }
}

#[pymethods]
impl Signer {
    #[new]
    #[allow(clippy::needless_pass_by_value)] // PyO3 hands it over so
    #[pyo3(signature = (
        credentials, *, algorithm = OrDefault::Default, region = None, service = None
    ))]
    fn new<'py>(
        py: Python<'py>,
        credentials: &Bound<'py, PyAny>,
        algorithm: OrDefault<'py>,
        region: Option<&Bound<'py, PyAny>>,
        service: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let Ok(keys) = credentials.cast::<Credentials>() else {
            let wanted = "metastudio.Credentials";
            return Err(wrong_type("credentials", wanted, credentials));
        };
        let name = match &algorithm {
            OrDefault::Given(name) => text(NAME, "algorithm", name)?,
            OrDefault::Default => Algorithm::default().name(),
        };
        let region = region.map(|region| text(NAME, "region", region));
        let service = service.map(|service| text(NAME, "service", service));
        let algorithm = Algorithm::named(name, region.transpose()?, service.transpose()?)
            .map_err(|error| raise::invalid_input(py, NAME, &error))?;
        Ok(Self {
            inner: Inner::with_algorithm(&keys.get().keys, algorithm),
            host: Recent::default(),
            date: Recent::default(),
        })
    }

    #[pyo3(signature = (method, url, headers = None, body = None, *, date = None))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyAny>,
        url: &Bound<'py, PyAny>,
        headers: Option<&Bound<'py, PyAny>>,
        body: Option<&Bound<'py, PyAny>>,
        date: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let signed = guarded(py, || {
            let method = text(NAME, "method", method)?;
            check_token(py, "method", method)?;
            let url = text(NAME, "url", url)?;
            let pairs = headers.map(pairs).transpose()?.unwrap_or_default();
            let lent = pairs
                .iter()
                .map(lend)
                .collect::<PyResult<Vec<(Cow<'_, str>, &[u8])>>>()?;
            let body = body.map(bytes).transpose()?;
            let mut parts = split(py, url)?;
            parts.method = method;
            parts.body = body.as_deref().unwrap_or_default();
            let lent = lent.iter().map(|(name, value)| (&**name, *value));
            self.inner
                .sign_parts(&parts, lent, moment(date)?)
                .map_err(|error| {
                    raise::invalid_input(py, NAME, &InvalidInput::new("request", error.to_string()))
                })
        })?;
        self.as_dict(py, &signed)
    }

    #[allow(clippy::unused_self)] // a method, to Python
    fn __repr__(&self) -> &'static str {
        "Signer(<hidden>)"
    }
}

impl Signer {
    /// The headers under their usual names. Python's HTTP libraries take them in any letter case.
    fn as_dict<'py>(
        &self,
        py: Python<'py>,
        signed: &SignedHeaders,
    ) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        for (name, value) in signed.iter() {
            let (name, value) = match name {
                "host" => (intern!(py, "Host"), self.host.string(py, value)),
                "x-sdk-date" => (intern!(py, "X-Sdk-Date"), self.date.string(py, value)),
                "x-security-token" => (intern!(py, "X-Security-Token"), PyString::new(py, value)),
                _ => (intern!(py, "Authorization"), PyString::new(py, value)),
            };
            headers.set_item(name, value)?;
        }
        Ok(headers)
    }
}

/// An absolute URL in its parts. It is taken as it stands, so that what is signed is what the
/// caller's library sends; characters that it will have to encode are signed encoded.
fn split<'a>(py: Python<'_>, url: &'a str) -> PyResult<RequestParts<'a>> {
    let refuse = |problem: &str| {
        let error = InvalidInput::new("url", problem);
        Err(raise::invalid_input(py, NAME, &error))
    };
    if has_control(url) {
        return refuse("may not hold control characters");
    }
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return refuse("must begin with https:// or http://");
    };
    let rest = match memchr(b'#', rest.as_bytes()) {
        Some(at) => &rest[..at],
        None => rest,
    };
    let authority_len = memchr2(b'/', b'?', rest.as_bytes()).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(authority_len);
    let (path, query) = match memchr(b'?', target.as_bytes()) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    };
    Ok(RequestParts {
        method: "",
        path: if path.is_empty() { "/" } else { path },
        query,
        authority: Some(authority),
        body: &[],
    })
}

/// Whether a text holds what no header and no URL may hold. Every byte is looked at instead of
/// stopping at the first find: the compiler makes that a check of many at once. It does so for
/// multiples of 32 only, so the last 32 are looked at once more instead of the rest one by one.
#[allow(clippy::needless_bitwise_bool)] // a lazy operator would be a branch for each byte
fn has_control(text: &str) -> bool {
    let control = |byte: u8| ((byte < b' ') & (byte != b'\t')) | (byte == 0x7f);
    let any = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | control(*byte));
    let text = text.as_bytes();
    match text.last_chunk::<32>() {
        Some(last) => any(&text[..text.len() & !31]) || any(last),
        None => any(text),
    }
}

type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The headers as pairs, from a mapping or from an iterable of pairs.
fn pairs<'py>(headers: &Bound<'py, PyAny>) -> PyResult<Vec<Pair<'py>>> {
    if let Ok(dict) = headers.cast::<PyDict>() {
        return Ok(dict.iter().collect());
    }
    let py = headers.py();
    let items = if headers.hasattr(intern!(py, "items"))? {
        headers.call_method0(intern!(py, "items"))?
    } else {
        headers.clone()
    };
    let wrong = |_| wrong_type("headers", "a mapping or an iterable of pairs", headers);
    items
        .try_iter()
        .map_err(wrong)?
        .map(|pair| pair?.extract().map_err(wrong))
        .collect()
}

/// A header's name in lower case and its value.
fn lend<'a>((name, value): &'a Pair<'_>) -> PyResult<(Cow<'a, str>, &'a [u8])> {
    let py = name.py();
    let name = text(NAME, "headers", name)?;
    let name = if let Some(lower) = usual_in_lower_case(name) {
        Cow::Borrowed(lower)
    } else {
        check_token(py, "headers", name)?;
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        }
    };
    let value = text(NAME, "headers", value)?;
    if has_control(value) {
        // The value may be a secret, so it isn't repeated.
        let error = InvalidInput::new("headers", "may not hold control characters");
        return Err(raise::invalid_input(py, NAME, &error));
    }
    Ok((name, value.as_bytes()))
}

/// The names that most requests have, without an allocation for each.
fn usual_in_lower_case(name: &str) -> Option<&'static str> {
    Some(match name {
        "Content-Type" => "content-type",
        "Host" => "host",
        "X-App-UserId" => "x-app-userid",
        "X-Project-Id" => "x-project-id",
        "X-Sdk-Date" => "x-sdk-date",
        "X-Security-Token" => "x-security-token",
        _ => return None,
    })
}

/// The characters of a method and of a header's name (RFC 9110, 5.6.2).
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

fn check_token(py: Python<'_>, name: &'static str, text: &str) -> PyResult<()> {
    if !text.is_empty() && text.bytes().all(|byte| TOKEN[usize::from(byte)]) {
        return Ok(());
    }
    let error = InvalidInput::with_value(name, "can't be sent as such", text);
    Err(raise::invalid_input(py, NAME, &error))
}

fn bytes<'a>(body: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    if body.is_instance_of::<PyString>() {
        return Ok(Cow::Borrowed(text(NAME, "body", body)?.as_bytes()));
    }
    let buffer = PyBuffer::<u8>::get(body)
        .map_err(|_| wrong_type("body", "bytes, a buffer of bytes or str", body))?;
    Ok(Cow::Owned(buffer.to_vec(body.py())?))
}

/// A `datetime` as a moment, to the second. Without a time zone it is local time, as everywhere
/// in Python.
fn moment(date: Option<&Bound<'_, PyAny>>) -> PyResult<OffsetDateTime> {
    let Some(date) = date else {
        return Ok(now());
    };
    if !date.is_instance_of::<PyDateTime>() {
        return Err(wrong_type("date", "datetime.datetime", date));
    }
    let seconds: f64 = date
        .call_method0(intern!(date.py(), "timestamp"))?
        .extract()?;
    #[allow(clippy::cast_possible_truncation)] // years 1 to 9999 are far within an i64
    OffsetDateTime::from_unix_timestamp(seconds.floor() as i64)
        .map_err(|_| PyValueError::new_err("date is out of range"))
}

/// The coarse clock is a few milliseconds late, which hardly shows in whole seconds, and takes a
/// fifth of the time.
#[cfg(target_os = "linux")]
fn now() -> OffsetDateTime {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    OffsetDateTime::from_unix_timestamp(now.tv_sec).unwrap_or_else(|_| OffsetDateTime::now_utc())
}

#[cfg(not(target_os = "linux"))]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
