//! One attempt: signed by the clock as it is known, sent, judged, and told to the fuse.

use std::{sync::Arc, time::Instant};

use http::{Request, Response};
use mss_core::{
    Authorizer, CallClock, Correction, Failure, ServiceError, UnexpectedAnswer, Verdict, request_id,
};
use time::OffsetDateTime;

use super::{
    Answered, Failed, Sendable,
    caller::{Caller, caller, no_credentials},
};
use crate::{
    Error, ErrorKind,
    client::{Settings, Shared},
    credentials::{Ready, Renewal},
    error::Redactor,
    explanation::explain_refusal,
    fuse::FirstRefusal,
    transport::{Call, Exchanged, Limits, exchange},
};

/// How an attempt ended.
pub(super) enum Attempted<R> {
    Done(R, Answered),
    Failed(Failed),
    /// It failed, and looking for other credentials was ended.
    Left(Failed, Error),
    /// It was refused, and for a reason that is gone: another clock, other credentials.
    Again(Failed),
}

/// Makes the attempts of one call.
pub(super) struct Sender<'a> {
    shared: &'a Shared,
    settings: &'a Settings,
    started: Instant,
    clock: CallClock,
    has_renewed: bool,
}

impl<'a> Sender<'a> {
    pub(super) fn new(shared: &'a Shared, settings: &'a Settings, started: Instant) -> Self {
        Self {
            shared,
            settings,
            started,
            clock: CallClock::default(),
            has_renewed: false,
        }
    }

    /// One attempt. The error is one that no attempt could change.
    pub(super) fn attempt<S: Sendable>(
        &mut self,
        call: &S,
        fresh_connection: bool,
    ) -> Result<Attempted<S::Response>, Error> {
        let subject = call.subject();
        let mut request = call
            .request()
            .map_err(|error| Error::invalid_input(S::NAME, &error).with_subject(subject))?;
        check_destination(call, &request)?;
        let deadline = self.started + self.settings.policy.total;
        let Caller { ready, admission } = caller(self.shared, self.settings, S::NAME, deadline)
            .map_err(|error| error.with_subject(subject))?;
        let wall = OffsetDateTime::now_utc();
        let now = self
            .shared
            .clock
            .with(|clock| self.clock.signing_time(clock, wall));
        ready
            .authorizer
            .authorize(&mut request, call.project_id(), now)
            .map_err(|error| {
                Error::unsent(ErrorKind::InvalidInput, S::NAME, error.to_string())
                    .with_subject(subject)
            })?;
        let exchanged = match exchange(
            &self.shared.connections.agent(),
            request,
            self.transport_call::<S>(fresh_connection),
        ) {
            Ok(exchanged) => exchanged,
            // The admission goes without a verdict: nothing is known.
            Err(fault) => return Ok(Attempted::Failed(fault.into())),
        };
        let correction = self.shared.clock.with(|clock| {
            // A token has no time in it that could be wrong.
            let is_signed = matches!(ready.authorizer, Authorizer::AccessKey(_));
            is_signed.then(|| self.clock.correct(clock, &exchanged.answer))?
        });
        let verdict = Verdict::of(&exchanged.answer);
        if verdict == Verdict::Accepted {
            ready.note_accepted();
        }
        let renewal = renewal_after(&exchanged.answer);
        let redactor = &self.shared.redactor;
        let answer = &exchanged.answer;
        let explanation = explain_refusal(call, &ready.authorizer, redactor, answer, now);
        let id = || request_id(answer.headers()).map(str::to_owned);
        let answered = Answered {
            status: answer.status().as_u16(),
            request_id: self.shared.observer.is_watching().then(id).flatten(),
        };
        let failed = match judge(call, redactor, exchanged, now) {
            Ok(response) => {
                ready.note_accepted();
                if let Some(admission) = admission {
                    admission.report(Verdict::Accepted);
                }
                return Ok(Attempted::Done(response, answered));
            }
            Err(failed) => Failed {
                explanation,
                ..*failed
            },
        };
        if let Some(admission) = admission {
            let verdict = if correction.is_some() {
                Verdict::ClockCorrected(())
            } else {
                verdict
            };
            admission.report(verdict.with(|| first_refusal(&failed, &self.shared.redactor)));
        }
        if let Some(correction) = correction {
            warn(S::NAME, correction);
            return Ok(Attempted::Again(failed));
        }
        let Some(why) = renewal else {
            return Ok(Attempted::Failed(failed));
        };
        Ok(match self.renews(&ready, why, S::NAME, deadline) {
            Ok(true) => Attempted::Again(failed),
            Ok(false) => Attempted::Failed(failed),
            Err(error) => Attempted::Left(failed, error.with_subject(subject)),
        })
    }

    /// Whether there are other credentials for a repeat, of which there is one.
    fn renews(
        &mut self,
        refused: &Arc<Ready>,
        why: Renewal,
        operation: &'static str,
        deadline: Instant,
    ) -> Result<bool, Error> {
        if self.has_renewed {
            return Ok(false);
        }
        self.has_renewed = true;
        let interrupt = &self.settings.interrupt;
        let provider = &self.shared.provider;
        match provider.renew(refused, why, interrupt, deadline) {
            Ok(renewed) => Ok(renewed.is_some()),
            Err(why) => {
                let error = no_credentials(operation, why);
                if error.kind() == ErrorKind::Cancelled {
                    return Err(error);
                }
                // What the service said is what the caller should hear of.
                log::warn!("{operation} was refused, and {}", error.message());
                Ok(false)
            }
        }
    }

    fn transport_call<S: Sendable>(&self, fresh_connection: bool) -> Call {
        let policy = &self.settings.policy;
        let limits = Limits {
            deadline: Some(Instant::now() + policy.attempt_time(self.started.elapsed())),
            connect: self.settings.connect,
            stall: None,
            answer: S::ANSWER_LIMIT,
        };
        Call::new(limits, self.settings.interrupt.clone(), fresh_connection)
    }
}

/// Credentials go to the call's endpoint and nowhere else, whatever an operation asks for.
fn check_destination<S: Sendable>(call: &S, request: &Request<Vec<u8>>) -> Result<(), Error> {
    let endpoint = call.endpoint();
    if endpoint.is_origin_of(request.uri()) {
        return Ok(());
    }
    let problem = format!("the operation's request doesn't go to {endpoint}");
    Err(Error::unsent(ErrorKind::InvalidInput, S::NAME, problem))
}

fn judge<S: Sendable>(
    call: &S,
    redactor: &Redactor,
    exchanged: Exchanged,
    now: OffsetDateTime,
) -> Result<S::Response, Box<Failed>> {
    let Exchanged { answer, body_fault } = exchanged;
    let status = answer.status().as_u16();
    if !(200..300).contains(&status) {
        return Err(Box::new(Failed::refused(redactor, &answer, now)));
    }
    if let Some(fault) = body_fault {
        return Err(Box::new(Failed {
            status: Some(status),
            request_id: request_id(answer.headers()).map(str::to_owned),
            ..Failed::from(fault)
        }));
    }
    let untrusted = |unexpected: UnexpectedAnswer| Failed {
        kind: ErrorKind::UnexpectedResponse,
        failure: Failure::Untrusted,
        status: Some(status),
        error_code: None,
        message: unexpected.to_string(),
        request_id: request_id(answer.headers()).map(str::to_owned),
        retry_after: None,
        registered: unexpected.registered().cloned().map(Box::new),
        source: None,
        explanation: None,
    };
    call.parse(&answer)
        .map_err(|unexpected| Box::new(untrusted(unexpected)))
}

/// Whether the service itself says that the credentials aren't good: a proxy's page has no error
/// code.
fn renewal_after(answer: &Response<Vec<u8>>) -> Option<Renewal> {
    let code = ServiceError::parse(answer.body()).code;
    let code = code.filter(|_| answer.status() == 401)?;
    Some(if code.ends_with(".0307") {
        Renewal::Ended
    } else {
        Renewal::Refused
    })
}

fn first_refusal(failed: &Failed, redactor: &Redactor) -> Arc<FirstRefusal> {
    Arc::new(FirstRefusal {
        status: failed.status,
        error_code: failed.error_code.clone().map(|code| redactor.clean(code)),
        message: redactor.clean(failed.message.clone()),
        request_id: failed.request_id.clone().map(|id| redactor.clean(id)),
        explanation: failed.explanation.clone(),
    })
}

fn warn(operation: &str, correction: Correction) {
    if correction.is_news() {
        let offset = correction.offset();
        let direction = if offset.is_negative() { "fast" } else { "slow" };
        log::warn!(
            "{operation}: this machine's clock is {} s {direction}, says the gateway; calls are \
             signed with its time from now on; set the clock (NTP)",
            offset.whole_seconds().abs()
        );
    }
}
