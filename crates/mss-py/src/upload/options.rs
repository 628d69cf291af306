//! Keyword arguments of uploads. Several functions share them, so they are read from a dict.

use std::{path::PathBuf, time::Duration};

use mss_http::{
    AppUserId, AssetId, AssetType, CancelHandle, ContentMd5, Destination, FileCategory, FileId,
    Rate, Source, Upload,
};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyString},
};

use super::NAME;
use crate::{
    arguments::{count, flag, given, parsed, rate, seconds, text, wrong_type},
    cancel,
    fields::{content_md5, content_size, list_of_text, path},
    raise,
};

/// A group of keyword arguments.
pub(crate) trait Keywords<'py> {
    /// Takes an argument; `false` when it is none of this group's.
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool>;
}

/// Gives each keyword argument to the group that it belongs to.
pub(crate) fn read<'py>(
    function: &str,
    given: Option<&Bound<'py, PyDict>>,
    groups: &mut [&mut dyn Keywords<'py>],
) -> PyResult<()> {
    for (name, value) in given.into_iter().flatten() {
        let name = name.cast_into::<PyString>()?;
        let name = name.to_string_lossy();
        let mut is_taken = false;
        for group in groups.iter_mut() {
            is_taken = is_taken || group.take(&name, &value)?;
        }
        if !is_taken {
            let text = format!("Client.{function}() got an unexpected keyword argument '{name}'");
            return Err(PyTypeError::new_err(text));
        }
    }
    Ok(())
}

/// Where a file goes.
#[derive(Clone, Default)]
pub(super) struct Place {
    asset_id: Option<AssetId>,
    new_asset: Option<AssetType>,
    category: Option<FileCategory>,
}

impl<'py> Keywords<'py> for Place {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "asset_id" => self.asset_id = given(value, |it| parsed(NAME, "asset_id", it))?,
            "new_asset" => self.new_asset = given(value, |it| parsed(NAME, "new_asset", it))?,
            "category" => self.category = Some(parsed(NAME, "category", value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Place {
    /// The place of one file: what it has of its own goes before what all share.
    pub(super) fn or(mut self, shared: &Self) -> Self {
        if self.asset_id.is_none() && self.new_asset.is_none() {
            self.asset_id.clone_from(&shared.asset_id);
            self.new_asset.clone_from(&shared.new_asset);
        }
        self.category = self.category.or_else(|| shared.category.clone());
        self
    }

    pub(super) fn upload<'a>(self, py: Python<'_>, source: Source<'a>) -> PyResult<Upload<'a>> {
        let destination: Destination = match (self.asset_id, self.new_asset) {
            (Some(id), None) => id.into(),
            (None, Some(asset_type)) => asset_type.into(),
            (None, None) => {
                let text = "asset_id or new_asset is needed: where should the file go?";
                return Err(raise::invalid(py, NAME, text));
            }
            (Some(_), Some(_)) => {
                let text = "asset_id and new_asset exclude each other";
                return Err(raise::invalid(py, NAME, text));
            }
        };
        let upload = Upload::new(source, destination);
        Ok(match self.category {
            Some(category) => upload.category(category),
            None => upload,
        })
    }
}

/// What the caller says about a content.
#[derive(Default)]
pub(super) struct About {
    pub(super) name: Option<String>,
    file_type: Option<String>,
    size: Option<u64>,
    md5: Option<ContentMd5>,
}

impl<'py> Keywords<'py> for About {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "file_name" => self.name = given(value, |it| owned_text("file_name", it))?,
            "file_type" => self.file_type = given(value, |it| owned_text("file_type", it))?,
            "file_size" => self.size = given(value, |it| content_size(NAME, it))?,
            "file_md5" => self.md5 = given(value, |it| content_md5(NAME, it))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl About {
    pub(super) fn apply<'a>(self, py: Python<'_>, mut source: Source<'a>) -> PyResult<Source<'a>> {
        if let Some(name) = self.name {
            source = source.file_name(name);
        }
        if let Some(file_type) = self.file_type {
            source = source.file_type(file_type);
        }
        match (self.size, self.md5) {
            (Some(size), Some(md5)) => Ok(source.known(size, md5)),
            (None, None) => Ok(source),
            _ => {
                let text = "file_size and file_md5 go together: give both or none";
                Err(raise::invalid(py, NAME, text))
            }
        }
    }
}

/// How files are uploaded.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is a choice of its own
pub(super) struct Ways {
    app_user_id: Option<AppUserId>,
    verify: bool,
    verify_source: bool,
    wait: Option<Duration>,
    cancel_orphan: bool,
    delete_asset_on_failure: bool,
    spool_limit: Option<u64>,
    part_count: Option<u32>,
}

impl<'py> Keywords<'py> for Ways {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "app_user_id" => self.app_user_id = given(value, |it| parsed(NAME, "app_user_id", it))?,
            "verify" => self.verify = flag("verify", value)?,
            "verify_source" => self.verify_source = flag("verify_source", value)?,
            "wait" => self.wait = given(value, |it| seconds(NAME, "wait", it))?,
            "cancel_orphan" => self.cancel_orphan = flag("cancel_orphan", value)?,
            "delete_asset_on_failure" => {
                self.delete_asset_on_failure = flag("delete_asset_on_failure", value)?;
            }
            "spool_limit" => self.spool_limit = Some(count(NAME, "spool_limit", value)?),
            "part_count" => self.part_count = given(value, |it| count(NAME, "part_count", it))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Ways {
    pub(super) fn apply<'a>(&self, upload: Upload<'a>) -> Upload<'a> {
        let mut upload = upload
            .verify(self.verify)
            .verify_source(self.verify_source)
            .cancel_orphan(self.cancel_orphan)
            .delete_asset_on_failure(self.delete_asset_on_failure);
        if let Some(id) = &self.app_user_id {
            upload = upload.app_user_id(id.clone());
        }
        if let Some(time) = self.wait {
            upload = upload.wait(time);
        }
        if let Some(bytes) = self.spool_limit {
            upload = upload.spool_limit(bytes);
        }
        match self.part_count {
            Some(count) => upload.part_count(count),
            None => upload,
        }
    }
}

/// How a caller and a call hear of each other.
#[derive(Default)]
pub(super) struct Ties<'py> {
    pub(super) progress: Option<Bound<'py, PyAny>>,
    pub(super) cancel: Option<CancelHandle>,
}

impl<'py> Keywords<'py> for Ties<'py> {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "progress" => self.progress = given(value, |it| callable("progress", it))?,
            "cancel" => self.cancel = given(value, cancel::handle)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What only a batch has.
pub(super) struct Batch<'py> {
    pub(super) concurrency: Option<usize>,
    pub(super) rate: Rate,
    pub(super) on_result: Option<Bound<'py, PyAny>>,
    pub(super) raise_on_error: bool,
    pub(super) journal: Option<PathBuf>,
    pub(super) confirm: bool,
}

impl Default for Batch<'_> {
    fn default() -> Self {
        Self {
            concurrency: None,
            rate: Rate::Documented,
            on_result: None,
            raise_on_error: false,
            journal: None,
            confirm: true,
        }
    }
}

impl<'py> Keywords<'py> for Batch<'py> {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "concurrency" => self.concurrency = Some(count(NAME, "concurrency", value)?),
            "rate" => self.rate = rate(NAME, value)?,
            "on_result" => self.on_result = given(value, |it| callable("on_result", it))?,
            "raise_on_error" => self.raise_on_error = flag("raise_on_error", value)?,
            "journal" => self.journal = given(value, |it| path("journal", it))?,
            "confirm" => self.confirm = flag("confirm", value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// How a journal is resumed.
#[derive(Default)]
pub(crate) struct Resume {
    pub(crate) cancel_open: bool,
    pub(crate) keep: Vec<FileId>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) rate: Rate,
    pub(crate) cancel: Option<CancelHandle>,
}

impl<'py> Keywords<'py> for Resume {
    fn take(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        match name {
            "cancel_open" => self.cancel_open = flag("cancel_open", value)?,
            "keep" => {
                let ids = list_of_text(NAME, "keep", value)?;
                let ids = ids.iter().map(|id| id.parse());
                let invalid = |error| raise::invalid_input(value.py(), NAME, &error);
                self.keep = ids.collect::<Result<_, _>>().map_err(invalid)?;
            }
            "concurrency" => {
                self.concurrency = given(value, |it| count(NAME, "concurrency", it))?;
            }
            "rate" => self.rate = rate(NAME, value)?,
            "cancel" => self.cancel = given(value, cancel::handle)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn owned_text(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    text(NAME, name, value).map(str::to_owned)
}

fn callable<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if value.is_callable() {
        return Ok(value.clone());
    }
    Err(wrong_type(name, "callable", value))
}
