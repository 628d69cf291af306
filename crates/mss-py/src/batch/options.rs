//! Keyword arguments of a batch.

use mss_http::{AppUserId, Batch, CancelHandle, Rate, UploadState};
use pyo3::prelude::*;

use super::NAME;
use crate::{
    arguments::{count, flag, given, parsed, rate},
    cancel,
    upload::Keywords,
};

pub(super) struct Options {
    /// Of items that have none of their own.
    pub(super) state: UploadState,
    concurrency: Option<usize>,
    rate: Rate,
    app_user_id: Option<AppUserId>,
    pub(super) raise_on_error: bool,
    pub(super) cancel: Option<CancelHandle>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: UploadState::Created,
            concurrency: None,
            rate: Rate::Documented,
            app_user_id: None,
            raise_on_error: false,
            cancel: None,
        }
    }
}

impl<'py> Keywords<'py> for Options {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "state" => self.state = parsed(NAME, "state", value)?,
            "concurrency" => self.concurrency = Some(count(NAME, "concurrency", value)?),
            "rate" => self.rate = rate(NAME, value)?,
            "app_user_id" => self.app_user_id = given(value, |it| parsed(NAME, "app_user_id", it))?,
            "raise_on_error" => self.raise_on_error = flag("raise_on_error", value)?,
            "cancel" => self.cancel = given(value, cancel::handle)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Options {
    pub(super) fn apply(&self, batch: Batch) -> Batch {
        let mut batch = batch.rate(self.rate);
        if let Some(calls) = self.concurrency {
            batch = batch.concurrency(calls);
        }
        match &self.app_user_id {
            Some(id) => batch.app_user_id(id.clone()),
            None => batch,
        }
    }
}
