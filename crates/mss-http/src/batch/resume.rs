//! What a journal leaves open is finished.

use std::path::Path;

use super::{Batch, BatchItem, Confirmations, item::Given, plan::Plan};
use crate::{
    Error,
    journal::{Ledger, Todo},
};

/// The open entries of a journal, in its order.
#[derive(Debug)]
pub struct OpenEntries {
    ledger: Ledger,
    next: u64,
}

impl Iterator for OpenEntries {
    type Item = BatchItem;

    fn next(&mut self) -> Option<BatchItem> {
        loop {
            let entry = self.next;
            let todo = self.ledger.todo(entry)?;
            self.next += 1;
            if let Todo::Confirm { file_id, state, .. } = todo {
                return Some(BatchItem(Some(Given::Entry(entry, file_id, state))));
            }
        }
    }
}

impl Batch {
    /// Finishes what a journal of confirmations leaves open: what wasn't sent, what was sent and
    /// isn't known, and what failed for a reason that can pass. The same state is sent again and
    /// never another one. A result's index is the number of its entry; what is done already has
    /// no result. [`Batch::app_user_id`] is the journal's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal): the journal can't be opened, is
    /// damaged, or is of another endpoint, project or kind. Nothing was sent.
    pub fn resume(mut self, path: impl AsRef<Path>) -> Result<Confirmations<OpenEntries>, Error> {
        self.check_options()?;
        let (plan, ledger) = Plan::reopen(path.as_ref(), &self.client)?;
        self.app_user_id.clone_from(&ledger.header().app_user_id);
        self.plan = plan;
        Confirmations::begin(self, OpenEntries { ledger, next: 0 })
    }
}
