//! Python functions that are told of an upload.

use pyo3::{call::PyCallArgs, prelude::*};

use crate::signals::Raised;

/// A function of the caller's. What it raises ends the call; after that it isn't called any more.
pub(super) struct Callback {
    function: Py<PyAny>,
    raised: Raised,
}

impl Callback {
    pub(super) fn new(function: Bound<'_, PyAny>, raised: &Raised) -> Self {
        Self {
            function: function.unbind(),
            raised: raised.clone(),
        }
    }

    pub(super) fn tell<A>(&self, args: impl FnOnce(Python<'_>) -> PyResult<A>)
    where
        A: for<'py> PyCallArgs<'py>,
    {
        if self.raised.is_raised() {
            return;
        }
        // Nobody is there to be told when the interpreter has ended.
        Python::try_attach(|py| {
            let told = args(py).and_then(|args| self.function.bind(py).call1(args));
            if let Err(exception) = told {
                self.raised.put(exception);
            }
        });
    }
}
