//! The steps of an upload, as they are shown to a person or a program.

use mss_core::MAX_FILE_SIZE;
use mss_http::{FileState, UploadEvent};
use serde::Serialize;

use crate::{console::Console, words::count};

/// In words. `size` is that of the content.
pub(super) fn show(event: &UploadEvent, size: u64, console: &Console<'_>) {
    let bytes = |size| count(size, "byte");
    let shown = |state: Option<&FileState>| match state {
        Some(state) => state.as_str().to_owned(),
        None => "the asset doesn't show the file".to_owned(),
    };
    let (verb, what, request_id) = match event {
        UploadEvent::Inspected { size } if *size > MAX_FILE_SIZE => (
            "looked at",
            format!("{}, sent in parts", bytes(*size)),
            None,
        ),
        UploadEvent::Hashed { size, md5 } => (
            "read",
            format!("{}, MD5 {}", bytes(*size), md5.as_str()),
            None,
        ),
        UploadEvent::AssetCreated {
            asset_id,
            request_id,
        } => ("created", format!("asset {asset_id}"), Some(request_id)),
        UploadEvent::Created {
            file_id,
            request_id,
        } => ("created", format!("file {file_id}"), Some(request_id)),
        UploadEvent::Expired { file_id } => {
            let what = format!("its URL; file {file_id} was CANCELLED");
            ("expired", what, None)
        }
        UploadEvent::Stored { request_id } => ("put", bytes(size), Some(request_id)),
        UploadEvent::LookedUp { state } => ("looked up", shown(state.as_ref()), None),
        UploadEvent::Confirmed { request_id } => {
            ("confirmed", "CREATED".to_owned(), Some(request_id))
        }
        UploadEvent::Reviewing { state } => ("reviewing", shown(Some(state)), None),
        _ => return,
    };
    console.step(verb, &what, request_id.map(String::as_str));
}

/// A step for a program. What doesn't belong to it is left out.
#[derive(Default, Serialize)]
struct Json<'a> {
    r#type: &'static str,
    event: &'static str,
    index: usize,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// As a line of JSON: of which file, by number and by path or name.
pub(super) fn show_json(event: &UploadEvent, (index, file): (usize, &str), console: &Console<'_>) {
    let mut json = Json {
        r#type: "event",
        index,
        file,
        ..Json::default()
    };
    match event {
        UploadEvent::Inspected { size } => {
            json.event = "inspected";
            json.size = Some(*size);
        }
        UploadEvent::Hashed { size, md5 } => {
            json.event = "hashed";
            json.size = Some(*size);
            json.md5 = Some(md5.as_str());
        }
        UploadEvent::AssetCreated {
            asset_id,
            request_id,
        } => {
            json.event = "asset_created";
            json.asset_id = Some(asset_id.as_str());
            json.request_id = Some(request_id);
        }
        UploadEvent::Created {
            file_id,
            request_id,
        } => {
            json.event = "created";
            json.file_id = Some(file_id.as_str());
            json.request_id = Some(request_id);
        }
        UploadEvent::Expired { file_id } => {
            json.event = "expired";
            json.file_id = Some(file_id.as_str());
        }
        UploadEvent::Stored { request_id } => {
            json.event = "stored";
            json.request_id = Some(request_id);
        }
        UploadEvent::LookedUp { state } => {
            json.event = "looked_up";
            json.seen_state = state.as_ref().map(FileState::as_str);
        }
        UploadEvent::Confirmed { request_id } => {
            json.event = "confirmed";
            json.request_id = Some(request_id);
        }
        UploadEvent::Reviewing { state } => {
            json.event = "reviewing";
            json.seen_state = Some(state.as_str());
        }
        // A step that this command has no word for.
        _ => return,
    }
    console.json(&json);
}
