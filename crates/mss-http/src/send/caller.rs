//! Who calls: credentials that may be used now, or why there are none.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Error, ErrorKind,
    client::{Settings, Shared},
    credentials::{Ready, Renewal, Unavailable, Why},
    fork,
    fuse::{Admission, FirstRefusal, Held},
};

/// Credentials, and the leave to make one attempt with them.
pub(super) struct Caller {
    pub(super) ready: Arc<Ready>,
    /// None for tokens, for which nothing is locked.
    pub(super) admission: Option<Admission>,
}

/// Finds credentials that may be used now. Where they were refused before, the source may have
/// others by now.
pub(super) fn caller(
    shared: &Shared,
    settings: &Settings,
    operation: &'static str,
    deadline: Instant,
) -> Result<Caller, Error> {
    let ready = credentials(shared, settings, operation, deadline)?;
    let held = match admit(&ready, settings, deadline) {
        Ok(admission) => return Ok(Caller { ready, admission }),
        Err(held) => held,
    };
    if let Held::Open { .. } = held {
        let renewed = shared
            .provider
            .renew(&ready, Renewal::Held, &settings.interrupt, deadline);
        match renewed {
            Ok(Some(other)) => {
                let admission = admit(&other, settings, deadline);
                let admission = admission.map_err(|held| not_admitted(operation, held))?;
                return Ok(Caller {
                    ready: other,
                    admission,
                });
            }
            Err(Unavailable::Cancelled) => return Err(cancelled(operation)),
            // The refusal is what the caller should hear of.
            Ok(None) | Err(_) => {}
        }
    }
    Err(not_admitted(operation, held))
}

/// Credentials that haven't expired.
pub(crate) fn credentials(
    shared: &Shared,
    settings: &Settings,
    operation: &'static str,
    deadline: Instant,
) -> Result<Arc<Ready>, Error> {
    let found = shared.provider.get(&settings.interrupt, deadline);
    found.map_err(|why| no_credentials(operation, why))
}

fn admit(ready: &Ready, settings: &Settings, deadline: Instant) -> Result<Option<Admission>, Held> {
    let enter = |fuse: &Arc<_>| crate::fuse::KeyFuse::enter(fuse, &settings.interrupt, deadline);
    ready.fuse.as_ref().map(enter).transpose()
}

fn not_admitted(operation: &'static str, held: Held) -> Error {
    match held {
        Held::Cancelled => cancelled(operation),
        Held::TimedOut => {
            let text = "no answer in time to the call that shows whether the key is good";
            Error::unsent(ErrorKind::Timeout, operation, text)
        }
        Held::Open { first, retry_in } => {
            let text = format!("not tried, since this key was refused before: {first}");
            Error::unsent(ErrorKind::Authentication, operation, text)
                .with_retry_after(whole_seconds(retry_in))
                .with_explanation(first.explanation.clone())
        }
    }
}

/// Why a call can't be made for want of credentials.
pub(crate) fn no_credentials(operation: &'static str, why: Unavailable) -> Error {
    let not_found = match why {
        Unavailable::NotFound(not_found) => not_found,
        Unavailable::Cancelled => return cancelled(operation),
        Unavailable::TimedOut => {
            let text = "the source of credentials didn't answer in time";
            return Error::unsent(ErrorKind::Timeout, operation, text);
        }
        Unavailable::InSource => {
            let text = "the source of credentials makes a call that needs its own answer; give it \
                        a client of its own";
            return Error::unsent(ErrorKind::InvalidConfig, operation, text);
        }
    };
    let kind = match not_found.why {
        Why::Absent | Why::Invalid => ErrorKind::InvalidCredentials,
        Why::Failed(kind) => kind,
        Why::Refused => ErrorKind::Authentication,
    };
    let text = format!("no usable credentials: {}", not_found.problem);
    let error = Error::unsent(kind, operation, text);
    match not_found.source {
        Some(source) => error.with_source(io::Error::other(source)),
        None => error,
    }
}

fn cancelled(operation: &'static str) -> Error {
    Error::unsent(ErrorKind::Cancelled, operation, fork::why_ended())
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

impl std::fmt::Display for FirstRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(status) = self.status {
            write!(f, "status {status} ")?;
        }
        if let Some(code) = &self.error_code {
            write!(f, "{code}, ")?;
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}
