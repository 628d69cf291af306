//! Finishing what a journal of uploads leaves open.

use std::path::Path;

use mss_http::{Client, ResumeOptions, Resumed, Resumption, UploadState, journal::Creating};
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyList},
};

use super::options::Resume;
use crate::{call::Entered, raise, signals::Raised};

/// Finishes the uploads of a journal: a list of `metastudio.ResumeResult`, in its order.
pub(crate) fn resume<'py>(
    py: Python<'py>,
    call: &Entered<'_>,
    client: &Client,
    path: &Path,
    given: &Resume,
) -> PyResult<Bound<'py, PyList>> {
    let raised = Raised::on_this_thread(py)?;
    let (exception, results) = call.run(py, client, &raised, given.cancel.as_ref(), |client| {
        let mut options = ResumeOptions::new()
            .rate(given.rate)
            .cancel_open(given.cancel_open)
            .keep(given.keep.iter().cloned());
        if let Some(files) = given.concurrency {
            options = options.concurrency(files);
        }
        client.resume(path, &options)
    });
    let results = results.map_err(|error| raise::error(py, &error));
    if let Some(exception) = exception {
        exception.set_cause(py, results.err());
        return Err(exception);
    }
    let list = PyList::empty(py);
    for result in &results? {
        list.append(as_python(py, result)?)?;
    }
    Ok(list)
}

fn as_python<'py>(py: Python<'py>, resumed: &Resumed) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (what, state) = match &resumed.result {
        Ok(Resumption::Done(state)) => ("done", Some(*state)),
        Ok(Resumption::Refused) => ("refused", None),
        Ok(Resumption::LeftOpen(_)) => ("left_open", None),
        Ok(Resumption::Uploaded(_)) => ("uploaded", Some(UploadState::Created)),
        Ok(Resumption::Confirmed { .. }) => ("confirmed", Some(UploadState::Created)),
        Ok(Resumption::Cancelled(_)) => {
            let closed = resumed.closed.as_ref();
            ("cancelled", closed.map(|(_, state)| *state))
        }
        Ok(Resumption::MayBeCreated(_)) => ("may_be_created", None),
        // A failure, or what this binding is too old for.
        _ => ("failed", None),
    };
    let error = resumed.result.as_ref().err();
    let error = error.map(|error| raise::error(py, error).into_value(py));
    let orphans = PyList::empty(py);
    for creating in &resumed.possible_orphans {
        orphans.append(orphan(py, creating)?)?;
    }
    let ids = PyList::new(py, resumed.orphan_ids.iter().map(ToString::to_string))?;
    CLASS.import(py, "metastudio", "ResumeResult")?.call1((
        resumed.entry,
        &resumed.subject,
        what,
        resumed.file_id.as_ref().map(ToString::to_string),
        state.map(UploadState::as_str),
        error,
        orphans.to_tuple(),
        ids.to_tuple(),
    ))
}

/// What was going to be registered, by the names that the service has for it.
fn orphan<'py>(py: Python<'py>, creating: &Creating) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    match creating {
        Creating::Asset { asset_name } => fields.set_item(intern!(py, "asset_name"), asset_name)?,
        Creating::File {
            asset_id,
            file_name,
            size,
            md5,
        } => {
            fields.set_item(intern!(py, "asset_id"), asset_id.as_str())?;
            fields.set_item(intern!(py, "file_name"), file_name)?;
            fields.set_item(intern!(py, "file_size"), size)?;
            fields.set_item(intern!(py, "file_md5"), md5)?;
        }
        _ => {}
    }
    Ok(fields)
}
