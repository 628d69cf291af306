//! Failures that a test has ordered.

use std::collections::{HashMap, VecDeque};

use http::StatusCode;

use crate::view::Operation;

#[derive(Default)]
pub(super) struct Failures(HashMap<Operation, VecDeque<StatusCode>>);

impl Failures {
    pub(super) fn add(&mut self, operation: Operation, status: u16) {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.0.entry(operation).or_default().push_back(status);
    }

    pub(super) fn take(&mut self, operation: Operation) -> Option<StatusCode> {
        self.0.get_mut(&operation)?.pop_front()
    }
}
