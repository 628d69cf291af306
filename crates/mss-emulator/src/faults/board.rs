//! The list of ordered faults, and what became of each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::{Fault, FaultError, Point, Target};

/// One injected fault, as `GET /_emulator/faults` shows it. The words are those of its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaultView {
    /// What [`inject`](crate::Emulator::inject) returned.
    pub id: u64,
    /// The operation that it is aimed at, or `any`.
    pub operation: &'static str,
    /// What happens, such as `reset`.
    pub how: &'static str,
    /// Where, such as `body`; `None` for a fault of the service.
    pub at: Option<&'static str>,
    /// After how many bytes there.
    pub after_bytes: Option<u64>,
    /// The file that it is aimed at.
    pub file_id: Option<String>,
    /// How many times it shall happen; `None` until it is cleared.
    pub times: Option<u32>,
    /// How many times it has happened.
    pub fired: u32,
}

impl FaultView {
    /// Whether it is still going to happen.
    pub fn pending(&self) -> bool {
        self.times.is_none_or(|times| self.fired < times)
    }
}

/// Shared by the service and the sockets.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Board>>);

#[derive(Default)]
struct Board {
    entries: Vec<Entry>,
    last_id: u64,
}

struct Entry {
    id: u64,
    fault: Arc<Fault>,
    fired: u32,
    /// Requests under way that may still meet it.
    armed: u32,
}

/// A fault that waits in one request; it goes back to the list when it couldn't happen there.
pub(crate) struct Armed {
    faults: Faults,
    id: u64,
    fault: Arc<Fault>,
    has_fired: bool,
}

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) -> Result<u64, FaultError> {
        let fault = Arc::new(fault.checked()?);
        let mut board = self.board();
        board.last_id += 1;
        let id = board.last_id;
        board.entries.push(Entry {
            id,
            fault,
            fired: 0,
            armed: 0,
        });
        Ok(id)
    }

    pub(crate) fn clear(&self) {
        self.board().entries.clear();
    }

    pub(crate) fn views(&self) -> Vec<FaultView> {
        self.board().entries.iter().map(Entry::view).collect()
    }

    /// The first fault that this request can meet.
    pub(crate) fn arm(&self, target: &Target) -> Option<Armed> {
        self.take(|fault| {
            fault.point != Some(Point::Connect)
                && fault.operation.is_none_or(|only| only == target.operation)
                && (fault.file_id.is_none() || fault.file_id == target.file_id)
        })
    }

    /// The first fault that a new connection can meet.
    pub(crate) fn arm_connection(&self) -> Option<Armed> {
        self.take(|fault| fault.point == Some(Point::Connect))
    }

    fn take(&self, fits: impl Fn(&Fault) -> bool) -> Option<Armed> {
        let mut board = self.board();
        let mut entries = board.entries.iter_mut();
        let entry = entries.find(|entry| entry.is_free() && fits(&entry.fault))?;
        entry.armed += 1;
        Some(Armed {
            faults: self.clone(),
            id: entry.id,
            fault: Arc::clone(&entry.fault),
            has_fired: false,
        })
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_free(&self) -> bool {
        self.fault
            .times
            .is_none_or(|times| self.fired.saturating_add(self.armed) < times)
    }

    fn view(&self) -> FaultView {
        let at = self.fault.point();
        FaultView {
            id: self.id,
            operation: self.fault.operation.map_or("any", |only| only.as_str()),
            how: self.fault.kind.word(),
            at: at.map(Point::word),
            after_bytes: at.and_then(Point::bytes),
            file_id: self.fault.file_id.clone(),
            times: self.fault.times,
            fired: self.fired,
        }
    }
}

impl Armed {
    pub(crate) fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Counts it as happened, once; call it just before it happens. `false` when it was cleared
    /// meanwhile, and mustn't happen.
    pub(crate) fn fire(&mut self) -> bool {
        let mut board = self.faults.board();
        let Some(entry) = board.entries.iter_mut().find(|entry| entry.id == self.id) else {
            return false;
        };
        if !self.has_fired {
            self.has_fired = true;
            entry.armed -= 1;
            entry.fired = entry.fired.saturating_add(1);
        }
        true
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        if self.has_fired {
            return;
        }
        let mut board = self.faults.board();
        if let Some(entry) = board.entries.iter_mut().find(|entry| entry.id == self.id) {
            entry.armed -= 1;
        }
    }
}
