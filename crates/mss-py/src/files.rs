//! The calls about files.

use mss_http::{
    AssetId, Client, ConfirmFileUpload, CreateFile, CreateLargeFile, DeleteFile, FileId,
    InvalidInput, UploadState,
};
use pyo3::prelude::*;

use crate::{
    arguments::{OrDefault, count, parsed, text},
    call::Entered,
    fields::{content_md5, content_size},
    raise,
    results::{ConfirmedUpload, CreatedFile, CreatedLargeFile, Deleted},
};

type Argument<'a, 'py> = &'a Bound<'py, PyAny>;

pub(crate) fn confirm<'py>(
    py: Python<'py>,
    call: &Entered<'_>,
    client: &Client,
    (file_id, state): (Argument<'_, 'py>, OrDefault<'py>),
    app_user_id: Option<Argument<'_, 'py>>,
    asset_id: Option<Argument<'_, 'py>>,
    verify: OrDefault<'py>,
) -> PyResult<ConfirmedUpload> {
    const NAME: &str = "ConfirmFileUpload";
    let file_id: FileId = parsed(NAME, "file_id", file_id)?;
    let state = state.parsed(NAME, "state")?.unwrap_or(UploadState::Created);
    let verify = verify.flag("verify")?;
    let mut confirm = ConfirmFileUpload::new(file_id, state);
    if let Some(id) = app_user_id {
        confirm = confirm.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let Some(asset_id) = asset_id else {
        if verify {
            let text = "verify needs asset_id: only the asset shows a file's state";
            return Err(raise::invalid(py, NAME, text));
        }
        let confirmed = call.make(py, client, |client| client.execute(&confirm))?;
        return Ok(confirmed.into());
    };
    let asset_id: AssetId = parsed(NAME, "asset_id", asset_id)?;
    let settled = call.make(py, client, |client| {
        client.settle_file_upload(&confirm, &asset_id, verify)
    })?;
    Ok(settled.into())
}

/// What both ways to register a file are told.
pub(crate) struct NewFile<'a, 'py> {
    pub(crate) file_name: Argument<'a, 'py>,
    pub(crate) file_type: Option<Argument<'a, 'py>>,
    pub(crate) file_size: Argument<'a, 'py>,
    pub(crate) asset_id: Argument<'a, 'py>,
    pub(crate) category: OrDefault<'py>,
    pub(crate) app_user_id: Option<Argument<'a, 'py>>,
}

pub(crate) fn create(
    py: Python<'_>,
    call: &Entered<'_>,
    client: &Client,
    file: NewFile<'_, '_>,
    md5: Argument<'_, '_>,
) -> PyResult<CreatedFile> {
    const NAME: &str = "CreateFile";
    let invalid = |error: InvalidInput| raise::invalid_input(py, NAME, &error);
    let size = content_size(NAME, file.file_size)?;
    let md5 = content_md5(NAME, md5)?;
    let asset_id: AssetId = parsed(NAME, "asset_id", file.asset_id)?;
    let name = text(NAME, "file_name", file.file_name)?;
    let create = match file.file_type {
        None => CreateFile::new(name, size, md5, asset_id),
        Some(file_type) => CreateFile::with_type(
            name,
            text(NAME, "file_type", file_type)?,
            size,
            md5,
            asset_id,
        ),
    };
    let mut create = create.map_err(invalid)?;
    if let Some(category) = file.category.parsed(NAME, "category")? {
        create = create.category(category);
    }
    if let Some(id) = file.app_user_id {
        create = create.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let created = call.make(py, client, |client| client.create_file(&create))?;
    Ok(created.into())
}

pub(crate) fn create_large(
    py: Python<'_>,
    call: &Entered<'_>,
    client: &Client,
    file: NewFile<'_, '_>,
    part_count: Option<Argument<'_, '_>>,
) -> PyResult<CreatedLargeFile> {
    const NAME: &str = "CreateLargeFile";
    let invalid = |error: InvalidInput| raise::invalid_input(py, NAME, &error);
    let size = content_size(NAME, file.file_size)?;
    let asset_id: AssetId = parsed(NAME, "asset_id", file.asset_id)?;
    let name = text(NAME, "file_name", file.file_name)?;
    let create = match file.file_type {
        None => CreateLargeFile::new(name, size, asset_id),
        Some(file_type) => {
            CreateLargeFile::with_type(name, text(NAME, "file_type", file_type)?, size, asset_id)
        }
    };
    let mut create = create.map_err(invalid)?;
    if let Some(category) = file.category.parsed(NAME, "category")? {
        create = create.category(category).map_err(invalid)?;
    }
    if let Some(parts) = part_count {
        let parts = count(NAME, "part_count", parts)?;
        create = create.part_count(parts).map_err(invalid)?;
    }
    if let Some(id) = file.app_user_id {
        create = create.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let created = call.make(py, client, |client| client.create_large_file(&create))?;
    CreatedLargeFile::new(py, created, size)
}

pub(crate) fn delete(
    py: Python<'_>,
    call: &Entered<'_>,
    client: &Client,
    file_id: Argument<'_, '_>,
    app_user_id: Option<Argument<'_, '_>>,
) -> PyResult<Deleted> {
    const NAME: &str = "DeleteFile";
    let mut delete = DeleteFile::new(parsed::<FileId>(NAME, "file_id", file_id)?);
    if let Some(id) = app_user_id {
        delete = delete.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let deleted = call.make(py, client, |client| client.execute(&delete))?;
    Ok(Deleted::new(deleted.request_id))
}
