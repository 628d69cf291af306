//! The file-upload side of Huawei Cloud MetaStudio, without I/O.
//!
//! Requests and responses, AK/SK signing, the decision about retries, and what each failure says
//! about the call: was it applied, was it not, or can't it be known. Input comes in, values go
//! out; there is no clock, environment, file, socket or randomness in here, so the crate fits
//! under any HTTP client. `mss-http` is the blocking one.
//!
//! ```
//! use mss_core::{Authorizer, ConfirmFileUpload, Credentials, Endpoint, Operation, Target, UploadState};
//! use time::OffsetDateTime;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::of_region("cn-north-4")?;
//! let project_id = "6a6a1f8354f64dd9b9a614def7b59d83".parse()?;
//! let target = Target { endpoint: &endpoint, project_id: &project_id };
//!
//! let file_id = "24bad716-87b1-45e5-8912-6102f7693265".parse()?;
//! let confirm = ConfirmFileUpload::new(file_id, UploadState::Created);
//! let mut request = confirm.request(&target)?;
//!
//! let authorizer = Authorizer::from(&Credentials::new("AK", "SK")?);
//! authorizer.authorize(&mut request, Some(&project_id), OffsetDateTime::now_utc())?;
//! assert!(request.headers().contains_key("authorization"));
//! // Send `request` with the HTTP client of your choice, then:
//! // check_success(&answer, false)? and confirm.parse(&answer)?
//! # Ok(()) }
//! ```
//!
//! | where | what |
//! | --- | --- |
//! | [`Operation`] and its types | one call each: [`CreateFile`], [`CreateLargeFile`], [`ConfirmFileUpload`], [`DeleteFile`], [`CreateDigitalAsset`], [`ShowAsset`], [`DeleteAsset`] |
//! | [`PutContent`], [`PutPart`], [`PartPlan`] | how content goes to the object store |
//! | [`AssetType`], [`FileState`] | what the documents demand of an asset's files; what a file's state proves |
//! | [`signing`] | signs any request |
//! | [`explain`] | why a signature was refused, for a person |
//! | [`journal`] | the lines of a batch's journal, and what they say is still to be done |
//! | [`identity`] | the calls by which credentials are got |
//! | [`retry`] | whether to try again, and when |
//! | [`Pace`] | how fast calls may follow one another |
//! | [`Fuse`], [`Clock`] | what a refusal of the signature means for the calls that follow |
//! | [`Outcome`], [`Failure`] | what a failure says about the call |
//! | [`ServiceError`], [`ObsError`] | error bodies of the service and of the object store |
//!
//! What it doesn't do: send anything, read files, find credentials.

pub mod explain;
pub mod identity;
pub mod journal;
pub mod retry;
pub mod signing;

mod answer;
mod authorization;
mod clock;
mod credentials;
mod endpoint;
mod fuse;
mod id;
mod invalid;
mod model;
mod obs_error;
mod operations;
mod outcome;
mod pacing;
mod refusal;
mod secret;
mod service_error;

pub use answer::{UnexpectedAnswer, check_success, request_id};
pub use authorization::Authorizer;
pub use clock::{CallClock, Clock, Correction, SIGNATURE_WINDOW, server_time};
pub use credentials::{Credentials, Token};
pub use endpoint::{Endpoint, is_loopback};
pub use fuse::{Entry, Fuse, Ticket, Verdict};
pub use id::{AssetId, FileId, MAX_ASSET_ID_CHARS, MAX_ID_CHARS, ProjectId};
pub use invalid::InvalidInput;
pub use model::{
    AppUserId, Asset, AssetExtras, AssetFile, AssetState, AssetType, ContentMd5, FileCategory,
    FileState, MAX_APP_USER_ID_CHARS, MAX_LARGE_FILE_SIZE, Part, PartPlan, SupportedService,
    UploadState, UploadUrl, UploadUrlPolicy,
};
pub use obs_error::ObsError;
pub use operations::{
    APP_USER_ID_HEADER, ConfirmFileUpload, ConfirmedUpload, CreateDigitalAsset, CreateFile,
    CreateLargeFile, CreatedAsset, CreatedFile, CreatedLargeFile, DeleteAsset, DeleteFile,
    DeletedAsset, DeletedFile, EXPECT_CONTINUE_ABOVE, Idempotency, MAX_ASSET_DESCRIPTION_CHARS,
    MAX_ASSET_NAME_CHARS, MAX_ASSET_TAGS, MAX_FILE_NAME_CHARS, MAX_FILE_SIZE, MAX_TAG_CHARS,
    Operation, PutContent, PutPart, REQUEST_ID_HEADER, ShowAsset, ShownAsset, StoredContent,
    Target, content_type,
};
pub use outcome::{Failure, Outcome, Phase, combined_outcome};
pub use pacing::{CallClass, Pace, Throttle};
pub use secret::Secret;
pub use service_error::{MAX_EXCERPT, ServiceError, is_unfit_for_a_line};
