//! What signing gives back: the headers to add.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{DATE_HEADER, SECURITY_TOKEN_HEADER, date::SigningDate};
use crate::Secret;

/// The headers that make a request a signed one: `Authorization`, and `Host`, `X-Sdk-Date` and
/// `X-Security-Token` where the request didn't have them.
#[derive(Clone)]
pub struct SignedHeaders {
    /// The host, then `Authorization`: one buffer, because an allocation is a measurable part of
    /// what signing costs.
    text: String,
    host_len: usize,
    date: Option<SigningDate>,
    security_token: Option<Secret>,
}

impl SignedHeaders {
    pub(super) fn new(
        text: String,
        host_len: usize,
        date: Option<SigningDate>,
        security_token: Option<Secret>,
    ) -> Self {
        Self {
            text,
            host_len,
            date,
            security_token,
        }
    }

    /// Value of the `Authorization` header.
    pub fn authorization(&self) -> &str {
        &self.text[self.host_len..]
    }

    /// The headers to add: lower-case names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let host = &self.text[..self.host_len];
        let host = (!host.is_empty()).then_some(("host", host));
        let date = self.date.as_ref().map(|date| (DATE_HEADER, date.as_str()));
        let token = self.security_token.as_ref();
        let token = token.map(|token| (SECURITY_TOKEN_HEADER, token.expose()));
        let authorization = Some(("authorization", self.authorization()));
        [host, date, token, authorization].into_iter().flatten()
    }

    /// Adds them to a request's headers. Values that are secret are marked sensitive.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in self.iter() {
            // Every part comes from validated text, so this can't fail; if it did, the
            // gateway would refuse the request for want of the header.
            if let Ok(mut value) = HeaderValue::from_str(value) {
                let name = HeaderName::from_static(name);
                value.set_sensitive(name == header::AUTHORIZATION || name == SECURITY_TOKEN_HEADER);
                headers.insert(name, value);
            }
        }
    }
}

impl fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
        f.debug_tuple("SignedHeaders").field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use time::OffsetDateTime;

    use crate::{Credentials, signing::Signer};

    #[test]
    fn a_request_gets_what_it_lacks_and_secrets_are_marked() {
        let credentials = Credentials::new("ACCESSKEY", "SECRETKEY").unwrap();
        let credentials = credentials.with_security_token("TOKEN").unwrap();
        let mut request = Request::get("https://h:8443/p").body("").unwrap();
        let signed = Signer::new(&credentials).sign(&request, OffsetDateTime::UNIX_EPOCH);
        let signed = signed.unwrap();
        signed.apply(request.headers_mut());
        for (name, value, is_secret) in [
            ("host", "h:8443", false),
            ("x-sdk-date", "19700101T000000Z", false),
            ("x-security-token", "TOKEN", true),
            ("authorization", signed.authorization(), true),
        ] {
            assert_eq!(request.headers()[name], value);
            assert_eq!(request.headers()[name].is_sensitive(), is_secret, "{name}");
        }
        assert_eq!(request.headers().len(), 4);
        assert_eq!(
            format!("{signed:?}"),
            r#"SignedHeaders(["host", "x-sdk-date", "x-security-token", "authorization"])"#
        );
    }
}
