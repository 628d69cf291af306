//! The API gateway's part: who sends the request, and is it as it was signed?
//!
//! Written from the published description of the algorithm, apart from the client's signer.

mod algorithm;
mod authorization;
mod canonical;
mod failures;
mod signature;

use std::cell::RefCell;

use http::{HeaderMap, request::Parts};
use time::{Duration, OffsetDateTime};

pub(crate) use self::failures::Failures;
use self::{algorithm::Algorithm, authorization::Authorization};
use crate::{
    clock,
    identity::{Key, Keys, Standing, Temporary, Tokens},
};

/// A signature further off than this is refused, in either direction.
const WINDOW: Duration = Duration::minutes(15);
/// The only service that derived keys are good for.
const SERVICE: &str = "metastudio";

/// What exists at present.
pub(crate) struct Credentials<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) tokens: &'a Tokens,
    /// The only one that derived keys are good for.
    pub(crate) region: &'a str,
    pub(crate) failures: &'a RefCell<Failures>,
}

/// What one who was let in may use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// All that the account has.
    Account,
    /// What its token opens.
    Token { project_id: Option<&'a str> },
}

/// Why a request isn't let in.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It carries nothing to authenticate with.
    Anonymous,
    /// What it carries is wrong; the text goes behind "Incorrect IAM authentication information".
    Incorrect(String),
    /// The token was good once.
    TokenExpired,
}

/// Lets in a request with a right signature, or without one but with the right token. A key that
/// has failed too often is locked for a while, whatever it signs.
pub(crate) fn authenticate<'a>(
    head: &Parts,
    body: &[u8],
    credentials: &Credentials<'a>,
    now: OffsetDateTime,
) -> Result<Reach<'a>, Rejection> {
    match Authorization::of(&head.headers) {
        Some(authorization) => {
            let authorization = authorization
                .and_then(Authorization::of_enough)
                .map_err(|fault| incorrect(format!("authorization header: {fault}")))?;
            let access_key = &authorization.access_key;
            let mut failures = credentials.failures.borrow_mut();
            let Some(key) = credentials.keys.find(access_key) else {
                failures.failed_unknown(access_key);
                return Err(incorrect(format!(
                    "Get secretKey failed,ak:{access_key},err:ak not exist"
                )));
            };
            if failures.lock_out(access_key, now) {
                return Err(incorrect("AK access failed to reach the limit,forbidden"));
            }
            match verify(head, body, &authorization, key, credentials.region, now) {
                Ok(()) => failures.succeeded(access_key),
                Err(rejection) => {
                    failures.failed(access_key, now);
                    return Err(rejection);
                }
            }
            Ok(Reach::Account)
        }
        None => match single(&head.headers, "x-auth-token") {
            None => Err(Rejection::Anonymous),
            Some(token) => match credentials.tokens.standing(token, now) {
                Standing::Good(project_id) => Ok(Reach::Token { project_id }),
                Standing::Expired => Err(Rejection::TokenExpired),
                Standing::Unknown => Err(incorrect("decrypt token fail")),
            },
        },
    }
}

fn verify(
    head: &Parts,
    body: &[u8],
    authorization: &Authorization,
    key: &Key,
    region: &str,
    now: OffsetDateTime,
) -> Result<(), Rejection> {
    if let Some(temporary) = &key.temporary {
        check_security_token(&head.headers, temporary, now)?;
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
    let payload = canonical::Payload::of(authorization.algorithm, &head.headers, body);
    let canonical = canonical::request(head, &authorization.signed_headers, &payload);
    let genuine = signature::matches(authorization, &key.secret, date, &canonical.text);
    let in_scope = is_in_scope(authorization, date, region);
    if genuine && in_scope && payload.is_true && canonical.complete {
        Ok(())
    } else {
        let shown = String::from_utf8_lossy(&canonical.text).replace('\n', "|");
        Err(incorrect(format!(
            "verify aksk signature fail, canonicalRequest:{shown}"
        )))
    }
}

/// A temporary key opens nothing without its security token. The texts are the emulator's own.
fn check_security_token(
    headers: &HeaderMap,
    temporary: &Temporary,
    now: OffsetDateTime,
) -> Result<(), Rejection> {
    let problem = match single(headers, "x-security-token") {
        None => "X-Security-Token is missing, which a temporary access key needs",
        Some(token) if !temporary.security_token.matches(token.as_bytes()) => {
            "X-Security-Token doesn't belong to the access key"
        }
        Some(_) if temporary.expires_at <= now => "the temporary access key has expired",
        Some(_) => return Ok(()),
    };
    Err(incorrect(problem))
}

/// A derived key is good for the day of the signature, and here.
fn is_in_scope(authorization: &Authorization, date: &str, region: &str) -> bool {
    match authorization.algorithm {
        Algorithm::SdkHmacSha256 | Algorithm::SdkHmacSm3 => true,
        Algorithm::V11HmacSha256 => {
            let day = date.get(..8).unwrap_or_default();
            authorization.scope == format!("{day}/{region}/{SERVICE}")
        }
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
