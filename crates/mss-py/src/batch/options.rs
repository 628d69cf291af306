//! Keyword arguments of a batch.

use std::path::PathBuf;

use mss_http::{AppUserId, Batch, CancelHandle, Rate, UploadState};
use pyo3::prelude::*;

use super::NAME;
use crate::{
    arguments::{count, flag, given, parsed, rate, wrong_type},
    cancel,
    upload::Keywords,
};

pub(super) struct Options {
    /// Of items that have none of their own.
    pub(super) state: UploadState,
    concurrency: Option<usize>,
    rate: Rate,
    app_user_id: Option<AppUserId>,
    journal: Option<PathBuf>,
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
            journal: None,
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
            "journal" => self.journal = given(value, path)?,
            "raise_on_error" => self.raise_on_error = flag("raise_on_error", value)?,
            "cancel" => self.cancel = given(value, cancel::handle)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Options {
    pub(super) fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    pub(super) fn apply(&self, batch: Batch) -> Batch {
        let mut batch = batch.rate(self.rate);
        if let Some(calls) = self.concurrency {
            batch = batch.concurrency(calls);
        }
        if let Some(path) = &self.journal {
            batch = batch.journal(path);
        }
        match &self.app_user_id {
            Some(id) => batch.app_user_id(id.clone()),
            None => batch,
        }
    }
}

fn path(value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value
        .extract()
        .map_err(|_| wrong_type("journal", "a path", value))
}
