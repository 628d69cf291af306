//! User tokens: the one that is there from the start, and those from logins.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// By SHA-256: the tokens themselves, of several kilobytes each, aren't kept.
pub(crate) struct Tokens(HashMap<[u8; 32], Token>);

struct Token {
    /// `None`: never.
    expires_at: Option<OffsetDateTime>,
    /// The only project that it opens; `None` for the account, which opens none.
    project_id: Option<String>,
}

/// What a token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// The project that it opens, if any.
    Good(Option<&'a str>),
    Expired,
    Unknown,
}

impl Tokens {
    /// With one that opens a project and doesn't end.
    pub(crate) fn new(token: &str, project_id: String) -> Self {
        let first = Token {
            expires_at: None,
            project_id: Some(project_id),
        };
        Self(HashMap::from([(digest(token), first)]))
    }

    pub(crate) fn add(
        &mut self,
        token: &str,
        expires_at: OffsetDateTime,
        project_id: Option<String>,
    ) {
        let expires_at = Some(expires_at);
        let token_of = Token {
            expires_at,
            project_id,
        };
        self.0.insert(digest(token), token_of);
    }

    pub(crate) fn standing(&self, token: &str, now: OffsetDateTime) -> Standing<'_> {
        match self.0.get(&digest(token)) {
            None => Standing::Unknown,
            Some(token) if token.expires_at.is_some_and(|end| end <= now) => Standing::Expired,
            Some(token) => Standing::Good(token.project_id.as_deref()),
        }
    }

    /// Ends all of them, the first included.
    pub(crate) fn expire(&mut self, now: OffsetDateTime) {
        for token in self.0.values_mut() {
            token.expires_at = Some(token.expires_at.map_or(now, |end| end.min(now)));
        }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
