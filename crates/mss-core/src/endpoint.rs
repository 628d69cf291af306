//! Where calls go: scheme and authority of a MetaStudio endpoint.

use std::{fmt, net::IpAddr};

use http::{
    HeaderValue, Uri,
    uri::{Authority, Scheme},
};

use crate::InvalidInput;

const FIELD: &str = "endpoint";

/// An endpoint: `https://` and a host, with a port where it isn't the usual one.
///
/// ```
/// use mss_core::Endpoint;
///
/// let endpoint = Endpoint::of_region("cn-north-4")?;
/// assert_eq!(endpoint.to_string(), "https://metastudio.cn-north-4.myhuaweicloud.com");
/// # Ok::<(), mss_core::InvalidInput>(())
/// ```
///
/// Source: [endpoints](https://support.huaweicloud.com/intl/en-us/api-metastudio/metastudio_02_0000.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    host_header: HeaderValue,
}

impl Endpoint {
    /// The regions whose endpoints are documented. [`Endpoint::of_region`] takes others as well.
    pub const DOCUMENTED_REGIONS: [&str; 3] = ["ap-southeast-3", "cn-east-3", "cn-north-4"];

    /// The endpoint of a region by its id, such as `cn-north-4`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the id isn't made of lower-case letters, digits and `-`.
    pub fn of_region(region: &str) -> Result<Self, InvalidInput> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || region.len() > 63 || !region.bytes().all(fits) {
            let problem = "must be a region id such as cn-north-4";
            return Err(InvalidInput::with_value("region", problem, region));
        }
        Self::parse(
            &format!("https://metastudio.{region}.myhuaweicloud.com"),
            false,
        )
    }

    /// An endpoint by its URL. Plain `http` is for loopback only, unless `allow_http` says
    /// otherwise: without TLS everybody on the way can read and repeat the calls.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for anything but scheme, host and port: a path, a query, user
    /// information, another scheme, plain `http` to another machine.
    pub fn parse(url: &str, allow_http: bool) -> Result<Self, InvalidInput> {
        let refuse = |problem: &str| {
            Err(InvalidInput::with_value(
                FIELD,
                problem,
                &without_secrets(url),
            ))
        };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return refuse("must begin with https://");
        }
        let Ok(uri) = url.parse::<Uri>() else {
            return refuse("is no URL");
        };
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return refuse("must name a host");
        };
        if authority.as_str().contains('@') {
            return refuse("may not hold a user name or password");
        }
        let path = parts
            .path_and_query
            .as_ref()
            .map_or("/", |path| path.as_str());
        if path != "/" || url.contains(['?', '#']) {
            return refuse("may not have a path, a query or a fragment");
        }
        if authority.host().is_empty() {
            return refuse("must name a host");
        }
        let has_port = authority.as_str() != authority.host();
        if has_port && authority.port_u16().is_none_or(|port| port == 0) {
            return refuse("has no usable port");
        }
        if scheme == Scheme::HTTP && !is_loopback(authority.host()) && !allow_http {
            return refuse("must be https (plain http is for loopback only; see allow_http)");
        }
        let Ok(host_header) = HeaderValue::from_str(authority.as_str()) else {
            return refuse("is no URL");
        };
        Ok(Self {
            scheme,
            authority,
            host_header,
        })
    }

    /// Host and port, as the `Host` header has them.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// Whether the endpoint is on this machine: 127.0.0.0/8, `::1` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.authority.host())
    }

    /// Whether a request for this URI goes to the endpoint.
    pub fn is_origin_of(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&self.scheme) && uri.authority() == Some(&self.authority)
    }

    pub(crate) fn host(&self) -> &str {
        self.authority.host()
    }

    /// Whether calls to it can be read by everybody on the way.
    pub(crate) fn is_http(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    pub(crate) fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Whether a URL's host is this machine by its very name.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return address.is_loopback();
    }
    bare.eq_ignore_ascii_case("localhost")
}

/// An error repeats what was given, but a password in it is a secret, and so may a query be.
fn without_secrets(url: &str) -> String {
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    match (shown.split_once("://"), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        (None, Some((_, rest))) => format!("...@{rest}"),
        _ => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f03_endpoints_with_more_than_a_host_are_refused() {
        for url in [
            "",
            "metastudio.cn-north-4.myhuaweicloud.com",
            "//host",
            "ftp://host",
            "https://",
            "https://:443",
            "https://host:",
            "https://host:0",
            "https://host:99999",
            "https://host/v1",
            "https://host/?a=b",
            "https://host?a",
            "https://host#f",
            "https://user:hunter2@host",
            "user:hunter2@host",
            "ftp:user:hunter2@host",
            "https://host?Signature=hunter2",
            "https://host#hunter2",
            "http://host.localhost",
            "https://ho st",
            "https://host\r\nX: y",
            "http://metastudio.cn-north-4.myhuaweicloud.com",
            "http://10.0.0.1",
        ] {
            let error = Endpoint::parse(url, false).expect_err(url);
            assert_eq!(error.field(), "endpoint");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_or_the_determined() {
        for url in [
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost",
            "http://127.9.9.9/",
        ] {
            assert!(Endpoint::parse(url, false).unwrap().is_loopback(), "{url}");
        }
        let far = Endpoint::parse("http://10.0.0.1", true).unwrap();
        assert!(!far.is_loopback());
        assert_eq!(far.to_string(), "http://10.0.0.1");
    }

    #[test]
    fn regions_become_the_documented_hosts() {
        assert_eq!(
            Endpoint::of_region("ap-southeast-3").unwrap().authority(),
            "metastudio.ap-southeast-3.myhuaweicloud.com"
        );
        for bad in ["", "CN-NORTH-4", "cn north", "evil.com/", "a.b"] {
            assert_eq!(Endpoint::of_region(bad).expect_err(bad).field(), "region");
        }
    }
}
