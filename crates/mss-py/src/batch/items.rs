//! What goes into a batch, in any of its Python forms.

use std::collections::VecDeque;

use mss_http::{BatchItem, InvalidInput, UploadState};
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyIterator, PyList, PyMemoryView, PyString, PyTuple},
};

use super::{
    arrow_in::{self, Rows},
    watch::Watch,
};
use crate::arguments::wrong_type;

/// What the caller may give.
const WANTED: &str =
    "an iterable of file ids, (file_id, state) pairs or mappings, or an Arrow stream";

/// What an item may be.
const ITEM: &str = "a file id, a (file_id, state) pair or a mapping with file_id";

/// So many items of a list are taken at a time.
const CHUNK: usize = 64;

/// While a list is looked at, signal handlers run after so many items.
const SIGNALS_EVERY: u64 = 4096;

/// The items as they were given.
pub(super) struct Given<'py> {
    form: Form<'py>,
    /// For items that have none of their own.
    state: UploadState,
}

enum Form<'py> {
    /// A list or tuple.
    List(Bound<'py, PyAny>),
    Iterator(Bound<'py, PyIterator>),
    Arrow {
        table: Bound<'py, PyAny>,
        has_length: bool,
    },
}

/// The items as they are pulled, one after another.
pub(super) struct Items {
    source: Source,
    /// Taken from the source already.
    ready: VecDeque<BatchItem>,
    pulled: u64,
    state: UploadState,
    watch: Watch,
    is_check: bool,
}

enum Source {
    Objects {
        objects: Py<PyIterator>,
        /// One that may block gives one item at a time.
        chunk: usize,
    },
    Arrow(Rows),
    Ended,
}

/// Why an object is no item.
enum Unfit {
    Type(InvalidInput),
    Value(InvalidInput),
    /// Asking it for its parts has raised.
    Raised(PyErr),
}

impl From<PyErr> for Unfit {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl<'py> Given<'py> {
    pub(super) fn new(items: &Bound<'py, PyAny>, state: UploadState) -> PyResult<Self> {
        let has_length = items.hasattr(intern!(items.py(), "__len__"))?;
        let form = if arrow_in::is_arrow(items)? {
            let table = items.clone();
            Form::Arrow { table, has_length }
        } else if items.is_instance_of::<PyList>() || items.is_instance_of::<PyTuple>() {
            Form::List(items.clone())
        } else {
            let wrong = || wrong_type("items", WANTED, items);
            if is_one(items)? {
                return Err(wrong());
            }
            let iterator = items.try_iter().map_err(|_| wrong())?;
            if has_length {
                // Not everything that has a length can be read twice.
                let list = PyList::empty(items.py());
                for item in iterator {
                    list.append(item?)?;
                }
                Form::List(list.into_any())
            } else {
                Form::Iterator(iterator)
            }
        };
        Ok(Self { form, state })
    }

    /// Whether all can be looked at before the first is sent.
    pub(super) fn is_sized(&self) -> bool {
        match self.form {
            Form::List(_) => true,
            Form::Iterator(_) => false,
            Form::Arrow { has_length, .. } => has_length,
        }
    }

    /// The items, only to see whether they can be sent. An object of a wrong type ends them, with
    /// its exception in `watch`.
    pub(super) fn check(&self, watch: &Watch) -> PyResult<Items> {
        self.read(watch, true)
    }

    /// The items, of which those that can't be sent fail where they stand.
    pub(super) fn pull(&self, watch: &Watch) -> PyResult<Items> {
        self.read(watch, false)
    }

    fn read(&self, watch: &Watch, is_check: bool) -> PyResult<Items> {
        let source = match &self.form {
            Form::List(list) => Source::Objects {
                objects: list.try_iter()?.unbind(),
                chunk: CHUNK,
            },
            Form::Iterator(iterator) => Source::Objects {
                objects: iterator.clone().unbind(),
                chunk: 1,
            },
            Form::Arrow { table, .. } => Source::Arrow(arrow_in::open(table)?),
        };
        Ok(Items {
            source,
            ready: VecDeque::new(),
            pulled: 0,
            state: self.state,
            watch: watch.clone(),
            is_check,
        })
    }
}

/// Whether it is one item, or no items at all: most of these can be iterated over as well.
fn is_one(items: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(items.is_instance_of::<PyString>()
        || items.is_instance_of::<PyBytes>()
        || items.is_instance_of::<PyByteArray>()
        || items.is_instance_of::<PyMemoryView>()
        || is_mapping(items)?)
}

fn is_mapping(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.is_instance_of::<PyDict>() || value.hasattr(intern!(value.py(), "keys"))?)
}

impl Iterator for Items {
    type Item = BatchItem;

    /// The interpreter's lock is held while Python code runs in here, whether or not the caller
    /// holds it.
    fn next(&mut self) -> Option<BatchItem> {
        if let Some(item) = self.ready.pop_front() {
            return Some(item);
        }
        if let Source::Arrow(rows) = &mut self.source {
            let next = rows.next(self.state);
            return next.unwrap_or_else(|error| {
                self.source = Source::Ended;
                Python::attach(|py| self.watch.break_off(py, error));
                None
            });
        }
        Python::attach(|py| self.take(py));
        self.ready.pop_front()
    }
}

impl Items {
    /// Takes some objects from Python.
    fn take(&mut self, py: Python<'_>) {
        let (objects, chunk) = match &self.source {
            Source::Objects { objects, chunk } => (objects.bind(py).clone(), *chunk),
            Source::Arrow(_) | Source::Ended => return,
        };
        for object in objects.take(chunk) {
            match object.and_then(|it| self.item(&it)) {
                Ok(item) => self.ready.push_back(item),
                Err(error) => {
                    self.source = Source::Ended;
                    self.watch.break_off(py, error);
                    return;
                }
            }
        }
        if self.ready.len() < chunk {
            self.source = Source::Ended;
        }
    }

    fn item(&mut self, object: &Bound<'_, PyAny>) -> PyResult<BatchItem> {
        let index = self.pulled;
        self.pulled += 1;
        if self.is_check && index.is_multiple_of(SIGNALS_EVERY) {
            object.py().check_signals()?;
        }
        match item(object, self.state) {
            Ok(item) => Ok(item),
            Err(Unfit::Type(problem)) if self.is_check => {
                Err(PyTypeError::new_err(format!("items[{index}]: {problem}")))
            }
            Err(Unfit::Type(problem) | Unfit::Value(problem)) => {
                Ok(BatchItem::invalid("", problem))
            }
            Err(Unfit::Raised(error)) => Err(error),
        }
    }
}

fn item(object: &Bound<'_, PyAny>, state: UploadState) -> Result<BatchItem, Unfit> {
    let py = object.py();
    if object.is_instance_of::<PyString>() {
        return of_parts(object, None, state);
    }
    if let Some((file_id, own_state)) = pair(object)? {
        return of_parts(&file_id, Some(&own_state), state);
    }
    if !is_mapping(object)? {
        return Err(Unfit::Type(wrong("item", ITEM, object)));
    }
    let Some(file_id) = field(object, intern!(py, "file_id"))? else {
        return Err(Unfit::Value(InvalidInput::new("item", "has no file_id")));
    };
    let own_state = field(object, intern!(py, "state"))?;
    of_parts(&file_id, own_state.as_ref(), state)
}

type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

fn pair<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Pair<'py>>> {
    let is_pair = object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyList>();
    if !is_pair || object.len()? != 2 {
        return Ok(None);
    }
    Ok(Some((object.get_item(0)?, object.get_item(1)?)))
}

fn field<'py>(
    mapping: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let has_it = mapping.contains(name)?;
    has_it.then(|| mapping.get_item(name)).transpose()
}

fn of_parts(
    file_id: &Bound<'_, PyAny>,
    own_state: Option<&Bound<'_, PyAny>>,
    state: UploadState,
) -> Result<BatchItem, Unfit> {
    let file_id = text("file_id", file_id)?;
    let state = own_state.map_or(Ok(state.as_str()), |it| text("state", it))?;
    Ok(BatchItem::parse(file_id, state))
}

fn text<'a>(name: &'static str, value: &'a Bound<'_, PyAny>) -> Result<&'a str, Unfit> {
    let Ok(string) = value.cast::<PyString>() else {
        return Err(Unfit::Type(wrong(name, "str", value)));
    };
    string.to_str().map_err(|_| {
        let problem = "holds lone surrogates, which are no characters";
        Unfit::Value(InvalidInput::new(name, problem))
    })
}

fn wrong(name: &'static str, wanted: &str, value: &Bound<'_, PyAny>) -> InvalidInput {
    let found = value.get_type().name();
    let found = found.map_or_else(|_| "another type".to_owned(), |name| name.to_string());
    InvalidInput::new(name, format!("must be {wanted}, not {found}"))
}
