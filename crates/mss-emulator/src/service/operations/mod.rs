//! One operation, one file.

pub(super) mod confirm_file_upload;
pub(super) mod create_digital_asset;
pub(super) mod create_file;
pub(super) mod create_large_file;
pub(super) mod delete_asset;
pub(super) mod delete_file;
pub(super) mod get_object;
pub(super) mod inspect;
pub(super) mod put_object;
pub(super) mod show_asset;

mod asset_rules;
mod fields;
mod urls;
