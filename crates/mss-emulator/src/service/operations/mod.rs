//! One operation, one file.

pub(super) mod confirm_file_upload;
pub(super) mod create_file;
pub(super) mod inspect;
pub(super) mod put_object;

mod fields;
