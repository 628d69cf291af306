//! The results of a batch, as Python sees them.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use mss_http::{Confirmation, Confirmations, Error, OpenEntries, Outcome};
use pyo3::{
    exceptions::PyRuntimeWarning,
    intern,
    prelude::*,
    types::{PyCapsule, PyDict},
};

use super::{NAME, arrow_out, items::Items, result::ConfirmResult, watch::Watch};
use crate::{client::Client, guard::guarded, raise, signals::Raised};

/// Failed results that an exception for the whole batch carries at most.
const KEPT: usize = 1000;

#[pyclass(frozen, module = "metastudio", weakref)]
pub(crate) struct ConfirmResults {
    client: Py<Client>,
    watch: Watch,
    /// Locked by who asks for a result, while waiting too.
    running: Mutex<Running>,
}

struct Running {
    /// None once it has ended or was closed.
    confirmations: Option<Pulled>,
    /// Handed out when something else had to be raised.
    unread: Option<Confirmation>,
    was_asked: bool,
    was_closed: bool,
    counts: Counts,
    /// With `raise_on_error`, those that failed.
    failed: Option<Vec<Py<ConfirmResult>>>,
}

/// A batch of what the caller gave, or of what a journal leaves open.
pub(super) enum Pulled {
    Items(Confirmations<Items>),
    Journal(Confirmations<OpenEntries>),
}

impl Pulled {
    fn next(&mut self) -> Option<Result<Confirmation, Error>> {
        match self {
            Self::Items(it) => it.next(),
            Self::Journal(it) => it.next(),
        }
    }

    fn next_if_ready(&mut self) -> Option<Confirmation> {
        match self {
            Self::Items(it) => it.next_if_ready(),
            Self::Journal(it) => it.next_if_ready(),
        }
    }

    fn close(self) -> Vec<Confirmation> {
        match self {
            Self::Items(it) => it.close(),
            Self::Journal(it) => it.close(),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    applied: u64,
    not_applied: u64,
    unknown: u64,
}

impl ConfirmResults {
    pub(super) fn new(
        client: &Bound<'_, Client>,
        watch: Watch,
        confirmations: Pulled,
        raise_on_error: bool,
    ) -> Self {
        Self {
            client: client.clone().unbind(),
            watch,
            running: Mutex::new(Running {
                confirmations: Some(confirmations),
                unread: None,
                was_asked: false,
                was_closed: false,
                counts: Counts::default(),
                failed: raise_on_error.then(Vec::new),
            }),
        }
    }

    /// The next result; none when there are no more.
    pub(super) fn next(&self, py: Python<'_>) -> PyResult<Option<Py<ConfirmResult>>> {
        let mut running = self.running(py)?;
        running.was_asked = true;
        let next = match running.at_once() {
            Some(next) => Some(next),
            None => self.wait(py, &mut running)?,
        };
        if let Some(error) = self.watch.take_urgent() {
            running.unread = next;
            return Err(error);
        }
        if let Some(next) = next {
            return running.hand_out(py, next).map(Some);
        }
        // Whoever keeps the results doesn't keep the journal locked.
        let over = running.confirmations.take();
        py.detach(|| drop(over));
        running.end(py, &self.watch).map(|()| None)
    }

    /// Has the next call raise what couldn't be raised where it came up.
    pub(super) fn raise_later(&self, py: Python<'_>, error: PyErr) {
        self.watch.break_off(py, error);
    }

    fn wait(&self, py: Python<'_>, running: &mut Running) -> PyResult<Option<Confirmation>> {
        let Some(confirmations) = &mut running.confirmations else {
            return Ok(None);
        };
        let call = self.client.get().enter();
        let raised = Raised::on_this_thread(py)?;
        self.watch.set(Some(call.ends(&raised)));
        let watched = raised.enter();
        let next = py.detach(|| confirmations.next());
        drop(watched);
        self.watch.set(None);
        let (next, error) = match next {
            Some(Ok(next)) => (Some(next), None),
            Some(Err(error)) => (None, Some(raise::error(py, &error))),
            None => (None, None),
        };
        let exception = raised.take().or_else(|| self.watch.take_urgent());
        match (exception, error) {
            (Some(exception), error) => {
                running.unread = next;
                exception.set_cause(py, error);
                Err(exception)
            }
            (None, Some(error)) => Err(error),
            (None, None) => Ok(next),
        }
    }

    fn running(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, Running>> {
        match self.running.try_lock() {
            Ok(running) => Ok(running),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                let text = "the results are being asked for already, by another thread or by \
                            the items themselves; one at a time";
                Err(raise::invalid(py, NAME, text))
            }
        }
    }
}

impl Running {
    fn at_once(&mut self) -> Option<Confirmation> {
        let unread = self.unread.take();
        unread.or_else(|| self.confirmations.as_mut()?.next_if_ready())
    }

    fn hand_out(&mut self, py: Python<'_>, next: Confirmation) -> PyResult<Py<ConfirmResult>> {
        self.counts.add(next.outcome());
        let has_failed = next.result.is_err();
        let result = Py::new(py, ConfirmResult::from(next))?;
        if let Some(failed) = self
            .failed
            .as_mut()
            .filter(|it| has_failed && it.len() < KEPT)
        {
            failed.push(result.clone_ref(py));
        }
        Ok(result)
    }

    /// Says what there is to be said about the whole.
    fn end(&mut self, py: Python<'_>, watch: &Watch) -> PyResult<()> {
        if let Some(error) = watch.take_broken() {
            return Err(error);
        }
        match self.failed.take() {
            Some(failed) if !failed.is_empty() => Err(self.counts.failure(py, failed)?),
            _ => Ok(()),
        }
    }
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Applied => self.applied += 1,
            Outcome::NotApplied => self.not_applied += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }

    /// The exception that stands for the whole batch.
    fn failure(self, py: Python<'_>, failed: Vec<Py<ConfirmResult>>) -> PyResult<PyErr> {
        let counts = PyDict::new(py);
        counts.set_item(intern!(py, "applied"), self.applied)?;
        counts.set_item(intern!(py, "not_applied"), self.not_applied)?;
        counts.set_item(intern!(py, "unknown"), self.unknown)?;
        let module = py.import(intern!(py, "metastudio._many"))?;
        let failure = module.call_method1(intern!(py, "unconfirmed"), (counts, failed))?;
        Ok(PyErr::from_value(failure))
    }
}

#[pymethods]
impl ConfirmResults {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<ConfirmResult>>> {
        guarded(py, || self.next(py))
    }

    fn close(&self, py: Python<'_>) -> PyResult<Vec<Py<ConfirmResult>>> {
        guarded(py, || {
            let mut running = self.running(py)?;
            running.was_asked = true;
            running.was_closed = true;
            let Some(confirmations) = running.confirmations.take() else {
                return Ok(Vec::new());
            };
            let rest = py.detach(|| confirmations.close());
            let unread = running.unread.take();
            let rest = unread.into_iter().chain(rest);
            rest.map(|it| running.hand_out(py, it)).collect()
        })
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let closed = self.close(py).map(drop);
        // What the block was left by matters more.
        if kind.is_none() { closed } else { Ok(()) }
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        slf: &Bound<'py, Self>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A wish that a producer may ignore; the columns have one layout.
        let _ = requested_schema;
        guarded(slf.py(), || arrow_out::stream(slf))
    }

    fn __repr__(&self) -> String {
        let Ok(running) = self.running.try_lock() else {
            return "<ConfirmResults in use>".to_owned();
        };
        let Counts {
            applied,
            not_applied,
            unknown,
        } = running.counts;
        let closed = if running.was_closed { " closed" } else { "" };
        format!(
            "<ConfirmResults{closed} applied={applied} not_applied={not_applied} \
             unknown={unknown}>"
        )
    }
}

impl Drop for ConfirmResults {
    /// The threads that end now may want the interpreter's lock before they do.
    fn drop(&mut self) {
        let running = self.running.get_mut();
        let running = running.unwrap_or_else(PoisonError::into_inner);
        let Some(confirmations) = running.confirmations.take() else {
            return;
        };
        let was_asked = running.was_asked;
        Python::attach(|py| {
            py.detach(|| drop(confirmations));
            if was_asked {
                return;
            }
            let category = py.get_type::<PyRuntimeWarning>();
            let text = c"confirm_many: nobody asked for the results, so nothing was sent";
            if let Err(error) = PyErr::warn(py, &category, text, 1) {
                error.write_unraisable(py, None);
            }
        });
    }
}
