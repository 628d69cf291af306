//! Items from Arrow: record batches, one after another, read where they are.

use std::{
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
};

use arrow_array::{
    Array, ArrayRef, cast::AsArray as _, downcast_dictionary_array, downcast_run_array,
};
use arrow_schema::{DataType, Field};
use mss_http::{BatchItem, InvalidInput, UploadState};
use pyo3::{
    intern,
    prelude::*,
    types::{PyCapsule, PyTuple},
};
use pyo3_arrow::{
    PyArray, PyArrayReader,
    ffi::{ArrayIterator, ArrayReader},
};

use super::NAME;
use crate::raise;

/// The rows of a stream of record batches, or of one of ids alone.
pub(super) struct Rows {
    /// None when it has come to its end.
    reader: Option<Box<dyn ArrayReader + Send>>,
    /// Places of the columns; none where the stream has ids alone.
    columns: Option<Columns>,
    batch: Option<Batch>,
    /// Rows of the batches before.
    before: usize,
}

struct Columns {
    file_id: usize,
    state: Option<usize>,
}

struct Batch {
    /// Which rows there are at all: those of a record batch are, but a struct may be null.
    rows: ArrayRef,
    file_ids: ArrayRef,
    states: Option<ArrayRef>,
    next: usize,
}

/// Whether the object can be read as Arrow.
pub(super) fn is_arrow(items: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = items.py();
    Ok(items.hasattr(intern!(py, "__arrow_c_stream__"))?
        || items.hasattr(intern!(py, "__arrow_c_array__"))?)
}

/// Begins to read. A stream can be read once; a table has a new one each time.
pub(super) fn open(table: &Bound<'_, PyAny>) -> PyResult<Rows> {
    let py = table.py();
    let reader = reader(table).map_err(|error| {
        let problem = format!(
            "items can't be read as an Arrow stream: {}",
            error.value(py)
        );
        let refused = raise::invalid(py, NAME, &problem);
        refused.set_cause(py, Some(error));
        refused
    })?;
    let columns = columns(&reader.field()).map_err(|it| raise::invalid_input(py, NAME, &it))?;
    Ok(Rows {
        reader: Some(reader),
        columns,
        batch: None,
        before: 0,
    })
}

fn reader(table: &Bound<'_, PyAny>) -> PyResult<Box<dyn ArrayReader + Send>> {
    let py = table.py();
    let stream = intern!(py, "__arrow_c_stream__");
    if table.hasattr(stream)? {
        let capsule = table.call_method0(stream)?.cast_into::<PyCapsule>()?;
        return PyArrayReader::from_arrow_pycapsule(&capsule)?.into_reader();
    }
    let capsules = table.call_method0(intern!(py, "__arrow_c_array__"))?;
    let capsules = capsules.cast_into::<PyTuple>()?;
    let schema = capsules.get_item(0)?.cast_into::<PyCapsule>()?;
    let array = capsules.get_item(1)?.cast_into::<PyCapsule>()?;
    let (array, field) = PyArray::from_arrow_pycapsule(&schema, &array)?.into_inner();
    Ok(Box::new(ArrayIterator::new(iter::once(Ok(array)), field)))
}

fn columns(stream: &Field) -> Result<Option<Columns>, InvalidInput> {
    let DataType::Struct(fields) = stream.data_type() else {
        check_text("file_id", stream.data_type())?;
        return Ok(None);
    };
    let column = |name: &'static str| {
        let mut found = fields.iter().enumerate().filter(|it| it.1.name() == name);
        let Some((place, field)) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            let problem = "is the name of two columns of items";
            return Err(InvalidInput::new(name, problem));
        }
        check_text(name, field.data_type()).map(|()| Some(place))
    };
    let Some(file_id) = column("file_id")? else {
        let names: Vec<_> = fields.iter().map(|it| it.name().as_str()).collect();
        let problem = "must be a column of items";
        return Err(InvalidInput::with_value(
            "file_id",
            problem,
            &names.join(", "),
        ));
    };
    let state = column("state")?;
    Ok(Some(Columns { file_id, state }))
}

fn check_text(name: &'static str, data_type: &DataType) -> Result<(), InvalidInput> {
    if is_text(data_type) {
        return Ok(());
    }
    let problem = format!("must be a column of strings, not of {data_type}");
    Err(InvalidInput::new(name, problem))
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        // A column of nothing but nulls, or of nothing at all, has no better type.
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        DataType::RunEndEncoded(_, values) => is_text(values.data_type()),
        _ => false,
    }
}

/// The text of a row, where it isn't null.
fn text(array: &dyn Array, row: usize) -> Option<&str> {
    downcast_dictionary_array!(
        array => text(array.values().as_ref(), array.key(row)?),
        DataType::RunEndEncoded(_, _) => downcast_run_array!(
            array => text(array.values().as_ref(), array.get_physical_index(row)),
            _ => None
        ),
        DataType::Utf8 => array.is_valid(row).then(|| array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => array.is_valid(row).then(|| array.as_string::<i64>().value(row)),
        DataType::Utf8View => array.is_valid(row).then(|| array.as_string_view().value(row)),
        _ => None
    )
}

impl Rows {
    /// The next row. `state` is for streams that have none.
    pub(super) fn next(&mut self, state: UploadState) -> PyResult<Option<BatchItem>> {
        loop {
            if let Some(batch) = &mut self.batch {
                if batch.next < batch.file_ids.len() {
                    let row = batch.next;
                    batch.next += 1;
                    return Ok(Some(batch.item(row, self.before, state)));
                }
                self.before += batch.file_ids.len();
                self.batch = None;
            }
            let Some(reader) = &mut self.reader else {
                return Ok(None);
            };
            // Producers may run Python code on threads of theirs, and take its lock themselves.
            let next = Python::attach(|py| py.detach(|| pull(reader.as_mut())));
            match next {
                Some(Ok(array)) => self.batch = Some(Batch::new(array, self.columns.as_ref())),
                Some(Err(text)) => return Err(self.broken(&text)),
                None => self.reader = None,
            }
        }
    }

    fn broken(&mut self, problem: &str) -> PyErr {
        self.reader = None;
        let text = format!(
            "the Arrow stream of the items broke off behind row {}: {problem}; nothing behind \
             that was sent",
            self.before
        );
        Python::attach(|py| raise::broken_stream(py, NAME, &text))
    }
}

/// The stream's next array, or why there is none. A stream that doesn't keep to its protocol is no
/// reason to panic.
fn pull(reader: &mut (dyn ArrayReader + Send)) -> Option<Result<ArrayRef, String>> {
    match catch_unwind(AssertUnwindSafe(|| reader.next())) {
        Ok(next) => next.map(|array| array.map_err(|error| error.to_string())),
        Err(_) => Some(Err("it doesn't keep to Arrow's protocol".to_owned())),
    }
}

impl Batch {
    fn new(array: ArrayRef, columns: Option<&Columns>) -> Self {
        let (file_ids, states) = match columns {
            Some(Columns { file_id, state }) => {
                let table = array.as_struct();
                let states = state.map(|it| ArrayRef::clone(table.column(it)));
                (ArrayRef::clone(table.column(*file_id)), states)
            }
            None => (ArrayRef::clone(&array), None),
        };
        Self {
            rows: array,
            file_ids,
            states,
            next: 0,
        }
    }

    fn item(&self, row: usize, before: usize, state: UploadState) -> BatchItem {
        let null = |name| InvalidInput::new(name, format!("is null in row {}", before + row));
        let file_id = text(self.file_ids.as_ref(), row);
        let Some(file_id) = file_id.filter(|_| self.rows.is_valid(row)) else {
            return BatchItem::invalid("", null("file_id"));
        };
        let Some(states) = &self.states else {
            return BatchItem::parse(file_id, state.as_str());
        };
        match text(states.as_ref(), row) {
            Some(state) => BatchItem::parse(file_id, state),
            None => BatchItem::invalid(file_id, null("state")),
        }
    }
}
