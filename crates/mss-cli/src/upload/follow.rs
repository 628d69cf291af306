//! Follows an upload: has each step shown, and knows what an end without notice would leave open.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mss_core::MAX_FILE_SIZE;
use mss_http::{AssetId, FileId, UploadEvent, UploadState};
use serde::Serialize;

use super::{args::Plan, steps};
use crate::{console::Console, run::Context, stop::Stop};

/// Who wants to know of the steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Audience {
    /// A person, in words.
    Person,
    /// A program, in JSON.
    Program,
    /// Nobody: the result is enough.
    Nobody,
}

pub(super) struct Follower<'p, 'c> {
    console: &'c Console<'c>,
    stop: &'c Stop,
    plan: &'p Plan<'p>,
    audience: Audience,
    index: usize,
    /// The path or name; none where there is only one file.
    file: Option<String>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    size: u64,
    file_id: Option<FileId>,
    new_asset: Option<AssetId>,
    request_ids: RequestIds,
}

/// The request ids of the calls; the asset's only where one was made.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct RequestIds {
    #[serde(skip_serializing_if = "Option::is_none")]
    create_asset: Option<String>,
    create: String,
    put: String,
    confirm: String,
}

impl<'p, 'c> Follower<'p, 'c> {
    /// `file` is named where there are others, too.
    pub(super) fn new(
        plan: &'p Plan<'p>,
        audience: Audience,
        (index, file): (usize, Option<String>),
        context: &Context<'c>,
    ) -> Self {
        Self {
            console: context.console,
            stop: context.stop,
            plan,
            audience,
            index,
            file,
            seen: Mutex::default(),
        }
    }

    pub(super) fn saw(&self, event: &UploadEvent) {
        match self.audience {
            Audience::Person => steps::show(event, self.seen().size, self.console),
            Audience::Program => {
                let file = self.file.as_deref().unwrap_or_default();
                steps::show_json(event, (self.index, file), self.console);
            }
            Audience::Nobody => {}
        }
        self.note(event);
    }

    /// The file has come to its end, so nothing of it is left open.
    pub(super) fn ended(&self) {
        self.stop.file_left_open(self.index, String::new());
    }

    pub(super) fn request_ids(&self) -> RequestIds {
        self.seen().request_ids.clone()
    }

    /// Keeps what is needed later, and what an end without notice would leave open.
    fn note(&self, event: &UploadEvent) {
        let mut seen = self.seen();
        let left_open = match event {
            UploadEvent::Inspected { size } => {
                seen.size = *size;
                if *size <= MAX_FILE_SIZE {
                    return;
                }
                seen.before_create()
            }
            UploadEvent::Hashed { .. } => seen.before_create(),
            UploadEvent::AssetCreated {
                asset_id,
                request_id,
            } => {
                seen.new_asset = Some(asset_id.clone());
                seen.request_ids.create_asset = Some(request_id.clone());
                seen.before_create()
            }
            UploadEvent::Created {
                file_id,
                request_id,
            } => {
                seen.file_id = Some(file_id.clone());
                seen.request_ids.create.clone_from(request_id);
                format!(
                    "file {file_id} is registered and still open: close it with {}",
                    self.plan
                        .next
                        .confirm(file_id, UploadState::Cancelled, None)
                )
            }
            UploadEvent::Expired { .. } => {
                seen.file_id = None;
                seen.before_create()
            }
            UploadEvent::Stored { request_id } => {
                seen.request_ids.put.clone_from(request_id);
                let Some(file_id) = &seen.file_id else { return };
                let asset_id = seen.new_asset.as_ref().or(self.plan.asset_id(self.index));
                let next = &self.plan.next;
                format!(
                    "file {file_id} may be CREATED already; make sure of it, with no other \
                     state: {}",
                    next.confirm(file_id, UploadState::Created, asset_id)
                )
            }
            UploadEvent::Confirmed { request_id } => {
                seen.request_ids.confirm.clone_from(request_id);
                match &seen.file_id {
                    Some(file_id) => format!("file {file_id} is CREATED"),
                    None => return,
                }
            }
            _ => return,
        };
        drop(seen);
        self.left_open(&left_open);
    }

    fn left_open(&self, text: &str) {
        // The journal knows, and nobody is to do by hand what resuming it does.
        if self.plan.again().is_some() {
            return;
        }
        match &self.file {
            Some(file) => self
                .stop
                .file_left_open(self.index, format!("{file}: {text}")),
            None => self.stop.in_order(text),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// While the call that registers the file may be under way.
    fn before_create(&self) -> String {
        let text = "a file may have been registered whose id nobody knows";
        match &self.new_asset {
            Some(asset) => format!("{text}; its new asset {asset} is there"),
            None => text.to_owned(),
        }
    }
}
