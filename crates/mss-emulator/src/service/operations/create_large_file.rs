//! `CreateLargeFile`: registers a file in parts and hands out a URL for each.

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

/// The largest file, in bytes.
const MAX_SIZE: u64 = 500 * 1024 * 1024 * 1024;

const MAX_PARTS: u64 = 100;

const CATEGORIES: [&str; 3] = ["MAIN", "OTHER", "PACKAGE"];

pub(in super::super) fn answer(
    service: &mut Service,
    head: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let app_user_id = fields::app_user_id(head)?;
    let fields = Fields::parse(body)?;
    let file_id = service.ids.file_id();
    let announced = Announced {
        file_name: fields.text("file_name", 1..=256)?,
        file_size: fields.optional_integer("file_size", 1..=MAX_SIZE)?,
        file_type: fields.text("file_type", 1..=64)?,
        asset_id: fields.text("asset_id", 1..=64)?,
        category: fields.word("asset_file_category", 128, &CATEGORIES)?,
    };
    let count = fields.optional_integer("file_multipart_count", 1..=MAX_PARTS)?;
    let count = count.map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX));
    asset_rules::check(&service.state, &announced)?;

    let host = urls::host(service, head)?;
    let object = ObjectPath::of_file(&file_id);
    let upload_url = |part| {
        let terms = Terms {
            method: "PUT",
            // The call says nothing of either.
            content_md5: "",
            content_type: "",
            part: Some(part),
            expires: urls::expires(service, now),
        };
        service.store.presign(host, &object, &terms)
    };
    let upload_urls: Vec<String> = (1..=count).map(upload_url).collect();
    let content = Content::Parts(upload_urls.iter().map(|_| None).collect());
    let file = FileRecord::new(file_id.clone(), &announced, app_user_id, content);
    service.state.register(file, now);
    let answer = json!({"file_id": file_id, "upload_urls": upload_urls});
    Ok(Reply::json(StatusCode::OK, &answer).about(&file_id))
}
