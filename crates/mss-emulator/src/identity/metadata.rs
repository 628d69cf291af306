//! How the metadata service of a cloud server behaves.

use std::{collections::HashMap, fmt, str::FromStr};

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// What the metadata service of the cloud server knows and allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataService {
    /// Keys for those with a metadata token (version 2), and for those without (version 1).
    #[default]
    V2AndV1,
    /// Keys only for those with a metadata token.
    V2Only,
    /// No metadata tokens: who asks for one hears 404.
    V1Only,
    /// Tokens, but no keys: the server was given no agency.
    NoAgency,
}

impl MetadataService {
    const ALL: [Self; 4] = [Self::V2AndV1, Self::V2Only, Self::V1Only, Self::NoAgency];

    /// The word for it in Python.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2AndV1 => "v2_and_v1",
            Self::V2Only => "v2_only",
            Self::V1Only => "v1_only",
            Self::NoAgency => "no_agency",
        }
    }
}

impl fmt::Display for MetadataService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such [`MetadataService`]; the text lists what there is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata is one of v2_and_v1, v2_only, v1_only, no_agency; not {0:?}")]
pub struct UnknownMetadataService(String);

impl FromStr for MetadataService {
    type Err = UnknownMetadataService;

    fn from_str(word: &str) -> Result<Self, UnknownMetadataService> {
        let mut all = Self::ALL.into_iter();
        all.find(|service| service.as_str() == word)
            .ok_or_else(|| UnknownMetadataService(word.to_owned()))
    }
}

/// The metadata tokens that are out.
pub(crate) struct MetadataState {
    pub(crate) service: MetadataService,
    /// SHA-256 of each, and its end.
    tokens: HashMap<[u8; 32], OffsetDateTime>,
}

impl MetadataState {
    pub(crate) fn new(service: MetadataService) -> Self {
        Self {
            service,
            tokens: HashMap::new(),
        }
    }

    pub(crate) fn add(&mut self, token: &str, expires_at: OffsetDateTime) {
        self.tokens.insert(digest(token), expires_at);
    }

    /// Whether a request with or without a token gets keys.
    pub(crate) fn admits(&self, token: Option<&str>, now: OffsetDateTime) -> bool {
        match token {
            None => self.service != MetadataService::V2Only,
            // A service without tokens doesn't know the header.
            Some(_) if self.service == MetadataService::V1Only => true,
            Some(token) => {
                let end = self.tokens.get(&digest(token));
                end.is_some_and(|end| now < *end)
            }
        }
    }

    /// Ends all tokens.
    pub(crate) fn expire(&mut self) {
        self.tokens.clear();
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
