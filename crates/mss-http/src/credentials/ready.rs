//! Credentials in use.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mss_core::{
    Authorizer, Secret,
    signing::{Algorithm, Signer},
};
use time::{Duration, OffsetDateTime};

use super::{FoundCredentials, Identity, NotFound, Why};
use crate::fuse::KeyFuse;

/// New credentials are asked for so long before the old ones expire, where a source says nothing
/// about it; for short-lived ones it is a quarter of their life.
const MARGIN: Duration = Duration::minutes(5);

/// Credentials that calls are made with.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) found: FoundCredentials,
    pub(crate) authorizer: Authorizer,
    /// Keys are locked after a few failures; tokens aren't.
    pub(crate) fuse: Option<Arc<KeyFuse>>,
    accepted: AtomicBool,
}

impl Ready {
    /// Takes what a source has found, unless it has expired at `now`.
    pub(crate) fn new(
        mut found: FoundCredentials,
        algorithm: Algorithm,
        now: OffsetDateTime,
    ) -> Result<Self, NotFound> {
        if let Some(end) = found.expires_at {
            let life = end - now;
            if !life.is_positive() {
                let problem = format!(
                    "{} gave credentials that expired at {end}; this machine's clock says {now}",
                    found.origin
                );
                return Err(NotFound::new(Why::Invalid, problem));
            }
            found.refresh_at.get_or_insert(end - MARGIN.min(life / 4));
        }
        Ok(Self::given(found, algorithm))
    }

    pub(crate) fn given(found: FoundCredentials, algorithm: Algorithm) -> Self {
        let (authorizer, fuse) = match &found.identity {
            Identity::Keys(keys) => {
                let token = keys.security_token().map(Secret::expose);
                let secrets = [keys.secret_key().expose(), token.unwrap_or_default()];
                let signer = Signer::with_algorithm(keys, algorithm);
                (
                    Authorizer::AccessKey(Box::new(signer)),
                    Some(KeyFuse::of(keys.access_key(), &secrets)),
                )
            }
            Identity::Token(token) => (Authorizer::from(token.clone()), None),
        };
        Self {
            found,
            authorizer,
            fuse,
            accepted: AtomicBool::new(false),
        }
    }

    pub(super) fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.found.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether it is time to ask for new ones.
    pub(super) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.found.refresh_at.is_some_and(|at| at <= now)
    }

    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.found.identity == other.found.identity
    }

    /// Takes note that a call with them was accepted.
    pub(crate) fn note_accepted(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}
