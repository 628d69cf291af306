//! `CreateFile`: registers a file and hands out the URL for its content.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{StatusCode, request::Parts};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    super::{
        Service,
        refusal::Refusal,
        reply::Reply,
        state::{Announced, Content, FileRecord},
    },
    asset_rules,
    fields::{self, Fields},
    urls,
};
use crate::object_store::{ObjectPath, Terms};

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
    let file_id = service.ids.file_id();
    let file_name = fields.text("file_name", 1..=256)?;
    let md5 = md5(&fields)?;
    let announced = Announced {
        file_name,
        file_size: Some(fields.integer("file_size", 1..=MAX_SIZE)?),
        file_type: fields.text("file_type", 1..=64)?,
        asset_id: fields.text("asset_id", 1..=64)?,
        category: fields.word("asset_file_category", 128, &CATEGORIES)?,
    };
    asset_rules::check(&service.state, &announced)?;

    let upload_url = service.store.presign(
        urls::host(service, head)?,
        &ObjectPath::of_file(&file_id),
        &Terms {
            method: "PUT",
            content_md5: md5,
            content_type: content_type(announced.file_type),
            part: None,
            expires: urls::expires(service, now),
        },
    );
    let content = Content::Whole {
        md5: md5.to_owned(),
        object: None,
    };
    let file = FileRecord::new(file_id.clone(), &announced, app_user_id, content);
    service.state.register(file, now);
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
