//! Why a signature was refused, told to a person: what the server computed it from, beside what
//! we did.
//!
//! [`gateway`] reads the refusal of the API gateway, [`object_store`] that of the object store.
//! Both take whatever a server may print, and never more of it than a terminal and a log may
//! hold: no control characters, no token, and of a signature eight characters. [`saved`] finds a
//! refusal in a log or a traceback.
//!
//! Source: [the gateway on authentication errors](https://support.huaweicloud.com/intl/en-us/apig_faq/apig-faq-0003.html).

mod cause;
mod comparison;
mod gateway_text;
mod printable;
mod report;
mod saved;
mod sections;
mod string_to_sign;
#[cfg(test)]
mod tests;

pub use cause::{Cause, Obstacle};
pub use report::{Line, Part, Report};
pub use saved::{Saved, saved};

use http::Request;

use crate::{ObsError, ServiceError, refusal::Refusal, signing::Explanation};
use printable::Mask;
use sections::Sections;

/// Longer texts aren't compared: the gateway takes no request with more than 128 KB of headers,
/// in bytes.
const LONGEST: usize = 256 * 1024;

/// Explains a refusal of the gateway.
///
/// `said` is the body of its answer, or only the message of it. `ours` is how the refused request
/// was signed, by [`Signer::explain`](crate::signing::Signer::explain); without it the report
/// shows the server's side alone.
///
/// ```
/// use mss_core::{Credentials, explain, signing::Signer};
/// use time::OffsetDateTime;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let request = http::Request::get("https://h/v1").header("x-app-userid", "ann").body("")?;
/// let ours = Signer::new(&Credentials::new("AK", "SK")?).explain(&request, OffsetDateTime::UNIX_EPOCH)?;
/// let shown = ours.canonical_request.replace("ann", "bob").replace('\n', "|");
/// let said = format!("verify aksk signature fail, canonicalRequest:{shown}");
///
/// let report = explain::gateway(said.as_bytes(), Some(&ours));
/// assert_eq!(*report.cause(), explain::Cause::HeaderChanged("x-app-userid".into()));
/// # Ok(()) }
/// ```
pub fn gateway(said: &[u8], ours: Option<&Explanation>) -> Report {
    let ours_text = ours.map(|ours| ours.canonical_request.as_str());
    let ours_sections = ours_text.map(Sections::of_canonical_request);
    let mask = Mask::new(ours_sections.as_ref().and_then(|ours| ours.as_ref().ok()));
    if said.len() > LONGEST {
        // Of a token that the cut goes through the rest would not be known again.
        return Report::of(Obstacle::TooLong);
    }
    let error = ServiceError::parse_uncut(said);
    let message = error.message.unwrap_or_default();
    let report = if message.trim_start().starts_with('<') {
        Report::of(Obstacle::NotTheGateway)
    } else {
        match Refusal::read(&message) {
            Refusal::Signature {
                canonical_request: Some(shown),
            } => canonical_requests(shown, ours_text, ours_sections.clone()),
            Refusal::SignatureExpired {
                signed_at: Some(signed_at),
                server_time: Some(server_time),
            } => Report::of(Cause::Clock {
                offset: server_time - signed_at,
            }),
            Refusal::UnknownKey { access_key } => Report::of(Cause::UnknownKey {
                access_key: access_key.map(|key| mask.words(key)),
            }),
            Refusal::LockedKey => Report::of(Cause::LockedKey),
            Refusal::Token => Report::of(Cause::Token),
            Refusal::Signature {
                canonical_request: None,
            }
            | Refusal::SignatureExpired { .. }
            | Refusal::Other => Report::of(Obstacle::NothingShown),
        }
    };
    let words = gateway_text::without_canonical_request(&message);
    report.saying(error.code.as_deref(), words, &mask)
}

fn canonical_requests(
    shown: &str,
    ours_text: Option<&str>,
    ours: Option<Result<Sections<'_>, Obstacle>>,
) -> Report {
    let Ok(ours) = ours.transpose() else {
        return Report::of(Obstacle::OursIsNone);
    };
    let is_same = ours_text.is_some_and(|text| gateway_text::is_same(text, shown));
    let theirs = match &ours {
        // Then there is no doubt about where which line ends.
        Some(ours) if is_same => Ok(ours.clone()),
        _ => gateway_text::read(shown, ours.as_ref()),
    };
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(obstacle) => return Report::of(obstacle),
    };
    let mask = Mask::new(ours.iter().chain([&theirs]));
    match &ours {
        None => {
            let lines = comparison::shown(&theirs, &mask);
            Report::of(Obstacle::NothingOfOurs).with_lines(lines)
        }
        Some(ours) => comparison::of(ours, &theirs, &mask),
    }
}

/// Explains a refusal of the object store: error `SignatureDoesNotMatch` with its
/// [`ObsError::string_to_sign`], beside the request that was sent; without that the report shows
/// the store's side alone.
///
/// The signature is part of the URL and was made by the service, so nothing is known about how;
/// but the store shows which values it found in the request, and that they are those that were
/// sent or not.
pub fn object_store<B>(error: &ObsError, sent: Option<&Request<B>>) -> Report {
    let url_values = sent.map(|sent| string_to_sign::secrets_of(sent.uri()));
    let mask = Mask::of_url(url_values.as_deref().unwrap_or_default());
    let report = match &error.string_to_sign {
        None => Report::of(Obstacle::NothingShown),
        Some(shown) if shown.expose().len() > LONGEST => Report::of(Obstacle::TooLong),
        Some(shown) => string_to_sign::compare(shown.expose(), sent, &mask),
    };
    let message = error.message.as_deref().unwrap_or_default();
    report.saying(error.code.as_deref(), message, &mask)
}
