//! What `metastudio upload` says at its end.

use mss_emulator::FileView;
use mss_http::{ContentMd5, UploadState, Uploaded};
use serde::Serialize;

use super::{RequestIds, UploadArgs};
use crate::{local, run::Context};

#[derive(Serialize)]
struct Json<'a> {
    file_id: &'a str,
    state: UploadState,
    size: u64,
    md5: Option<&'a str>,
    /// That of the confirmation, as `metastudio confirm` has it.
    request_id: &'a str,
    request_ids: &'a RequestIds,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back: Option<&'a FileView>,
}

pub(super) fn show(
    args: &UploadArgs,
    uploaded: &Uploaded,
    request_ids: &RequestIds,
    read_back: Option<&FileView>,
    context: &Context<'_>,
) {
    if let Some(file) = read_back {
        local::show(file, context);
        context.console.note(format_args!(
            "All of it went over HTTP, signed with AK and SK and checked by the other side. With \
             an account:\nmetastudio upload {} --asset-id ID --region cn-north-4",
            args.file.display()
        ));
    }
    if args.json {
        context.console.json(&Json {
            file_id: uploaded.file_id.as_str(),
            state: UploadState::Created,
            size: uploaded.size,
            md5: uploaded.md5.as_ref().map(ContentMd5::as_str),
            request_id: &uploaded.request_id,
            request_ids,
            read_back,
        });
    }
}
