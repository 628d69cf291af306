//! A Python function that is told of each attempt.

use mss_http::AttemptEvent;
use pyo3::{exceptions::PyException, prelude::*, sync::PyOnceLock};

use crate::{arguments::wrong_type, signals::end_call};

/// The client's argument `on_attempt`, as a hook. What the function raises doesn't change what
/// becomes of a call, unless it is meant to end the program: a Ctrl-C must not get lost.
pub(crate) fn hook(
    function: &Bound<'_, PyAny>,
) -> PyResult<impl Fn(&AttemptEvent<'_>) + Send + Sync + 'static> {
    if !function.is_callable() {
        return Err(wrong_type("on_attempt", "callable", function));
    }
    let function = function.clone().unbind();
    Ok(move |event: &AttemptEvent<'_>| {
        // Nobody is there to be told when the interpreter has ended.
        Python::try_attach(|py| {
            let Err(exception) = tell(py, &function, event) else {
                return;
            };
            if exception.is_instance_of::<PyException>(py) {
                exception.write_unraisable(py, Some(function.bind(py)));
            } else {
                end_call(py, exception);
            }
        });
    })
}

fn tell(py: Python<'_>, function: &Py<PyAny>, event: &AttemptEvent<'_>) -> PyResult<()> {
    static EVENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = EVENT.import(py, "metastudio._event", "AttemptEvent")?;
    let event = class.call1((
        event.operation,
        event.subject,
        event.attempt,
        event.status,
        event.error_code,
        event.request_id,
        event.duration.as_secs_f64(),
        event.outcome.as_str(),
        event.error.map(mss_http::ErrorKind::as_str),
        event.retry_in.map(|wait| wait.as_secs_f64()),
    ))?;
    function.bind(py).call1((event,))?;
    Ok(())
}
