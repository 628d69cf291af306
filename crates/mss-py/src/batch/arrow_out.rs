//! Results as Arrow: a stream that pulls the batch along.

use std::{
    ffi::CStr,
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use arrow_array::{
    ArrayRef, RecordBatch, RecordBatchIterator,
    builder::{Float64Builder, StringBuilder, UInt16Builder, UInt32Builder, UInt64Builder},
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use pyo3::{exceptions::PyKeyboardInterrupt, intern, prelude::*, types::PyCapsule};

use super::{result::ConfirmResult, results::ConfirmResults};
use crate::guard::guarded;

/// What Arrow calls a capsule with a stream.
const NAME: &CStr = c"arrow_array_stream";

/// Rows of a record batch.
const ROWS: usize = 8192;

/// A record batch waits no longer for its last row.
const PATIENCE: Duration = Duration::from_secs(1);

/// The results that were not handed out so far, as a stream.
pub(super) fn stream<'py>(results: &Bound<'py, ConfirmResults>) -> PyResult<Bound<'py, PyCapsule>> {
    let py = results.py();
    let (schema, results) = (schema(), results.clone().unbind());
    let of_each = SchemaRef::clone(&schema);
    let batches = iter::from_fn(move || next_batch(&results, &of_each).transpose());
    let reader = RecordBatchIterator::new(batches, schema);
    let stream = FFI_ArrowArrayStream::new(Box::new(reader));
    PyCapsule::new_with_value(py, stream, NAME)
}

fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        Field::new("index", DataType::UInt64, false),
        text("file_id", false),
        text("state", true),
        text("outcome", false),
        Field::new("status", DataType::UInt16, true),
        text("error_code", true),
        text("request_id", true),
        Field::new("attempts", DataType::UInt32, false),
        Field::new("ms", DataType::Float64, false),
        text("error_kind", true),
        text("error_msg", true),
    ]))
}

/// As many results as come before the time is over, at least one; none at the end. Called by
/// whoever reads the stream, with the interpreter's lock or without it. No panic may leave it: the
/// caller is C.
fn next_batch(
    results: &Py<ConfirmResults>,
    schema: &SchemaRef,
) -> Result<Option<RecordBatch>, ArrowError> {
    let pulled = catch_unwind(AssertUnwindSafe(|| {
        Python::attach(|py| {
            let rows = guarded(py, || pull(py, results.get()));
            rows.map_err(|error| told(py, results.get(), error))
        })
    }));
    let Ok(rows) = pulled else {
        let text = "a mistake in the metastudio package; please report it";
        return Err(ArrowError::CDataInterface(text.to_owned()));
    };
    let rows = rows?;
    if rows.is_empty() {
        return Ok(None);
    }
    RecordBatch::try_new(SchemaRef::clone(schema), columns(&rows)).map(Some)
}

fn pull(py: Python<'_>, results: &ConfirmResults) -> PyResult<Vec<Py<ConfirmResult>>> {
    let mut rows = Vec::new();
    let end = Instant::now() + PATIENCE;
    while rows.len() < ROWS && (rows.is_empty() || Instant::now() < end) {
        match results.next(py) {
            Ok(Some(result)) => rows.push(result),
            Ok(None) => break,
            // The rows that are there come first.
            Err(error) if !rows.is_empty() => {
                results.raise_later(py, error);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// An exception as a stream can tell it: by its text. Itself is raised by the interpreter, or by
/// the results when they are asked again.
fn told(py: Python<'_>, results: &ConfirmResults, error: PyErr) -> ArrowError {
    // A text with zeros can't be told in C.
    let text = error.to_string().replace('\0', "");
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        let main = py.import(intern!(py, "_thread"));
        let interrupted = main.and_then(|it| it.call_method0(intern!(py, "interrupt_main")));
        if let Err(failure) = interrupted {
            failure.write_unraisable(py, None);
        }
    } else {
        results.raise_later(py, error);
    }
    ArrowError::CDataInterface(text)
}

fn columns(rows: &[Py<ConfirmResult>]) -> Vec<ArrayRef> {
    let mut index = UInt64Builder::with_capacity(rows.len());
    let mut file_id = StringBuilder::new();
    let mut state = StringBuilder::new();
    let mut outcome = StringBuilder::new();
    let mut status = UInt16Builder::with_capacity(rows.len());
    let mut error_code = StringBuilder::new();
    let mut request_id = StringBuilder::new();
    let mut attempts = UInt32Builder::with_capacity(rows.len());
    let mut ms = Float64Builder::with_capacity(rows.len());
    let mut error_kind = StringBuilder::new();
    let mut error_msg = StringBuilder::new();
    for row in rows.iter().map(Py::get) {
        index.append_value(row.index);
        file_id.append_value(&row.file_id);
        state.append_option(row.state.as_deref());
        outcome.append_value(&row.outcome);
        status.append_option(row.status);
        error_code.append_option(row.error_code.as_deref());
        request_id.append_option(row.request_id.as_deref());
        attempts.append_value(row.attempts);
        ms.append_value(row.ms);
        let failure = row.failure();
        error_kind.append_option(failure.map(|it| it.kind().as_str()));
        error_msg.append_option(failure.map(mss_http::Error::message));
    }
    vec![
        Arc::new(index.finish()),
        Arc::new(file_id.finish()),
        Arc::new(state.finish()),
        Arc::new(outcome.finish()),
        Arc::new(status.finish()),
        Arc::new(error_code.finish()),
        Arc::new(request_id.finish()),
        Arc::new(attempts.finish()),
        Arc::new(ms.finish()),
        Arc::new(error_kind.finish()),
        Arc::new(error_msg.finish()),
    ]
}
