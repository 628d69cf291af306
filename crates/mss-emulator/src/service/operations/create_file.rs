//! `CreateFile`: registers a file and hands out the URL for its content.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{StatusCode, header, request::Parts};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    super::{Service, refusal::Refusal, reply::Reply, state::Record},
    fields::{self, Fields},
};
use crate::{
    object_store::{ObjectPath, UploadTerms},
    view::FileState,
};

/// The largest file that a plain upload takes, in bytes.
const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

const CATEGORIES: [&str; 7] = [
    "MAIN",
    "COVER",
    "PAGE",
    "SAMPLE",
    "OTHER",
    "TEMPORARY",
    "PACKAGE",
];

pub(in super::super) fn answer(
    service: &mut Service,
    head: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let app_user_id = fields::app_user_id(head)?;
    let fields = Fields::parse(body)?;
    let file = Record {
        file_id: service.ids.file_id(),
        file_name: fields.text("file_name", 1..=256)?.to_owned(),
        file_md5: md5(&fields)?.to_owned(),
        file_size: fields.integer("file_size", 1..=MAX_SIZE)?,
        file_type: fields.text("file_type", 1..=64)?.to_owned(),
        asset_id: fields.text("asset_id", 1..=64)?.to_owned(),
        category: category(&fields)?.to_owned(),
        app_user_id,
        state: FileState::Creating,
        object: None,
    };
    if file.category == "MAIN" && service.state.has_main_file(&file.asset_id) {
        return Err(Refusal::invalid("asset_id: has a MAIN file already"));
    }

    let lifetime = i64::try_from(service.url_lifetime.as_secs()).unwrap_or(i64::MAX);
    let upload_url = service.store.presign(
        host(service, head)?,
        &ObjectPath::of_file(&file.file_id),
        &UploadTerms {
            content_md5: &file.file_md5,
            content_type: content_type(&file.file_type),
            expires: now.unix_timestamp().saturating_add(lifetime),
        },
    );
    let file_id = file.file_id.clone();
    service.state.register(file);
    let answer = json!({"file_id": file_id, "upload_url": upload_url});
    Ok(Reply::json(StatusCode::OK, &answer).about(&file_id))
}

fn md5(fields: &Fields) -> Result<&str, Refusal> {
    let text = fields.text("file_md5", 24..=24)?;
    match STANDARD.decode(text) {
        Ok(digest) if digest.len() == 16 => Ok(text),
        _ => Err(Refusal::invalid("file_md5: not the base64 of 16 bytes")),
    }
}

fn category(fields: &Fields) -> Result<&str, Refusal> {
    let text = fields.text("asset_file_category", 1..=128)?;
    if CATEGORIES.contains(&text) {
        Ok(text)
    } else {
        Err(Refusal::invalid("asset_file_category: unknown"))
    }
}

/// The `Content-Type` that the upload must carry, by the vendor's table.
fn content_type(file_type: &str) -> &'static str {
    match file_type.to_ascii_lowercase().as_str() {
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "png" => "image/png",
        "mp4" => "video/mp4",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}

/// The host under which this client sees the emulator.
fn host<'a>(service: &'a Service, head: &'a Parts) -> Result<&'a str, Refusal> {
    let host = match head.headers.get(header::HOST) {
        Some(value) => value.to_str().unwrap_or_default(),
        None => head
            .uri
            .authority()
            .map_or(service.own_host.as_str(), http::uri::Authority::as_str),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_plain) {
        return Err(Refusal::invalid("Host: not a host name"));
    }
    Ok(host)
}
