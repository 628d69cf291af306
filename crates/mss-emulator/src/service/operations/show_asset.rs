//! `ShowAsset`: an asset and the states of its files.

use http::{StatusCode, request::Parts};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    super::{
        Service,
        refusal::Refusal,
        reply::Reply,
        state::{FileRecord, Life},
    },
    fields, urls,
};
use crate::{
    clock,
    object_store::{ObjectPath, Terms},
    view::FileState,
};

#[derive(Serialize)]
struct Answer<'a> {
    project_id: &'a str,
    asset_id: &'a str,
    asset_state: &'a str,
    create_time: String,
    update_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    produce_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_user_id: Option<&'a str>,
    files: Vec<ShownFile<'a>>,
    #[serde(flatten)]
    fields: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
struct ShownFile<'a> {
    file_id: &'a str,
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_md5: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
    file_type: &'a str,
    asset_file_category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
    state: FileState,
}

pub(in super::super) fn answer(
    service: &mut Service,
    head: &Parts,
    asset_id: &str,
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    fields::app_user_id(head)?;
    let host = urls::host(service, head)?;
    let asset = service.state.asset(asset_id);
    let asset = asset
        .filter(|asset| asset.life != Life::Deleted)
        .ok_or(Refusal::NotFound)?;
    let created = asset.created.as_ref();
    let files = service.state.files_of(asset);
    let answer = Answer {
        project_id: &service.project_id,
        asset_id,
        asset_state: asset.state(service.state.main_file(asset)),
        create_time: clock::rfc3339(asset.created_at),
        update_time: clock::rfc3339(asset.updated_at),
        produce_id: created.map(|created| created.produce_id.as_str()),
        asset_type: asset.asset_type(),
        app_user_id: created.and_then(|created| created.app_user_id.as_deref()),
        files: files.map(|file| show(service, host, file, now)).collect(),
        fields: created.map(|created| &created.fields),
    };
    let reply = Reply::json(StatusCode::OK, &answer);
    service.state.shown(asset_id);
    Ok(reply)
}

fn show<'a>(
    service: &Service,
    host: &str,
    file: &'a FileRecord,
    now: OffsetDateTime,
) -> ShownFile<'a> {
    let state = file.shown_state();
    let readable = matches!(
        state,
        FileState::Created | FileState::Uploaded | FileState::Review
    );
    let download_url = readable.then(|| {
        let terms = Terms {
            method: "GET",
            content_md5: "",
            content_type: "",
            part: None,
            expires: urls::expires(service, now),
        };
        let object = ObjectPath::of_file(&file.file_id);
        service.store.presign(host, &object, &terms)
    });
    ShownFile {
        file_id: &file.file_id,
        file_name: &file.file_name,
        file_md5: file.content.announced_md5(),
        file_size: file.file_size,
        file_type: &file.file_type,
        asset_file_category: &file.category,
        download_url,
        state,
    }
}
