//! Confirming many files.

mod arrow_in;
mod arrow_out;
mod items;
mod options;
mod result;
mod results;
mod watch;

use mss_http::{CallOptions, Client as Inner};
use pyo3::{prelude::*, types::PyDict};

pub(crate) use self::{result::ConfirmResult, results::ConfirmResults};

use self::{items::Given, options::Options, watch::Watch};
use crate::{client::Client, raise, upload};

/// What was being done, in errors.
const NAME: &str = "Batch";

/// Begins a batch; its results pull it along.
pub(crate) fn confirm_many(
    client: &Bound<'_, Client>,
    inner: Inner,
    items: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<ConfirmResults> {
    let py = client.py();
    let mut given = Options::default();
    upload::read("confirm_many", options, &mut [&mut given])?;
    let watch = Watch::default();
    let asked = watch.clone();
    let mut calls = CallOptions::new().cancel_when(move || asked.check());
    if let Some(handle) = &given.cancel {
        calls = calls.cancel(handle);
    }
    let raised = |error| raise::error(py, &error);
    let inner = inner.with_options(calls).map_err(raised)?;
    let mut batch = given.apply(inner.batch());
    let items = Given::new(items, given.state)?;
    if items.is_sized() {
        let mut pulled = items.check(&watch)?;
        let checked = batch.checked(&mut pulled);
        if let Some(error) = watch.take_broken() {
            return Err(error);
        }
        batch = checked.map_err(raised)?;
    }
    let confirmations = batch.run(items.pull(&watch)?).map_err(raised)?;
    Ok(ConfirmResults::new(
        client,
        watch,
        confirmations,
        given.raise_on_error,
    ))
}
