//! What a request lacks and the signature needs: host, date, security token.

use time::OffsetDateTime;

use super::{
    DATE_HEADER, SECURITY_TOKEN_HEADER, SignedHeaders, SigningError,
    canonical_headers::{CanonicalHeaders, Header},
    date::SigningDate,
};
use crate::Secret;

/// The headers to be added, beside `Authorization`.
pub(super) struct Additions<'a> {
    host: Option<&'a str>,
    /// The date of the signature, the request's own or `now`.
    pub(super) date: SigningDate,
    adds_date: bool,
    token: Option<&'a Secret>,
}

impl<'a> Additions<'a> {
    pub(super) fn to(
        headers: &CanonicalHeaders<'_>,
        authority: Option<&'a str>,
        security_token: Option<&'a Secret>,
        now: OffsetDateTime,
    ) -> Result<Self, SigningError> {
        let host = match headers.value("host") {
            Some(_) => None,
            None => Some(host_of(authority.ok_or(SigningError::NoHost)?)?),
        };
        let mut given_dates = headers.values(DATE_HEADER);
        let (date, adds_date) = match (given_dates.next(), given_dates.next()) {
            (None, _) => (SigningDate::new(now)?, true),
            (Some(date), None) => (SigningDate::parse(date)?, false),
            (Some(_), Some(_)) => return Err(SigningError::MalformedDate),
        };
        let token = security_token.filter(|_| headers.value(SECURITY_TOKEN_HEADER).is_none());
        Ok(Self {
            host,
            date,
            adds_date,
            token,
        })
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        let host = self.host.map(|host| ("host", host.as_bytes()));
        let date = self.adds_date.then(|| (DATE_HEADER, self.date.as_bytes()));
        let token = self
            .token
            .map(|token| (SECURITY_TOKEN_HEADER, token.expose().as_bytes()));
        [host, date, token].into_iter().flatten()
    }

    pub(super) fn host(&self) -> &str {
        self.host.unwrap_or_default()
    }

    /// These headers and `Authorization`. `text` is [`Self::host`] and then the value of the
    /// latter.
    pub(super) fn with_authorization(&self, text: String) -> SignedHeaders {
        let date = self.adds_date.then_some(self.date);
        SignedHeaders::new(text, self.host().len(), date, self.token.cloned())
    }
}

/// The authority as a `Host` header has it: with the port, without user information.
fn host_of(authority: &str) -> Result<&str, SigningError> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if host.is_empty() || host.starts_with(':') {
        return Err(SigningError::NoHost);
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Uri, uri::Authority};

    use super::*;

    /// What is added to a request with this URI and these headers.
    fn added(uri: &str, given: &[(&'static str, &str)]) -> Result<String, SigningError> {
        let mut map = HeaderMap::new();
        for (name, value) in given {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let mut headers = CanonicalHeaders::default();
        headers.add_all(&map);
        let uri: Uri = uri.parse().unwrap();
        let token = Secret::new("token");
        let now = OffsetDateTime::UNIX_EPOCH;
        let additions = Additions::to(
            &headers,
            uri.authority().map(Authority::as_str),
            Some(&token),
            now,
        )?;
        let line = |(name, value)| format!("{name}:{}\n", str::from_utf8(value).unwrap());
        Ok(additions.headers().map(line).collect())
    }

    #[test]
    fn what_is_missing_is_added() {
        assert_eq!(
            added("http://h:80/", &[]).unwrap(),
            "host:h:80\nx-sdk-date:19700101T000000Z\nx-security-token:token\n"
        );
        let given = [
            ("host", "other"),
            ("X-SDK-DATE", " 20260102T030405Z"),
            ("x-security-token", "given"),
        ];
        assert_eq!(added("http://h/", &given).unwrap(), "");
    }

    #[test]
    fn the_host_is_that_of_the_uri_without_user_information() {
        for (uri, host) in [
            ("https://h/", "h"),
            ("https://Example.COM:8443/", "Example.COM:8443"),
            ("https://user:word@h:1/", "h:1"),
            ("https://[::1]/", "[::1]"),
            ("https://u@[::1]:8080/?q", "[::1]:8080"),
            ("h:443", "h:443"),
        ] {
            let lines = added(uri, &[]).expect(uri);
            assert_eq!(lines.lines().next(), Some(&*format!("host:{host}")));
        }
        for uri in ["/path", "*", "http://:80/", "http://u@:80/"] {
            assert_eq!(added(uri, &[]), Err(SigningError::NoHost), "{uri}");
            assert!(added(uri, &[("host", "h")]).is_ok(), "{uri}");
        }
    }

    #[test]
    fn a_date_that_is_no_date_or_comes_twice_is_refused() {
        let date = ("x-sdk-date", "20260102T030405Z");
        for given in [&[("x-sdk-date", "now")][..], &[date, date]] {
            let refused = added("http://h/", given);
            assert_eq!(refused, Err(SigningError::MalformedDate));
        }
    }
}
