//! The pre-signed URL that CreateFile hands out.

use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;

use crate::{Secret, UnexpectedAnswer, endpoint};

/// A pre-signed URL for one PUT. Whoever has it can write the file's content, so it is a secret:
/// `Debug` shows the host only.
#[derive(Clone)]
pub struct UploadUrl {
    /// The one copy of the URL, so that dropping it wipes it.
    text: Secret,
    host: String,
    is_https: bool,
}

impl UploadUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, UnexpectedAnswer> {
        let unexpected = |problem| Err(UnexpectedAnswer::new(format!("upload_url {problem}")));
        let Ok(uri) = text.parse::<Uri>() else {
            return unexpected("is no URL");
        };
        if !matches!(uri.scheme_str(), Some("https" | "http")) {
            return unexpected("is neither https nor http");
        }
        match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => {
                unexpected("holds a user name or password")
            }
            Some(authority) if !authority.host().is_empty() => Ok(Self {
                text: Secret::new(text),
                host: authority.host().to_owned(),
                is_https: uri.scheme_str() == Some("https"),
            }),
            _ => unexpected("names no host"),
        }
    }

    /// The URL itself. It is a secret.
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// What of the URL is secret wherever it shows: the values of its query, encoded and decoded,
    /// but for the time of its end.
    pub fn secret_parts(&self) -> Vec<Secret> {
        let query = self
            .text
            .expose()
            .split_once('?')
            .map_or("", |(_, query)| query);
        let values = query.split('&').filter_map(|pair| pair.split_once('='));
        let secret = values.filter(|(name, _)| !name.eq_ignore_ascii_case("expires"));
        secret
            .flat_map(|(_, value)| {
                let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
                [Secret::new(value), Secret::new(decoded)]
            })
            .collect()
    }

    /// When it ceases to be good, in seconds since 1970, as its query says. A store may say so in
    /// another way; then there is none.
    pub fn expires(&self) -> Option<i64> {
        let (_, query) = self.text.expose().split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("expires"))?;
        value.parse().ok()
    }

    /// Host of the URL. It is no secret.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn uri(&self) -> Uri {
        self.text
            .expose()
            .parse()
            .expect("it was parsed when it came")
    }
}

impl fmt::Debug for UploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadUrl({}, hidden)", self.host())
    }
}

/// To which hosts content may be sent.
///
/// The answer to CreateFile decides where the file goes, so a forged answer could send it to a
/// stranger. The vendor doesn't say which hosts an `upload_url` can have; known ones end in
/// `.myhuaweicloud.com`.
#[derive(Debug, Clone)]
pub struct UploadUrlPolicy {
    suffixes: Vec<String>,
    loopback_http: bool,
}

impl UploadUrlPolicy {
    /// Hosts that end in one of `suffixes`, by https. With `loopback_http` also this machine by
    /// plain http, which is right when the endpoint itself is on this machine.
    pub fn new(suffixes: impl IntoIterator<Item = String>, loopback_http: bool) -> Self {
        let lower = |suffix: String| suffix.to_ascii_lowercase();
        Self {
            suffixes: suffixes.into_iter().map(lower).collect(),
            loopback_http,
        }
    }

    /// The suffix that is allowed unless the caller says otherwise.
    pub const DEFAULT_SUFFIX: &'static str = ".myhuaweicloud.com";

    /// Checks one URL.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] that names the host and what would allow it.
    pub fn check(&self, url: &UploadUrl) -> Result<(), UnexpectedAnswer> {
        let host = url.host().to_ascii_lowercase();
        if !url.is_https {
            return if self.loopback_http && endpoint::is_loopback(&host) {
                Ok(())
            } else {
                Err(UnexpectedAnswer::new(format!(
                    "upload_url is plain http to {host}; the content was not sent"
                )))
            };
        }
        let allowed = self.loopback_http && endpoint::is_loopback(&host)
            || self
                .suffixes
                .iter()
                .any(|suffix| ends_with_label(&host, suffix));
        if allowed {
            return Ok(());
        }
        Err(UnexpectedAnswer::new(format!(
            "upload_url points to {host}, which is not under {}; the content was not sent \
             (allow the host's suffix if it is right)",
            self.suffixes.join(", ")
        )))
    }
}

/// Whether `host` ends in the suffix at a label's border: `.a.com` and `a.com` both take
/// `x.a.com`, neither takes `xa.com`.
fn ends_with_label(host: &str, suffix: &str) -> bool {
    let suffix = suffix.trim_start_matches('.');
    match host.strip_suffix(suffix) {
        Some(rest) => !suffix.is_empty() && (rest.is_empty() || rest.ends_with('.')),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(url: &str, loopback_http: bool) -> Result<(), UnexpectedAnswer> {
        let suffixes = [UploadUrlPolicy::DEFAULT_SUFFIX.to_owned()];
        UploadUrlPolicy::new(suffixes, loopback_http).check(&UploadUrl::parse(url)?)
    }

    #[test]
    fn f39_content_goes_to_allowed_hosts_only() {
        for url in [
            "https://b.obs.cn-north-4.myhuaweicloud.com/k?Signature=s",
            "https://B.OBS.MYHUAWEICLOUD.COM:443/k",
        ] {
            verdict(url, false).expect(url);
        }
        for url in [
            "http://b.obs.cn-north-4.myhuaweicloud.com/k",
            "https://evil.example/k",
            "https://evilmyhuaweicloud.com/k",
            "https://b.myhuaweicloud.com.evil.example/k",
            "https://b.myhuaweicloud.com@evil.example/k",
            "https://user:pw@b.obs.myhuaweicloud.com/k",
            "file:///etc/passwd",
            "ftp://b.obs.myhuaweicloud.com/k",
            "https:///k",
            "/k",
            "",
            "https://b.obs.myhuaweicloud.com/k\r\nX: y",
            "http://127.0.0.1:9/k",
        ] {
            verdict(url, false).expect_err(url);
        }
        verdict("http://127.0.0.1:9/k", true).unwrap();
        verdict("http://10.0.0.1/k", true).unwrap_err();
    }

    #[test]
    fn the_signature_of_the_url_is_never_shown() {
        let url = UploadUrl::parse("https://b.obs.myhuaweicloud.com/k?Signature=canary").unwrap();
        assert_eq!(
            format!("{url:?}"),
            "UploadUrl(b.obs.myhuaweicloud.com, hidden)"
        );
    }
}
