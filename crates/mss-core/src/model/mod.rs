//! Values that stand in requests and responses.

mod app_user_id;
mod file_category;
mod md5;
mod upload_state;
mod upload_url;

pub use app_user_id::{AppUserId, MAX_APP_USER_ID_CHARS};
pub use file_category::FileCategory;
pub use md5::ContentMd5;
pub use upload_state::UploadState;
pub use upload_url::{UploadUrl, UploadUrlPolicy};
