//! Temporary keys for an identity provider's token, as IAM federates it.

use std::path::PathBuf;

use super::{FoundCredentials, Loading, NotFound, Why};

/// An identity provider of IAM and the file in which its token is kept fresh.
#[derive(Debug)]
pub(super) struct IdToken {
    pub(super) idp_id: String,
    pub(super) id_token_file: PathBuf,
    pub(super) project_id: Option<String>,
    pub(super) domain_id: Option<String>,
    pub(super) iam_endpoint: Option<String>,
}

impl IdToken {
    pub(super) fn load(&self, _: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let problem = format!("{} isn't read yet", self.id_token_file.display());
        Err(NotFound::new(Why::Invalid, problem))
    }
}
