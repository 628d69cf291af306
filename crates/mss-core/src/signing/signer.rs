//! The signer: all steps, from a request to the headers that it lacks.

use http::Request;

use time::OffsetDateTime;
use zeroize::Zeroize as _;

use super::{
    Algorithm, Explanation, RequestParts, SECURITY_TOKEN_HEADER, SignedHeaders, SigningError,
    additions::Additions,
    authorization,
    canonical_headers::{self, CanonicalHeaders},
    canonical_request,
    hash::Hasher,
    hex,
    payload::Payload,
    scheme::{Chosen, Scheme},
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
    scheme: Chosen,
    security_token: Option<Secret>,
}

impl Signer {
    /// A signer for these credentials, with [`Algorithm::SdkHmacSha256`].
    pub fn new(credentials: &Credentials) -> Self {
        Self::with_algorithm(credentials, Algorithm::default())
    }

    /// A signer for these credentials that signs another way.
    pub fn with_algorithm(credentials: &Credentials, algorithm: Algorithm) -> Self {
        Self {
            access_key: credentials.access_key().to_owned(),
            scheme: Chosen::new(algorithm, credentials),
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
        let headers = request.headers();
        self.sign_and_show(
            &request.into(),
            |list| list.add_all(headers),
            now,
            |_, _| {},
        )
    }

    /// Signs a request that comes in parts. Of `headers`, names must be in lower case; values
    /// are signed without their outer blanks.
    ///
    /// # Errors
    ///
    /// As [`Signer::sign`].
    pub fn sign_parts<'a>(
        &self,
        parts: &RequestParts<'a>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        now: OffsetDateTime,
    ) -> Result<SignedHeaders, SigningError> {
        let fill = |list: &mut CanonicalHeaders<'a>| {
            for (name, value) in headers {
                list.add_unless_unsigned(name, value);
            }
        };
        self.sign_and_show(parts, fill, now, |_, _| {})
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
        let (mut canonical_request, mut string_to_sign) = (String::new(), String::new());
        let given = request.headers();
        let keep = |stage, text: &[u8]| {
            let kept = match stage {
                Stage::CanonicalRequest => &mut canonical_request,
                Stage::StringToSign => &mut string_to_sign,
            };
            *kept = String::from_utf8_lossy(text).into_owned();
        };
        let headers = self.sign_and_show(&request.into(), |list| list.add_all(given), now, keep)?;
        Ok(Explanation {
            canonical_request,
            string_to_sign,
            headers,
        })
    }

    /// Completes the list of headers, and then takes the steps of the algorithm.
    fn sign_and_show<'a>(
        &self,
        request: &RequestParts<'a>,
        fill: impl FnOnce(&mut CanonicalHeaders<'a>),
        now: OffsetDateTime,
        show: impl FnMut(Stage, &[u8]),
    ) -> Result<SignedHeaders, SigningError> {
        let mut headers = CanonicalHeaders::default();
        fill(&mut headers);
        let token = self.security_token.as_ref();
        let additions = Additions::to(&headers, request.authority, token, now)?;
        #[allow(clippy::redundant_locals)] // the new one may hold what lives less long
        let mut headers = headers;
        for (name, value) in additions.headers() {
            headers.add(name, value);
        }
        let text = match &self.scheme {
            Chosen::SdkHmacSha256(scheme) => {
                self.authorization(scheme, request, &mut headers, &additions, show)
            }
            Chosen::SdkHmacSm3(scheme) => {
                self.authorization(scheme, request, &mut headers, &additions, show)
            }
            Chosen::V11HmacSha256(scheme) => {
                self.authorization(scheme, request, &mut headers, &additions, show)
            }
        };
        Ok(additions.with_authorization(text))
    }

    /// The host and the value of `Authorization`. The steps write to one buffer, each over the one
    /// before, because an allocation is a measurable part of what signing costs; `show` sees each
    /// text before it is gone.
    fn authorization<S: Scheme>(
        &self,
        scheme: &S,
        request: &RequestParts<'_>,
        headers: &mut CanonicalHeaders<'_>,
        additions: &Additions<'_>,
        mut show: impl FnMut(Stage, &[u8]),
    ) -> String {
        let payload = Payload::of::<S::Hash>(headers.value(S::CONTENT_HASH_HEADER), request.body);
        let holds_token = headers.value(SECURITY_TOKEN_HEADER).is_some();
        let mut text = Vec::with_capacity(
            canonical_request::max_len(request, headers.list())
                + authorization::max_len(scheme, &self.access_key, headers.list()),
        );
        // What can be hashed is hashed at once: the processor goes on with the next steps
        // meanwhile.
        canonical_request::write_target(request, &mut text);
        let mut hasher = Hasher::<S::Hash>::new();
        hasher.follow(&text);
        let headers = headers.sorted();
        canonical_headers::write(headers, &mut text);
        hasher.follow(&text);
        canonical_request::write_end(headers, &payload, &mut text);
        show(Stage::CanonicalRequest, &text);
        let hash = hasher.finish(&text);
        if holds_token {
            text.zeroize(); // the buffer is handed out, and what follows is shorter
        }

        // This needs no hash, so it comes before what does.
        text.clear();
        text.extend_from_slice(additions.host().as_bytes());
        authorization::write_beginning(
            scheme,
            &self.access_key,
            &additions.date,
            headers,
            &mut text,
        );
        let mut text = String::from_utf8(text).expect("written from texts only");

        let string_to_sign = scheme.string_to_sign(&additions.date, &hash);
        let string_to_sign = string_to_sign.as_ref();
        show(Stage::StringToSign, string_to_sign);
        let signature = hex::lower(&scheme.sign(&additions.date, string_to_sign));
        text.push_str(str::from_utf8(&signature).expect("digits are ASCII"));
        text
    }
}

enum Stage {
    CanonicalRequest,
    StringToSign,
}
