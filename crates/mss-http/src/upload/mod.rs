//! A file's way into the service: create, PUT, confirm.

mod body;
mod cleaning;
mod content;
mod diary;
mod event;
mod failure;
mod hash;
mod item;
mod large;
mod many;
mod md5;
mod plan;
mod prepare;
mod progress;
mod put;
mod range_reader;
mod resume;
mod review;
mod run;
mod settle;
mod source;
mod spool;
mod team;
mod turns;

pub use content::Content;
pub use event::UploadEvent;
pub use failure::{AssetCleanup, Cleanup, Stage, UploadFailure};
pub use many::{ManyOptions, ManyProgress};
pub use plan::{Destination, Upload, Uploaded};
pub use progress::Progress;
pub use resume::{ResumeOptions, Resumed, Resumption};
pub use settle::SettledUpload;
pub use source::Source;
