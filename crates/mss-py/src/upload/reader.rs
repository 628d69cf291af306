//! A Python file object as a reader.

use std::{
    error, fmt,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
    thread,
    time::Duration,
};

use pyo3::{
    buffer::PyBuffer,
    exceptions::PyException,
    intern,
    prelude::*,
    types::{PyBytes, PyInt},
};

use crate::signals::Raised;

/// Pause between two questions to a reader that waits for its upload to be cancelled.
const PAUSE: Duration = Duration::from_millis(1);

/// Reads a binary file object, holding the interpreter's lock for each `read` only.
pub(super) struct FileReader {
    file: Py<PyAny>,
    raised: Raised,
    /// Where the file stands, once that is known. While it is where the next read begins, nothing
    /// is sought, which would empty the file's own buffer.
    at: Option<u64>,
    /// It raised what ends the whole call.
    is_over: bool,
}

/// What a file object raised, as the reason of an I/O error.
#[derive(Debug)]
pub(crate) struct Raising {
    pub(crate) exception: PyErr,
    text: String,
}

impl FileReader {
    pub(super) fn new(file: Py<PyAny>, raised: Raised) -> Self {
        Self {
            file,
            raised,
            at: None,
            is_over: false,
        }
    }

    fn call<R>(
        &mut self,
        work: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<io::Result<R>>,
    ) -> io::Result<R> {
        if self.is_over {
            thread::sleep(PAUSE);
            return Err(io::ErrorKind::Interrupted.into());
        }
        let called = Python::try_attach(|py| {
            let done = work(self.file.bind(py));
            done.unwrap_or_else(|exception| Err(self.failure(py, exception)))
        });
        called.unwrap_or_else(|| problem("can't be read: the interpreter has ended"))
    }

    /// A Ctrl-C or `SystemExit` is no trouble with the file: it cancels the upload.
    fn failure(&mut self, py: Python<'_>, exception: PyErr) -> io::Error {
        if exception.is_instance_of::<PyException>(py) {
            return Raising::new(py, exception).into();
        }
        self.raised.put(exception);
        self.is_over = true;
        io::ErrorKind::Interrupted.into()
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.call(|file| {
            let given = file.call_method1(intern!(file.py(), "read"), (buffer.len(),))?;
            take(&given, buffer)
        })?;
        self.at = self.at.map(|at| at + amount as u64);
        Ok(amount)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let (SeekFrom::Start(wanted), Some(at)) = (to, self.at)
            && wanted == at
        {
            return Ok(at);
        }
        let at = self.call(|file| {
            let seek = intern!(file.py(), "seek");
            let position = match to {
                SeekFrom::Current(0) => file.py().None().into_bound(file.py()),
                SeekFrom::Start(offset) => file.call_method1(seek, (offset, 0))?,
                SeekFrom::Current(offset) => file.call_method1(seek, (offset, 1))?,
                SeekFrom::End(offset) => file.call_method1(seek, (offset, 2))?,
            };
            // Some return nothing.
            let position = if position.is_instance_of::<PyInt>() {
                position
            } else {
                file.call_method0(intern!(file.py(), "tell"))?
            };
            let unusable = || problem("can't be rewound: its tell() gave no position");
            Ok(position.extract().map_or_else(|_| unusable(), Ok))
        })?;
        self.at = Some(at);
        Ok(at)
    }
}

/// What `read` gave, as bytes in the buffer.
fn take(given: &Bound<'_, PyAny>, buffer: &mut [u8]) -> PyResult<io::Result<usize>> {
    let asked = buffer.len();
    let too_much = |amount| {
        problem(&format!(
            "can't be read: its read({asked}) gave {amount} bytes"
        ))
    };
    if let Ok(bytes) = given.cast::<PyBytes>() {
        let bytes = bytes.as_bytes();
        let Some(place) = buffer.get_mut(..bytes.len()) else {
            return Ok(too_much(bytes.len()));
        };
        place.copy_from_slice(bytes);
        return Ok(Ok(bytes.len()));
    }
    if given.is_none() {
        let text = "can't be read: its read() gave None; it is non-blocking and has nothing yet";
        return Ok(problem(text));
    }
    let Ok(bytes) = PyBuffer::<u8>::get(given) else {
        let found = given.get_type().name()?;
        return Ok(problem(&format!(
            "can't be read: its read() gave {found} in place of bytes; open it in binary mode"
        )));
    };
    let amount = bytes.len_bytes();
    let Some(place) = buffer.get_mut(..amount) else {
        return Ok(too_much(amount));
    };
    bytes.copy_to_slice(given.py(), place)?;
    Ok(Ok(amount))
}

fn problem<R>(text: &str) -> io::Result<R> {
    Err(io::Error::other(text.to_owned()))
}

impl Raising {
    pub(super) fn new(py: Python<'_>, exception: PyErr) -> Self {
        let of_function = Self::of_function(py, exception);
        Self {
            text: format!("can't be read: {}", of_function.text),
            ..of_function
        }
    }

    /// Of a function, whose failure speaks for itself.
    pub(crate) fn of_function(py: Python<'_>, exception: PyErr) -> Self {
        Self {
            text: described(py, &exception),
            exception,
        }
    }

    /// The exception behind an I/O error, if it is one.
    pub(crate) fn behind(error: &io::Error) -> Option<&PyErr> {
        let inner = error.get_ref()?;
        let shared = inner.downcast_ref::<Arc<dyn error::Error + Send + Sync>>();
        let raising = match shared {
            Some(shared) => shared.downcast_ref::<Self>(),
            None => inner.downcast_ref::<Self>(),
        };
        Some(&raising?.exception)
    }
}

/// Class and first line of an exception.
fn described(py: Python<'_>, exception: &PyErr) -> String {
    let class = exception.get_type(py).name();
    let class = class.map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
    let text = exception.value(py).str();
    let text = text.map_or_else(
        |_| String::new(),
        |text| text.to_string_lossy().into_owned(),
    );
    match text.lines().next() {
        Some(line) => format!("{class}: {line}"),
        None => class,
    }
}

impl From<Raising> for io::Error {
    fn from(raising: Raising) -> Self {
        Self::other(raising)
    }
}

impl fmt::Display for Raising {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for Raising {}
