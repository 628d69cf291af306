//! A call, as it looks to the interpreter.

use mss_http::{Client, Error};
use pyo3::prelude::*;

use crate::{
    raise,
    signals::{Raised, on_main_thread},
};

/// Makes a call without the interpreter's lock. On the main thread signal handlers go on running;
/// what one of them raises ends the call and is raised in its place.
pub(crate) fn make_call<R: Send>(
    py: Python<'_>,
    mut client: Client,
    work: impl FnOnce(&Client) -> Result<R, Error> + Send,
) -> PyResult<R> {
    let raised = Raised::default();
    let mut watched = None;
    if on_main_thread(py)? {
        let watching = client.with_options(raised.watch());
        client = watching.map_err(|error| raise::error(py, &error))?;
        watched = Some(raised.enter());
    }
    let result = py.detach(|| work(&client));
    drop(watched);
    match (raised.take(), result) {
        (Some(exception), Err(error)) => {
            exception.set_cause(py, Some(raise::error(py, &error)));
            Err(exception)
        }
        (Some(exception), Ok(_)) => Err(exception),
        (None, result) => result.map_err(|error| raise::error(py, &error)),
    }
}
