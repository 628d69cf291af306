//! The bounded memory of what arrived.

use std::collections::VecDeque;

use http::request::Parts;

use super::{reply::Answered, route};
use crate::{faults::Target, view::RequestView};

const CAPACITY: usize = 65_536;

#[derive(Default)]
pub(super) struct RequestLog {
    entries: VecDeque<RequestView>,
    /// How many entries were dropped from the front.
    forgotten: u64,
}

impl RequestLog {
    /// The number under which the answer can be added.
    pub(super) fn arrived(
        &mut self,
        head: &Parts,
        request_id: &str,
        target: Option<Target>,
    ) -> u64 {
        let (operation, file_id) = match target {
            Some(target) => (Some(target.operation), target.file_id),
            None => (None, None),
        };
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
            self.forgotten += 1;
        }
        self.entries.push_back(RequestView {
            operation,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            status: None,
            request_id: request_id.to_owned(),
            file_id: file_id.or_else(|| route::file_id(head.uri.path())),
        });
        self.forgotten + self.entries.len() as u64 - 1
    }

    pub(super) fn answered(&mut self, number: u64, answered: &Answered) {
        let index = number
            .checked_sub(self.forgotten)
            .and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.status = Some(answered.status.as_u16());
            if answered.file_id.is_some() {
                entry.file_id.clone_from(&answered.file_id);
            }
        }
    }

    pub(super) fn views(&self) -> Vec<RequestView> {
        self.entries.iter().cloned().collect()
    }
}
