//! Why the gateway refused a signature, told by what it says beside what was signed.

use std::sync::Arc;

use http::{Request, Response};
use mss_core::{
    Authorizer, ObsError,
    explain::{self, Report},
};
use time::OffsetDateTime;

use crate::{error::Redactor, send::Sendable};

/// The report of a refusal with status 401. `now` is the time that the refused attempt was signed
/// with: the same request is signed once more, because only a refused one is looked at.
pub(crate) fn explain_refusal<S: Sendable>(
    call: &S,
    authorizer: &Authorizer,
    redactor: &Redactor,
    answer: &Response<Vec<u8>>,
    now: OffsetDateTime,
) -> Option<Arc<Report>> {
    if answer.status() != 401 {
        return None;
    }
    let request = call.request().ok();
    let ours = request.and_then(|request| authorizer.explain(request, call.project_id(), now));
    // What was hidden before couldn't be compared.
    let report = explain::gateway(answer.body(), ours.as_ref());
    Some(Arc::new(report.with_texts(|text| redactor.clean(text))))
}

/// The report of the object store's refusal of a signature, beside the request that was sent.
pub(crate) fn explain_store<B>(
    redactor: &Redactor,
    answer: &Response<Vec<u8>>,
    sent: &Request<B>,
) -> Option<Arc<Report>> {
    let error = ObsError::parse(answer);
    if error.code.as_deref() != Some("SignatureDoesNotMatch") {
        return None;
    }
    let report = explain::object_store(&error, Some(sent));
    Some(Arc::new(report.with_texts(|text| redactor.clean(text))))
}
