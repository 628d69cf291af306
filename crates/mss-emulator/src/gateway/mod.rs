//! The API gateway's part: who sends the request, and is it as it was signed?
//!
//! Written from the published description of the algorithm, apart from the client's signer.

mod authorization;
mod canonical;
mod signature;

use http::{HeaderMap, request::Parts};
use time::{Duration, OffsetDateTime};

use self::authorization::Authorization;
use crate::{clock, secret::Secret};

/// A signature further off than this is refused, in either direction.
const WINDOW: Duration = Duration::minutes(15);

/// The keys that exist.
pub(crate) struct Credentials<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) secret_key: &'a Secret,
    pub(crate) token: &'a Secret,
}

/// Why a request isn't let in.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It carries nothing to authenticate with.
    Anonymous,
    /// What it carries is wrong; the text goes behind "Incorrect IAM authentication information".
    Incorrect(String),
}

/// Lets in a request with a right signature, or without one but with the right token.
pub(crate) fn authenticate(
    head: &Parts,
    body: &[u8],
    credentials: &Credentials<'_>,
    now: OffsetDateTime,
) -> Result<(), Rejection> {
    match Authorization::of(&head.headers) {
        Some(authorization) => {
            let authorization = authorization
                .map_err(|fault| incorrect(format!("authorization header: {fault}")))?;
            verify(head, body, &authorization, credentials, now)
        }
        None => match single(&head.headers, "x-auth-token") {
            None => Err(Rejection::Anonymous),
            Some(token) if credentials.token.matches(token.as_bytes()) => Ok(()),
            Some(_) => Err(incorrect("decrypt token fail")),
        },
    }
}

fn verify(
    head: &Parts,
    body: &[u8],
    authorization: &Authorization,
    credentials: &Credentials<'_>,
    now: OffsetDateTime,
) -> Result<(), Rejection> {
    for needed in ["x-sdk-date", "host"] {
        if !authorization.signs(needed) {
            return Err(incorrect(format!(
                "authorization header: {needed} is not among the signed headers"
            )));
        }
    }
    if authorization.access_key != credentials.access_key {
        return Err(incorrect(format!(
            "Get secretKey failed,ak:{},err:ak not exist",
            authorization.access_key
        )));
    }
    let date = single(&head.headers, "x-sdk-date").unwrap_or_default();
    let Some(signed_at) = clock::parse_basic(date) else {
        return Err(incorrect(
            "calc aksk signature fail:x-sdk-date is not of the form YYYYMMDDTHHMMSSZ",
        ));
    };
    if (now - signed_at).abs() > WINDOW {
        return Err(incorrect(format!(
            "calc aksk signature fail:signature expired, signature time:{date},server time:{}",
            clock::basic(now)
        )));
    }
    let payload = canonical::Payload::of(&head.headers, body);
    let canonical = canonical::request(head, &authorization.signed_headers, &payload);
    let genuine = signature::matches(
        credentials.secret_key,
        date,
        &canonical.text,
        &authorization.signature,
    );
    if genuine && payload.is_true && canonical.complete {
        Ok(())
    } else {
        let shown = String::from_utf8_lossy(&canonical.text).replace('\n', "|");
        Err(incorrect(format!(
            "verify aksk signature fail, canonicalRequest:{shown}"
        )))
    }
}

fn incorrect(text: impl Into<String>) -> Rejection {
    Rejection::Incorrect(text.into())
}

/// The value of a header that must stand there once, as text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    // Twice, or not ASCII: a value that equals nothing.
    if values.next().is_some() {
        return Some("");
    }
    Some(value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests;
