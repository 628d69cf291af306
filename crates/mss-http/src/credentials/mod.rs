//! Where credentials come from, and how they are kept fresh.
//!
//! A [`CredentialSource`] finds credentials; the client keeps what was found until shortly before
//! it expires, and asks again then.

mod absent;
mod callback;
mod chain;
mod environment;
mod explicit;
mod federation;
mod fetch;
mod found;
mod iam;
mod iam_login;
mod kept;
mod metadata;
mod oidc;
mod pod;
mod profile;
mod project;
mod provider;
mod ready;
mod scope;
mod service;
mod source;
#[cfg(test)]
pub(crate) mod testing;
mod token_file;
mod variables;

pub use found::FoundCredentials;
pub use iam_login::IamPassword;
pub use kept::CredentialProvider;
pub use profile::Profile;
pub use source::CredentialSource;
pub use variables::Variables;

pub(crate) use environment::PROJECT_ID;
pub(crate) use fetch::{Fetch, Unanswered, Way};
pub(crate) use found::Identity;
pub(crate) use iam::endpoint as iam_endpoint;
pub(crate) use project::lookup_project;
pub(crate) use provider::{Around, Provider, Renewal, Unavailable};
pub(crate) use ready::Ready;
pub use scope::SourceScope;
pub(crate) use source::{Loading, NotFound, Source, Why};
