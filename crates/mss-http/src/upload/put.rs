//! The PUT of a content, with its retries.

use std::{io, time::Instant};

use http::{Response, header::RETRY_AFTER};
use mss_core::{
    CreateFile, CreatedFile, Failure, Idempotency, ObsError, Phase, PutContent, StoredContent,
    retry::{Decision, RetryAfter, RetryPolicy, RetryQuota, Situation},
};
use time::OffsetDateTime;

use super::Content;
use crate::{
    Client, Error, ErrorKind,
    error::Redactor,
    send::{Failed, History, header, redirect_text},
    transport::{Call, Exchanged, Fault, FaultKind, Limits, exchange},
};

/// Time for the waits between the attempts of a PUT. The attempts themselves have no limit as
/// long as bytes move, so their time isn't counted.
const WAITS: std::time::Duration = std::time::Duration::from_secs(60);

impl Client {
    /// Sends a content to the URL that [`Client::create_file`] handed out.
    ///
    /// Tried again from the beginning: the object appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Error`], with the object store's own code and request id where it answered.
    ///
    /// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
    pub fn put_content(
        &self,
        created: &CreatedFile,
        create: &CreateFile,
        content: &mut Content,
    ) -> Result<StoredContent, Error> {
        let put = PutContent {
            url: &created.upload_url,
            size: content.size(),
            md5: create.file_md5(),
            file_type: create.file_type(),
        };
        let policy = RetryPolicy {
            total: WAITS,
            ..self.settings().policy
        };
        let redactor = self
            .shared()
            .redactor
            .with(created.upload_url.secret_parts());
        let subject = Some(created.file_id.as_str());
        let mut history = History::new(PutContent::NAME, subject);
        let mut waited = std::time::Duration::ZERO;
        let mut fresh_connection = false;
        loop {
            let started = Instant::now();
            let failed = match self.put_once(&put, content, &redactor, fresh_connection)? {
                Ok(stored) => {
                    let repeated = history.len() > 0;
                    self.shared().quota(|quota| quota.note_success(repeated));
                    return Ok(stored);
                }
                Err(failed) => failed,
            };
            let situation = Situation {
                attempts: history.len() + 1,
                failure: failed.failure,
                idempotency: Idempotency::Repeatable,
                elapsed: waited,
                retry_after: failed.retry_after,
                jitter: fastrand::f64(),
            };
            let counts = failed.status != Some(429);
            history.add(&redactor, failed, started.elapsed());
            match policy.decide(&situation) {
                Decision::Retry {
                    after,
                    fresh_connection: fresh,
                } if !counts || self.shared().quota(RetryQuota::take) => {
                    if !self.settings().interrupt.sleep(after) {
                        return Err(history.cancelled());
                    }
                    waited += after;
                    fresh_connection = fresh;
                }
                Decision::Retry { .. } => {
                    return Err(history.into_error(mss_core::retry::StopReason::AttemptsUsed));
                }
                Decision::Stop(reason) => return Err(history.into_error(reason)),
            }
        }
    }

    fn put_once(
        &self,
        put: &PutContent<'_>,
        content: &mut Content,
        redactor: &Redactor,
        fresh_connection: bool,
    ) -> Result<Result<StoredContent, Failed>, Error> {
        let request = put
            .request()
            .map_err(|error| Error::invalid_input(PutContent::NAME, &error))?;
        let limits = Limits {
            deadline: None,
            connect: self.settings().connect,
            stall: Some(self.settings().stall),
        };
        let call = Call::new(limits, self.settings().interrupt.clone(), fresh_connection);
        let mut reader = match content.reader() {
            Ok(reader) => reader,
            Err(error) => return Ok(Err(source_failed(error, Phase::BeforeWrite))),
        };
        let body = ureq::SendBody::from_reader(&mut reader);
        let exchanged = exchange(&self.shared().agent, request.map(|()| body), call);
        let all_sent = reader.is_at_end();
        if let Some(error) = reader.failure() {
            return Ok(Err(source_failed(error, Phase::PartlyWritten)));
        }
        Ok(match exchanged {
            Ok(Exchanged { answer, .. }) if answer.status().is_success() => {
                let stored = PutContent::parse(&answer);
                let known = self.shared().lenient || !stored.request_id.is_empty();
                if answer.status() == 200 && all_sent && known {
                    Ok(stored)
                } else {
                    Err(untrusted(redactor, answer))
                }
            }
            Ok(Exchanged { answer, .. }) => Err(refused(redactor, answer)),
            Err(fault) => Err(fault.into()),
        })
    }
}

fn source_failed(error: io::Error, phase: Phase) -> Failed {
    let mut fault = Fault::new(FaultKind::Source, format!("the local file {error}"));
    fault.source = Some(error);
    let failure = Failure::NoAnswer {
        phase,
        lasting: true,
        stale: false,
    };
    Failed::from((fault, failure))
}

/// A success that can't be one: another status than the store uses, no id of the store, or it came
/// before the end of the content.
fn untrusted(redactor: &Redactor, answer: Response<Vec<u8>>) -> Failed {
    Failed {
        kind: ErrorKind::UnexpectedResponse,
        failure: Failure::Untrusted,
        message: "a success that is none of the object store's".into(),
        error_code: None,
        ..refused(redactor, answer)
    }
}

fn refused(redactor: &Redactor, answer: Response<Vec<u8>>) -> Failed {
    let answer = answer.map(|body| redactor.clean_body(&body));
    let mut error = ObsError::parse(&answer);
    let status = answer.status();
    let kind = ErrorKind::of_status(status.as_u16());
    let reason = status.canonical_reason().unwrap_or("no reason given");
    if kind == ErrorKind::UnexpectedRedirect {
        error.message = Some(redirect_text(&answer));
    }
    let now = OffsetDateTime::now_utc();
    let retry_after = header(&answer, &RETRY_AFTER);
    Failed {
        kind,
        failure: Failure::Status {
            status: if error.is_transient() {
                408
            } else {
                status.as_u16()
            },
            throttled: false,
        },
        status: Some(status.as_u16()),
        error_code: error.code,
        message: error.message.unwrap_or_else(|| reason.to_owned()),
        request_id: error.request_id,
        retry_after: retry_after.and_then(|value| RetryAfter::parse(value, now)),
        source: None,
    }
}
