//! Values that stand in requests and responses.

mod app_user_id;
mod asset;
mod asset_file;
mod asset_state;
mod asset_type;
mod file_category;
mod file_state;
mod md5;
mod part_plan;
mod supported_service;
mod upload_state;
mod upload_url;
mod words;

pub use app_user_id::{AppUserId, MAX_APP_USER_ID_CHARS};
pub use asset::{Asset, AssetExtras};
pub use asset_file::AssetFile;
pub use asset_state::AssetState;
pub use asset_type::AssetType;
pub use file_category::FileCategory;
pub use file_state::FileState;
pub use md5::ContentMd5;
pub use part_plan::{MAX_LARGE_FILE_SIZE, Part, PartPlan};
pub use supported_service::SupportedService;
pub use upload_state::UploadState;
pub use upload_url::{UploadUrl, UploadUrlPolicy};
