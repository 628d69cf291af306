//! A local `MetaStudio` with its object store: a server for people who try things out, a
//! library for tests.
//!
//! ```
//! let emulator = mss_emulator::Emulator::builder().start()?;
//! // Point any client at `emulator.url()` with these:
//! let (_project, _key, _secret) =
//!     (emulator.project_id(), emulator.access_key(), emulator.secret_key());
//! // ... and look afterwards at what arrived:
//! assert!(emulator.files().is_empty());
//! assert!(emulator.requests().is_empty());
//! # Ok::<(), mss_emulator::StartError>(())
//! ```
//!
//! It checks what the real service checks: the AK/SK signature or the token, the path, each
//! field and limit of the body, the pre-signed URL and the digest of the uploaded bytes. Where
//! the vendor's documents leave something open, the choice made here is written down in
//! `docs/emulator.md`.
//!
//! It shares no code with the client on purpose: two implementations of the signature that
//! were written apart and agree are worth more than one that agrees with itself.
//!
//! It breaks where a test wants it to: [`Fault`] orders resets, silence, slowness, lost answers
//! and refusals, at any byte of any call.
//!
//! It isn't a place to keep data: everything lives in memory and ends with the process.

mod builder;
mod clock;
mod emulator;
mod faults;
mod gateway;
mod identity;
mod object_store;
mod review;
mod secret;
mod server;
mod service;
mod tls;
mod unconnected;
mod view;

pub use builder::{Builder, StartError};
pub use emulator::Emulator;
pub use faults::{Fault, FaultError, FaultView};
pub use identity::{IdentityChange, IdentityError, MetadataService, UnknownMetadataService};
pub use review::{ReviewError, ReviewScript};
pub use service::{Limiter, UnknownLimiter};
pub use tls::{ClientCertificate, Tls, TlsCertificate};
#[doc(hidden)]
pub use unconnected::Unconnected;
pub use view::{
    AssetView, AuthenticationFailures, FileState, FileView, Operation, PutView, RequestView,
};
