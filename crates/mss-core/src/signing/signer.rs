//! The signer: all steps, from a request to the headers that it lacks.

use std::fmt;

use http::{Request, header::HOST, uri::Authority};
use time::OffsetDateTime;

use super::{
    ALGORITHM, DATE_HEADER, SECURITY_TOKEN_HEADER, SignedHeaders, SigningError,
    canonical_headers::{self, Header},
    canonical_request,
    date::SigningDate,
    key::SigningKey,
    payload::hex,
    sink::{HashSink, Sink},
    string_to_sign,
};
use crate::{Credentials, Secret};

/// Signs requests with an access key pair.
///
/// ```
/// use mss_core::{Credentials, signing::Signer};
/// use time::OffsetDateTime;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = Credentials::new("AK", "SK")?;
/// let mut request = http::Request::post("https://metastudio.cn-north-4.myhuaweicloud.com/v1/p/files")
///     .header("content-type", "application/json")
///     .body(r#"{"file_name":"clip.mp4"}"#)?;
/// let signed = Signer::new(&credentials).sign(&request, OffsetDateTime::now_utc())?;
/// signed.apply(request.headers_mut());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Signer {
    access_key: String,
    key: SigningKey,
    security_token: Option<Secret>,
}

impl Signer {
    /// A signer for these credentials.
    pub fn new(credentials: &Credentials) -> Self {
        Self {
            access_key: credentials.access_key().to_owned(),
            key: SigningKey::new(credentials.secret_key()),
            security_token: credentials.security_token().cloned(),
        }
    }

    /// Signs a request as it stands and returns the headers to add; the request isn't changed.
    ///
    /// All its headers are signed except `Authorization` and names with `_`. `Host` comes from
    /// the URI and `X-Sdk-Date` from `now` where the request has none, and `X-Security-Token`
    /// from temporary credentials.
    ///
    /// # Errors
    ///
    /// [`SigningError`] when there is no host, or no usable date.
    pub fn sign<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: OffsetDateTime,
    ) -> Result<SignedHeaders, SigningError> {
        let missing = Missing::of(request, self.security_token.as_ref(), now)?;
        Ok(missing.with_sorted(request, |sorted| {
            let mut canonical_request = HashSink::new();
            canonical_request::write(request, sorted, &mut canonical_request);
            let hash = canonical_request.finish();
            let signature = self
                .key
                .sign(|sink| string_to_sign::write(&missing.date, &hash, sink));
            self.signed_headers(&missing, sorted, &signature)
        }))
    }

    /// Signs as [`Signer::sign`] does and keeps every stage, for a person who compares them.
    ///
    /// # Errors
    ///
    /// As [`Signer::sign`].
    pub fn explain<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: OffsetDateTime,
    ) -> Result<Explanation, SigningError> {
        let headers = self.sign(request, now)?;
        let missing = Missing::of(request, self.security_token.as_ref(), now)?;
        let mut canonical_request = Vec::new();
        missing.with_sorted(request, |sorted| {
            canonical_request::write(request, sorted, &mut canonical_request);
        });
        let mut hash = HashSink::new();
        hash.put(&canonical_request);
        let mut string_to_sign = Vec::new();
        string_to_sign::write(&missing.date, &hash.finish(), &mut string_to_sign);
        Ok(Explanation {
            canonical_request: String::from_utf8_lossy(&canonical_request).into_owned(),
            string_to_sign: String::from_utf8_lossy(&string_to_sign).into_owned(),
            headers,
        })
    }

    fn signed_headers(
        &self,
        missing: &Missing<'_>,
        sorted: &[Header<'_>],
        signature: &[u8; 32],
    ) -> SignedHeaders {
        let names: usize = sorted.iter().map(|(name, _)| name.len() + 1).sum();
        let host = missing.host.unwrap_or_default();
        let mut text = Vec::with_capacity(128 + self.access_key.len() + names + host.len());
        text.put(ALGORITHM.as_bytes());
        text.put(b" Access=");
        text.put(self.access_key.as_bytes());
        text.put(b", SignedHeaders=");
        canonical_headers::write_names(sorted, &mut text);
        text.put(b", Signature=");
        text.put(&hex(signature));
        // All parts are ASCII, so nothing is lost and nothing is copied.
        let authorization = String::from_utf8(text).unwrap_or_default();
        SignedHeaders::new(
            authorization,
            missing.host,
            missing.adds_date.then_some(missing.date),
            missing.security_token.cloned(),
        )
    }
}

/// Every stage of a signature. The canonical request holds what the request holds, so with
/// temporary credentials it holds the security token: `Debug` shows none of it.
#[derive(Clone)]
pub struct Explanation {
    /// Step 1: the canonical request.
    pub canonical_request: String,
    /// Step 7: the string to sign.
    pub string_to_sign: String,
    /// Step 9: the headers to add.
    pub headers: SignedHeaders,
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// What the request lacks and the signature needs.
struct Missing<'a> {
    host: Option<&'a str>,
    date: SigningDate,
    adds_date: bool,
    security_token: Option<&'a Secret>,
}

impl<'a> Missing<'a> {
    fn of<B>(
        request: &'a Request<B>,
        security_token: Option<&'a Secret>,
        now: OffsetDateTime,
    ) -> Result<Self, SigningError> {
        let headers = request.headers();
        let host = if headers.contains_key(HOST) {
            None
        } else {
            let authority = request.uri().authority().ok_or(SigningError::NoHost)?;
            Some(host_of(authority))
        };
        let given_date = headers.get(DATE_HEADER);
        let date = match given_date {
            Some(value) => SigningDate::parse(value.as_bytes().trim_ascii())?,
            None => SigningDate::new(now)?,
        };
        Ok(Self {
            host,
            date,
            adds_date: given_date.is_none(),
            security_token: security_token.filter(|_| !headers.contains_key(SECURITY_TOKEN_HEADER)),
        })
    }

    fn with_sorted<B, R>(
        &self,
        request: &Request<B>,
        use_them: impl FnOnce(&[Header<'_>]) -> R,
    ) -> R {
        let added = [
            self.host.map(|host| ("host", host.as_bytes())),
            self.adds_date
                .then(|| (DATE_HEADER, self.date.as_str().as_bytes())),
            self.security_token
                .map(|token| (SECURITY_TOKEN_HEADER, token.expose().as_bytes())),
        ];
        let mut list = [("", &b""[..]); 3];
        let mut count = 0;
        for (slot, header) in list.iter_mut().zip(added.into_iter().flatten()) {
            *slot = header;
            count += 1;
        }
        canonical_headers::with_sorted(request.headers(), &list[..count], use_them)
    }
}

/// The authority as a `Host` header has it: with the port, without user information.
fn host_of(authority: &Authority) -> &str {
    let text = authority.as_str();
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}
