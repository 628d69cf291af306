//! The PUT of a content, or of a part of it, with its retries.

use std::{
    io,
    ops::Range,
    time::{Duration, Instant},
};

use http::{
    Request, Response,
    header::{EXPECT, RETRY_AFTER},
};
use mss_core::{
    CreateFile, CreatedFile, Failure, FileId, Idempotency, ObsError, Phase, PutContent, PutPart,
    StoredContent, UploadUrl,
    retry::{Decision, RetryAfter, RetryPolicy, RetryQuota, Situation, StopReason},
};
use time::OffsetDateTime;

use super::{Content, body::Body, progress::Meter, range_reader::RangeReader};
use crate::{
    Client, Error, ErrorKind,
    error::Redactor,
    explanation::explain_store,
    fork,
    send::{Answered, Failed, History, header, redirect_text},
    transport::{Call, Exchanged, Fault, FaultKind, Limits, exchange},
};

/// Time for the waits between the attempts of a PUT. The attempts themselves have no limit as
/// long as bytes move, so their time isn't counted.
const WAITS: Duration = Duration::from_secs(60);

/// Largest answer of the store that is kept, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// One PUT: what goes where.
pub(super) struct Put<'p, 'b> {
    pub(super) name: &'static str,
    pub(super) file_id: &'p FileId,
    pub(super) url: &'p UploadUrl,
    pub(super) request: Request<()>,
    pub(super) body: &'p Body<'b>,
    pub(super) range: Range<u64>,
    pub(super) meter: &'p Meter<'p>,
}

/// Why a PUT failed in the end.
pub(super) struct PutError {
    pub(super) error: Error,
    /// The URL's time is over; a new one would do.
    pub(super) url_expired: bool,
}

impl From<Error> for PutError {
    fn from(error: Error) -> Self {
        Self {
            error,
            url_expired: false,
        }
    }
}

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
        content: &Content<'_>,
    ) -> Result<StoredContent, Error> {
        let _begun = fork::enter();
        let meter = Meter::new(None);
        self.put_whole(created, create, content.body(), &meter)
            .map_err(|failed| failed.error)
    }

    pub(super) fn put_whole(
        &self,
        created: &CreatedFile,
        create: &CreateFile,
        body: &Body<'_>,
        meter: &Meter<'_>,
    ) -> Result<StoredContent, PutError> {
        let put = PutContent {
            url: &created.upload_url,
            size: body.size(),
            md5: create.file_md5(),
            file_type: create.file_type(),
        };
        let request = put
            .request()
            .map_err(|error| Error::invalid_input(PutContent::NAME, &error))?;
        self.put(&Put {
            name: PutContent::NAME,
            file_id: &created.file_id,
            url: &created.upload_url,
            request,
            body,
            range: 0..body.size(),
            meter,
        })
    }

    pub(super) fn put_part(
        &self,
        file_id: &FileId,
        url: &UploadUrl,
        body: &Body<'_>,
        range: Range<u64>,
        meter: &Meter<'_>,
    ) -> Result<StoredContent, PutError> {
        let size = range.end - range.start;
        self.put(&Put {
            name: PutPart::NAME,
            file_id,
            url,
            request: PutPart { url, size }.request(),
            body,
            range,
            meter,
        })
    }

    fn put(&self, put: &Put<'_, '_>) -> Result<StoredContent, PutError> {
        let policy = RetryPolicy {
            total: WAITS,
            ..self.settings().policy
        };
        let redactor = self.shared().redactor.with(put.url.secret_parts());
        let mut history = History::new(put.name, Some(put.file_id.as_str()));
        let mut waited = Duration::ZERO;
        let mut fresh_connection = false;
        let mut request = put.request.clone();
        loop {
            let started = Instant::now();
            let attempt = self.put_once(put, &request, &redactor, fresh_connection);
            let Refused {
                failed,
                url_expired,
            } = match attempt {
                Ok(stored) => {
                    let repeated = history.len() > 0;
                    self.shared().quota(|quota| quota.note_success(repeated));
                    let observer = &self.shared().observer;
                    if observer.is_watching() {
                        let id = Some(&stored.request_id).filter(|id| !id.is_empty());
                        let answered = Answered {
                            status: 200,
                            request_id: id.cloned(),
                        };
                        history.tell_success((observer, &redactor), answered, started.elapsed());
                    }
                    return Ok(stored);
                }
                Err(refused) => *refused,
            };
            // A proxy that doesn't know the question; the same without it is no second try.
            if failed.status == Some(417) && request.headers_mut().remove(EXPECT).is_some() {
                continue;
            }
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
            let stop = match policy.decide(&situation) {
                Decision::Stop(reason) => reason,
                Decision::Retry { .. } if !put.body.can_start_over() => {
                    history.explain("the source can't be rewound, so it isn't tried again");
                    StopReason::NotRetryable
                }
                Decision::Retry { .. } if counts && !self.shared().quota(RetryQuota::take) => {
                    StopReason::AttemptsUsed
                }
                Decision::Retry {
                    after,
                    fresh_connection: fresh,
                } => {
                    history.tell(&self.shared().observer, Some(after));
                    if !self.settings().interrupt.sleep(after) {
                        return Err(history.cancelled().into());
                    }
                    waited += after;
                    fresh_connection = fresh;
                    continue;
                }
            };
            history.tell(&self.shared().observer, None);
            return Err(PutError {
                error: history.into_error(stop),
                url_expired,
            });
        }
    }

    /// One attempt.
    fn put_once(
        &self,
        put: &Put<'_, '_>,
        request: &Request<()>,
        redactor: &Redactor,
        fresh_connection: bool,
    ) -> Result<StoredContent, Box<Refused>> {
        let limits = Limits {
            deadline: None,
            connect: self.settings().connect,
            stall: Some(self.settings().stall),
            answer: ANSWER_LIMIT,
        };
        let interrupt = &self.settings().interrupt;
        let call = Call::new(limits, interrupt.clone(), fresh_connection);
        let mut reader = RangeReader::new(put.body, put.range.clone(), put.meter, interrupt);
        let body = ureq::SendBody::from_reader(&mut reader);
        let sent_request = request.clone().map(|()| body);
        let exchanged = exchange(&self.shared().connections.agent(), sent_request, call);
        let (all_sent, sent) = (reader.is_at_end(), reader.sent());
        let refused = match (reader.failure(), exchanged) {
            (Some(error), _) => source_failed(error).into(),
            (None, Ok(Exchanged { answer, .. })) if answer.status().is_success() => {
                let stored = PutContent::parse(&answer);
                let known = self.shared().lenient || !stored.request_id.is_empty();
                if answer.status() == 200 && all_sent && known {
                    return Ok(stored);
                }
                untrusted(redactor, answer).into()
            }
            (None, Ok(Exchanged { answer, .. })) => refused(redactor, answer, put.url, request),
            (None, Err(fault)) => Failed::from(fault).into(),
        };
        put.meter.take_back(sent);
        Err(Box::new(refused))
    }
}

/// Why one attempt failed.
struct Refused {
    failed: Failed,
    url_expired: bool,
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self {
            failed,
            url_expired: false,
        }
    }
}

fn source_failed(error: io::Error) -> Failed {
    let fault = if error.kind() == io::ErrorKind::Interrupted {
        Fault::cancelled()
    } else {
        let mut fault = Fault::new(FaultKind::Source, format!("the content {error}"));
        fault.source = Some(error);
        fault
    };
    let failure = Failure::NoAnswer {
        phase: Phase::PartlyWritten,
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
        ..of_answer(&answer.map(|body| redactor.clean_body(&body))).0
    }
}

fn refused(
    redactor: &Redactor,
    answer: Response<Vec<u8>>,
    url: &UploadUrl,
    sent: &Request<()>,
) -> Refused {
    let explanation = explain_store(redactor, &answer, sent);
    let (failed, error) = of_answer(&answer.map(|body| redactor.clean_body(&body)));
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let is_over = url.expires().is_some_and(|end| end <= now);
    let refused_access = matches!(error.code.as_deref(), None | Some("AccessDenied"));
    let url_expired =
        failed.status == Some(403) && (error.is_expiry() || (is_over && refused_access));
    Refused {
        failed: Failed {
            explanation,
            ..failed
        },
        url_expired,
    }
}

fn of_answer(answer: &Response<Vec<u8>>) -> (Failed, ObsError) {
    let error = ObsError::parse(answer);
    let status = answer.status();
    let kind = ErrorKind::of_status(status.as_u16());
    let reason = status.canonical_reason().unwrap_or("no reason given");
    let message = if kind == ErrorKind::UnexpectedRedirect {
        redirect_text(answer)
    } else {
        error.message.clone().unwrap_or_else(|| reason.to_owned())
    };
    let now = OffsetDateTime::now_utc();
    let retry_after = header(answer, &RETRY_AFTER);
    let failed = Failed {
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
        error_code: error.code.clone(),
        message,
        request_id: error.request_id.clone(),
        retry_after: retry_after.and_then(|value| RetryAfter::parse(value, now)),
        registered: None,
        source: None,
        explanation: None,
    };
    (failed, error)
}
