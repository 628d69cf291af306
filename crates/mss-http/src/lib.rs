//! A blocking client for the file-upload side of Huawei Cloud MetaStudio.
//!
//! After every call the caller knows whether it was applied, was not, or can't be known.
//!
//! ```no_run
//! use mss_http::{Client, UploadState};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Credentials and project from the usual places: see `CredentialSource::default_chain`.
//! let client = Client::builder().region("cn-north-4").build()?;
//! let file_id = "24bad716-87b1-45e5-8912-6102f7693265".parse()?;
//! let confirmed = client.confirm_file_upload(&file_id, UploadState::Created)?;
//! println!("{}", confirmed.request_id);
//! # Ok(()) }
//! ```
//!
//! | to ... | use |
//! | --- | --- |
//! | upload a file: create, PUT, confirm | [`Client::upload`], [`Client::upload_many`] |
//! | keep a journal of a batch, and finish it after a crash | [`journal`], [`ManyOptions::journal`], [`Client::resume`] |
//! | make one call | [`Client::confirm_file_upload`], [`Client::create_file`], [`Client::put_content`], [`Client::execute`] |
//! | confirm, and look up what isn't known | [`Client::settle_file_upload`] |
//! | make a call that is missing here | [`Client::execute`] with an [`Operation`] of your own |
//! | say where credentials come from | [`ClientBuilder::credentials`], [`ClientBuilder::credential_source`] with a [`CredentialSource`] |
//! | sign requests of one's own | [`CredentialProvider`] with [`mss_core::signing::Signer`] |
//! | set timeouts, retries, a cancel handle | [`ClientBuilder`], [`CallOptions`] with [`Client::with_options`] |
//! | find out why nothing works | [`Client::diagnose`], [`ClientBuilder::diagnose`] |
//! | watch every attempt: metrics, traces | [`ClientBuilder::on_attempt`] |
//! | find out what a failure means | [`Error::outcome`], [`Error::kind`] |
//!
//! Defaults are safe: 5 s to connect, 20 s an attempt, 3 attempts within 60 s, TLS verified, no
//! redirects followed, answers capped at 64 KiB. A key that was refused is left alone by
//! the whole process for five minutes, because more than five refusals lock it; only with a
//! corrected clock or renewed credentials a call is repeated, once. A client is cheap to clone and its clones share one pool of
//! connections; it can be used from many threads at once.
//!
//! The crate turns the `log` level TRACE off at compile time, because ureq writes requests with
//! their keys to it.
//!
//! What it doesn't do: async, the other MetaStudio calls, HTTP/2.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/journal.md")]
struct JournalPage;

mod batch;
mod client;
mod clock;
mod config_file;
mod credentials;
pub mod diagnosis;
mod error;
mod event;
mod explanation;
pub mod fork;
mod fuse;
mod interrupt;
pub mod journal;
mod pacer;
mod regions;
mod send;
mod transport;
mod upload;

pub use batch::{Batch, BatchItem, Confirmation, Confirmations, OpenEntries};
pub use client::{CallOptions, Client, ClientBuilder};
pub use credentials::{
    CredentialProvider, CredentialSource, FoundCredentials, IamPassword, Profile, SourceScope,
    Variables,
};
pub use error::{Attempt, Error, ErrorKind};
pub use event::AttemptEvent;
pub use interrupt::CancelHandle;
pub use mss_core::{
    AppUserId, AssetId, AssetType, CallClass, ConfirmFileUpload, ConfirmedUpload, ContentMd5,
    CreateDigitalAsset, CreateFile, CreateLargeFile, CreatedAsset, CreatedFile, CreatedLargeFile,
    Credentials, DeleteAsset, DeleteFile, Endpoint, FileCategory, FileId, FileState, Idempotency,
    InvalidInput, Operation, Outcome, ProjectId, Secret, ShowAsset, ShownAsset, StoredContent,
    Target, Token, UnexpectedAnswer, UploadState, UploadUrl,
    identity::TokenScope,
    signing::{Algorithm, KeyScope},
};
pub use pacer::Rate;
pub use transport::Proxy;
pub use upload::{
    AssetCleanup, Cleanup, Content, Destination, ManyOptions, ManyProgress, Progress,
    ResumeOptions, Resumed, Resumption, SettledUpload, Source, Stage, Upload, UploadEvent,
    UploadFailure, Uploaded,
};
