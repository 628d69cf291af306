//! Confirming many files.

mod arrow_in;
mod arrow_out;
mod items;
mod options;
mod result;
mod results;
mod watch;

use std::path::Path;

use mss_http::{CallOptions, CancelHandle, Client as Inner, Error};
use pyo3::{prelude::*, types::PyDict};

pub(crate) use self::{result::ConfirmResult, results::ConfirmResults};

use self::{items::Given, options::Options, results::Pulled, watch::Watch};
use crate::{
    cancel::in_force,
    client::Client,
    raise,
    upload::{self, Resume},
};

/// What was being done, in errors.
const NAME: &str = "Batch";

/// Begins a batch; its results pull it along.
pub(crate) fn confirm_many(
    client: &Bound<'_, Client>,
    inner: &Inner,
    items: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<ConfirmResults> {
    let py = client.py();
    let mut given = Options::default();
    upload::read("confirm_many", options, &mut [&mut given])?;
    let watch = Watch::default();
    let raised = |error| raise::error(py, &error);
    let inner = watched(inner, &watch, given.cancel.as_ref()).map_err(raised)?;
    let mut batch = given.apply(inner.batch());
    let items = Given::new(items, given.state)?;
    if items.is_sized() {
        let mut pulled = items.check(&watch)?;
        let checked = batch.checked(&mut pulled);
        if let Some(error) = watch.take_broken() {
            return Err(error);
        }
        batch = checked.map_err(raised)?;
        if given.has_journal() {
            // A broken batch can then be finished without the items.
            batch = batch.planned(items.pull(&watch)?);
        }
    }
    let confirmations = batch.run(items.pull(&watch)?).map_err(raised)?;
    Ok(ConfirmResults::new(
        client,
        watch,
        Pulled::Items(confirmations),
        given.raise_on_error,
    ))
}

/// Begins to finish what a journal of confirmations leaves open.
pub(crate) fn resume(
    client: &Bound<'_, Client>,
    inner: &Inner,
    path: &Path,
    given: &Resume,
) -> PyResult<ConfirmResults> {
    let py = client.py();
    if given.cancel_open {
        let text = "cancel_open is for journals of uploads; this one is of confirmations";
        return Err(raise::invalid(py, NAME, text));
    }
    let watch = Watch::default();
    let raised = |error| raise::error(py, &error);
    let inner = watched(inner, &watch, given.cancel.as_ref()).map_err(raised)?;
    let mut batch = inner.batch().rate(given.rate);
    if let Some(calls) = given.concurrency {
        batch = batch.concurrency(calls);
    }
    let confirmations = py.detach(|| batch.resume(path)).map_err(raised)?;
    let pulled = Pulled::Journal(confirmations);
    Ok(ConfirmResults::new(client, watch, pulled, false))
}

/// The client, whose calls end when the one ends that waits for a result.
fn watched(client: &Inner, watch: &Watch, cancel: Option<&CancelHandle>) -> Result<Inner, Error> {
    let asked = watch.clone();
    let mut calls = CallOptions::new().cancel_when(move || asked.check());
    let in_force = in_force();
    for handle in cancel.into_iter().chain(&in_force) {
        calls = calls.cancel(handle);
    }
    client.with_options(calls)
}
