//! Follows an upload: shows each step, and knows what an end without notice would leave open.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mss_http::UploadEvent;
use serde::Serialize;

use crate::{Stop, console::Console, run::Context};

pub(super) struct Progress<'a> {
    console: &'a Console<'a>,
    stop: &'a Stop,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    size: u64,
    file_id: String,
    request_ids: RequestIds,
}

/// The request ids of the three calls.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct RequestIds {
    create: String,
    put: String,
    confirm: String,
}

impl<'a> Progress<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        context.stop.in_order("nothing was sent");
        Self {
            console: context.console,
            stop: context.stop,
            seen: Mutex::default(),
        }
    }

    pub(super) fn saw(&self, event: UploadEvent) {
        let mut seen = self.seen();
        let left_open = match event {
            UploadEvent::Hashed { size, md5 } => {
                let what = format!("{}, MD5 {}", bytes(size), md5.as_str());
                self.console.step("read", &what, None);
                seen.size = size;
                "a file may have been registered whose id nobody knows".to_owned()
            }
            UploadEvent::Created {
                file_id,
                request_id,
            } => {
                self.console
                    .step("created", &format!("file {file_id}"), Some(&request_id));
                seen.file_id = file_id.to_string();
                seen.request_ids.create = request_id;
                format!(
                    "file {file_id} is registered and still open: close it with metastudio \
                     confirm {file_id} --state CANCELLED"
                )
            }
            UploadEvent::Stored { request_id } => {
                self.console
                    .step("put", &bytes(seen.size), Some(&request_id));
                seen.request_ids.put = request_id;
                format!(
                    "file {} may be CREATED already: confirm it as CREATED again, as nothing else",
                    seen.file_id
                )
            }
            UploadEvent::Confirmed { request_id } => {
                self.console.step("confirmed", "CREATED", Some(&request_id));
                seen.request_ids.confirm = request_id;
                String::new()
            }
            // A step that this command has no words for.
            _ => return,
        };
        self.stop.in_order(left_open);
    }

    pub(super) fn request_ids(&self) -> RequestIds {
        self.seen().request_ids.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bytes(size: u64) -> String {
    if size == 1 {
        "1 byte".to_owned()
    } else {
        format!("{size} bytes")
    }
}
