//! A place where credentials can be found.

use std::{error::Error, fmt, sync::Arc, time::Instant};

use mss_core::InvalidInput;

use super::{Fetch, FoundCredentials, Variables};
use crate::{ErrorKind, clock::SharedClock};

/// A place where credentials can be found.
#[derive(Clone)]
pub struct CredentialSource(pub(crate) Arc<dyn Source>);

/// What stands behind a [`CredentialSource`]. It is asked on a thread of its own, one question at
/// a time.
pub(crate) trait Source: Send + Sync + fmt::Debug {
    /// Its name, for the account of what was tried: `environment`, `profile`, ...
    fn name(&self) -> &'static str;

    /// Credentials that are at hand and stay as they are.
    fn given(&self) -> Option<FoundCredentials> {
        None
    }

    /// Finds credentials, or says why there are none.
    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound>;
}

/// What a source may use while it looks.
pub(crate) struct Loading<'a> {
    pub(crate) variables: &'a Variables,
    pub(crate) fetch: &'a Fetch,
    /// The region of the client, which decides where IAM and STS are.
    pub(crate) region: Option<&'a str>,
    /// This machine's clock, as far as its error is known.
    pub(crate) clock: &'a SharedClock,
    /// When nobody waits any more.
    pub(crate) deadline: Instant,
}

/// Why a source found nothing.
#[derive(Debug, Clone)]
pub(crate) struct NotFound {
    pub(crate) why: Why,
    /// One sentence without a secret and without a full stop: `HUAWEICLOUD_SDK_AK is not set`.
    pub(crate) problem: String,
    /// What a callback failed with.
    pub(crate) source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nothing points to this source here.
    Absent,
    /// It is set up, and wrongly.
    Invalid,
    /// It is set up and didn't answer as it should; another try may help.
    Failed(ErrorKind),
    /// It was asked and said no: a wrong password, a role that may not be taken.
    Refused,
}

impl NotFound {
    pub(crate) fn new(why: Why, problem: impl Into<String>) -> Self {
        Self {
            why,
            problem: problem.into(),
            source: None,
        }
    }

    /// An input that is refused, under the name by which its giver knows it.
    pub(crate) fn renamed(error: &InvalidInput, name: &str) -> Self {
        let text = error.to_string();
        let problem = text.strip_prefix(error.field()).unwrap_or(&text);
        Self::new(Why::Invalid, format!("{name}{problem}"))
    }
}

impl CredentialSource {
    pub(crate) fn of(source: impl Source + 'static) -> Self {
        Self(Arc::new(source))
    }
}

impl fmt::Debug for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialSource({})", self.0.name())
    }
}
