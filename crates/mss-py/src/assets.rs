//! The calls about assets.

use mss_core::{Asset, AssetFile, AssetState, FileCategory, Secret, SupportedService};
use mss_http::{
    AssetId, AssetType, Client, CreateDigitalAsset, DeleteAsset, InvalidInput, ShowAsset,
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{PyBool, PyDict, PyInt, PyString},
};
use serde_json::{Map, Value};

use crate::{
    arguments::{OrDefault, flag, parsed, text, wrong_type},
    call::Entered,
    fields::list_of_text,
    raise,
    results::{CreatedAsset, Deleted},
};

const CREATE: &str = "CreateDigitalAsset";

pub(crate) fn create(
    call: &Entered<'_>,
    client: &Client,
    asset_name: &Bound<'_, PyAny>,
    asset_type: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<CreatedAsset> {
    let py = asset_name.py();
    let invalid = |error: InvalidInput| raise::invalid_input(py, CREATE, &error);
    let asset_type: AssetType = parsed(CREATE, "asset_type", asset_type)?;
    let name = text(CREATE, "asset_name", asset_name)?;
    let mut create = CreateDigitalAsset::new(name, asset_type).map_err(invalid)?;
    for (name, value) in options.into_iter().flatten() {
        let name = name.cast_into::<PyString>()?;
        let name = name.to_string_lossy();
        if value.is_none() && OPTIONS.contains(&&*name) {
            continue;
        }
        create = match &*name {
            "description" => create
                .description(text(CREATE, "description", &value)?)
                .map_err(invalid)?,
            "tags" => create
                .tags(list_of_text(CREATE, "tags", &value)?)
                .map_err(invalid)?,
            "supported_service" => {
                let words = list_of_text(CREATE, "supported_service", &value)?;
                let services = words.iter().map(|word| word.parse());
                let services = services.collect::<Result<Vec<SupportedService>, _>>();
                create.supported_service(services.map_err(invalid)?)
            }
            "generate_cover" => create.generate_cover(flag("generate_cover", &value)?),
            "order" => create.order(order(&value)?),
            "extra" => create.extra(extra(&value)?).map_err(invalid)?,
            "app_user_id" => create.app_user_id(parsed(CREATE, "app_user_id", &value)?),
            _ => {
                let text = format!(
                    "Client.create_digital_asset() got an unexpected keyword argument '{name}'"
                );
                return Err(PyTypeError::new_err(text));
            }
        };
    }
    let created = call.make(py, client, |client| client.execute(&create))?;
    Ok(created.into())
}

const OPTIONS: [&str; 7] = [
    "description",
    "tags",
    "supported_service",
    "generate_cover",
    "order",
    "extra",
    "app_user_id",
];

fn order(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type("order", "int", value));
    }
    value
        .extract()
        .map_err(|_| raise::invalid(value.py(), CREATE, "order is out of range"))
}

/// Fields as JSON, by way of Python's own module, which knows what can be written as such.
fn extra(value: &Bound<'_, PyAny>) -> PyResult<Map<String, Value>> {
    let py = value.py();
    if !value.is_instance_of::<PyDict>() {
        return Err(wrong_type("extra", "dict", value));
    }
    let options = PyDict::new(py);
    options.set_item("allow_nan", false)?;
    let refuse = || raise::invalid(py, CREATE, "extra can't be written as JSON");
    let json = py.import("json")?;
    let text = json.call_method("dumps", (value,), Some(&options));
    let text = text.map_err(|error| {
        let is_invalid = error.is_instance_of::<PyValueError>(py);
        if is_invalid { refuse() } else { error }
    })?;
    // Lone surrogates are JSON to Python, but no text.
    serde_json::from_str(&text.extract::<String>()?).map_err(|_| refuse())
}

pub(crate) fn show<'py>(
    py: Python<'py>,
    call: &Entered<'_>,
    client: &Client,
    asset_id: &Bound<'py, PyAny>,
    app_user_id: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    const NAME: &str = "ShowAsset";
    let mut show = ShowAsset::new(parsed::<AssetId>(NAME, "asset_id", asset_id)?);
    if let Some(id) = app_user_id {
        show = show.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let shown = call.make(py, client, |client| client.execute(&show))?;
    as_python(py, &shown.asset, &shown.request_id)
}

fn as_python<'py>(py: Python<'py>, asset: &Asset, request_id: &str) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import(intern!(py, "metastudio._assets"))?;
    let file_class = module.getattr(intern!(py, "AssetFile"))?;
    let files = asset.files.iter().map(|file| {
        let fields = file_fields(py, file)?;
        file_class.call((), Some(&fields))
    });
    let files = files.collect::<PyResult<Vec<_>>>()?;
    let fields = PyDict::new(py);
    for (name, value) in [
        ("asset_id", Some(asset.asset_id.as_str())),
        (
            "asset_state",
            asset.asset_state.as_ref().map(AssetState::as_str),
        ),
        (
            "asset_type",
            asset.asset_type.as_ref().map(AssetType::as_str),
        ),
        ("asset_name", asset.asset_name.as_deref()),
        ("asset_description", asset.asset_description.as_deref()),
        ("project_id", asset.project_id.as_deref()),
        ("produce_id", asset.produce_id.as_deref()),
        ("app_user_id", asset.app_user_id.as_deref()),
        ("create_time", asset.create_time.as_deref()),
        ("update_time", asset.update_time.as_deref()),
        ("fail_type", asset.fail_type.as_deref()),
        ("block_reason_code", asset.block_reason_code.as_deref()),
        ("reason", asset.reason.as_deref()),
        ("request_id", Some(request_id)),
    ] {
        fields.set_item(name, value)?;
    }
    fields.set_item("tags", &asset.tags)?;
    fields.set_item("files", files)?;
    let more = serde_json::to_string(asset.more.as_map()).unwrap_or_default();
    fields.set_item("more", py.import("json")?.call_method1("loads", (more,))?)?;
    module
        .getattr(intern!(py, "Asset"))?
        .call((), Some(&fields))
}

fn file_fields<'py>(py: Python<'py>, file: &AssetFile) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for (name, value) in [
        ("file_id", Some(file.file_id.as_str())),
        ("state", Some(file.state.as_str())),
        ("file_name", file.file_name.as_deref()),
        ("file_md5", file.file_md5.as_deref()),
        ("file_type", file.file_type.as_deref()),
        ("category", file.category.as_ref().map(FileCategory::as_str)),
        (
            "download_url",
            file.download_url.as_ref().map(Secret::expose),
        ),
        ("block_reason_code", file.block_reason_code.as_deref()),
        ("reason", file.reason.as_deref()),
        (
            "video_transcoding_status",
            file.video_transcoding_status.as_deref(),
        ),
    ] {
        fields.set_item(name, value)?;
    }
    fields.set_item("file_size", file.file_size)?;
    Ok(fields)
}

pub(crate) fn delete(
    py: Python<'_>,
    call: &Entered<'_>,
    client: &Client,
    asset_id: &Bound<'_, PyAny>,
    for_good: OrDefault<'_>,
    app_user_id: Option<&Bound<'_, PyAny>>,
) -> PyResult<Deleted> {
    const NAME: &str = "DeleteAsset";
    let mut delete = DeleteAsset::new(parsed::<AssetId>(NAME, "asset_id", asset_id)?);
    if for_good.flag("for_good")? {
        delete = delete.for_good();
    }
    if let Some(id) = app_user_id {
        delete = delete.app_user_id(parsed(NAME, "app_user_id", id)?);
    }
    let deleted = call.make(py, client, |client| client.execute(&delete))?;
    Ok(Deleted::new(deleted.request_id))
}
