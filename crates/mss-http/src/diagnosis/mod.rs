//! What a call needs, examined step by step: for the one who asks why nothing works.
//!
//! [`Client::diagnose`] looks at the settings and the credentials, goes to the service as a call
//! would, compares the clocks, and makes one call that changes nothing. A step that fails doesn't
//! keep from the others what they can still find out.
//!
//! ```no_run
//! use mss_http::{Client, diagnosis::State};
//!
//! for finding in Client::builder().region("cn-north-4").diagnose() {
//!     println!("{:?} {}: {}", finding.state, finding.step, finding.found);
//!     if let Some(advice) = &finding.advice {
//!         println!("  {advice}");
//!     }
//!     if finding.state == State::Failed {
//!         break;
//!     }
//! }
//! ```

mod finding;
mod identity;
mod service;
mod subject;
mod way;

use std::{fmt, iter::FusedIterator, slice, time::Instant};

pub use finding::{Finding, State, Step};

use crate::{Client, ClientBuilder, Error, ErrorKind, fork};
use subject::Subject;

/// An examination under way: each finding is found when it is asked for.
///
/// It ends after the last step, or with a finding of kind [`ErrorKind::Cancelled`]. Everything
/// together takes 20 s at most, whatever hangs.
pub struct Diagnosis {
    /// None where not even credentials can be looked for.
    subject: Option<Subject>,
    /// Why there is no client that could make a call.
    unbuilt: Option<Error>,
    steps: slice::Iter<'static, Step>,
}

impl Client {
    /// Examines what a call of this client needs, step by step. No step changes anything.
    ///
    /// To the service go a request without credentials, whose answer tells the time, and one
    /// signed call. That is never repeated, but for the one time that any call is when the clock
    /// or expired credentials are the reason of its refusal; and like any call it isn't made with
    /// a key that was refused in this process. Time limits and [`CancelHandle`] are the client's.
    ///
    /// [`CancelHandle`]: crate::CancelHandle
    pub fn diagnose(&self) -> Diagnosis {
        Diagnosis {
            subject: Some(Subject::new(self.clone())),
            unbuilt: None,
            steps: Step::ALL.iter(),
        }
    }
}

impl ClientBuilder {
    /// As [`Client::diagnose`], also where no client can be built: then the first finding says
    /// why, and the credentials are looked for all the same.
    pub fn diagnose(self) -> Diagnosis {
        match self.clone().build() {
            Ok(client) => client.diagnose(),
            Err(error) => Diagnosis {
                subject: self.for_credentials_alone().map(Subject::new),
                unbuilt: Some(error),
                steps: Step::ALL.iter(),
            },
        }
    }
}

impl Iterator for Diagnosis {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        let step = *self.steps.next()?;
        let _begun = fork::enter();
        let began = Instant::now();
        let mut finding = self.examine(step);
        finding.duration = began.elapsed();
        if finding.kind == Some(ErrorKind::Cancelled) {
            self.steps = [].iter();
        }
        Some(finding)
    }
}

impl FusedIterator for Diagnosis {}

impl Diagnosis {
    fn examine(&mut self, step: Step) -> Finding {
        match (&self.unbuilt, &mut self.subject) {
            (Some(error), _) if step == Step::Settings => Finding::of_error(step, error),
            (None, Some(subject)) => subject.examine(step),
            (Some(_), Some(subject)) if step == Step::Credentials => subject.examine(step),
            _ => Finding::skipped(step, "the settings have to be corrected first"),
        }
    }
}

impl fmt::Debug for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnosis").finish_non_exhaustive()
    }
}
