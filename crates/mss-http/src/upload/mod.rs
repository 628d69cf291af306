//! A file's way into the service: create, PUT, confirm.

mod content;
mod event;
mod failure;
mod put;
mod run;

pub use content::Content;
pub use event::UploadEvent;
pub use failure::{Cleanup, Stage, UploadFailure};
pub use run::{Upload, Uploaded};
