//! URLs that allow one request to one object: made by the API's calls, checked by the store.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, header, request::Parts};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::StoreError;

/// Where the store lives on the emulator's one host.
pub(crate) const PREFIX: &str = "/_obs";

/// The parameter that names a part.
const PART: &str = "partNumber=";

/// The pair of keys that `MetaStudio` itself would have in the object store.
pub(crate) struct StoreKeys {
    /// Of the URLs that it signs.
    scheme: &'static str,
    access_key: String,
    secret: Zeroizing<[u8; 64]>,
}

/// Bucket and key, as `/bucket/key`.
pub(crate) struct ObjectPath(String);

impl ObjectPath {
    const BUCKET: &str = "/mss-emulator/";

    pub(crate) fn of_file(file_id: &str) -> Self {
        Self(format!("{}{file_id}", Self::BUCKET))
    }

    /// The file whose object it is.
    pub(crate) fn file_id(&self) -> Option<&str> {
        self.0.strip_prefix(Self::BUCKET)
    }

    pub(crate) fn of_request(path: &str) -> Self {
        Self(path.strip_prefix(PREFIX).unwrap_or(path).to_owned())
    }
}

/// What the request must look like for the URL to hold.
pub(crate) struct Terms<'a> {
    pub(crate) method: &'static str,
    pub(crate) content_md5: &'a str,
    pub(crate) content_type: &'a str,
    /// The part of a large file, from 1.
    pub(crate) part: Option<u32>,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

/// What a good URL allows.
pub(crate) struct Admitted {
    pub(crate) object: ObjectPath,
    /// The part of a large file, from 1.
    pub(crate) part: Option<usize>,
}

impl StoreKeys {
    pub(crate) fn new(scheme: &'static str, access_key: String, secret: [u8; 64]) -> Self {
        Self {
            scheme,
            access_key,
            secret: Zeroizing::new(secret),
        }
    }

    pub(crate) fn presign(&self, host: &str, object: &ObjectPath, terms: &Terms<'_>) -> String {
        let expires = terms.expires.to_string();
        let part = terms.part.map(|part| format!("{PART}{part}"));
        let (signed, sent) = match &part {
            Some(part) => (format!("?{part}"), format!("{part}&")),
            None => (String::new(), String::new()),
        };
        let signature = self.sign(&format!(
            "{}\n{}\n{}\n{expires}\n{}{signed}",
            terms.method, terms.content_md5, terms.content_type, object.0
        ));
        format!(
            "{}://{host}{PREFIX}{}?{sent}AccessKeyId={}&Expires={expires}&Signature={}",
            self.scheme,
            object.0,
            self.access_key,
            utf8_percent_encode(&signature, NON_ALPHANUMERIC)
        )
    }

    /// The object that the request may write or read.
    pub(crate) fn verify(&self, head: &Parts, now: OffsetDateTime) -> Result<Admitted, StoreError> {
        if head.headers.contains_key(header::AUTHORIZATION) {
            return Err(StoreError::access_denied(
                "A signed URL and an Authorization header exclude each other",
            ));
        }
        let query = Query::parse(head.uri.query().unwrap_or_default())
            .ok_or_else(|| StoreError::access_denied("The URL isn't signed"))?;
        if query.access_key != self.access_key {
            return Err(StoreError::new(
                StatusCode::FORBIDDEN,
                "InvalidAccessKeyId",
                "There is no such access key",
            ));
        }
        let expires: i64 = query
            .expires
            .parse()
            .map_err(|_| StoreError::access_denied("Expires isn't a number of seconds"))?;
        if now.unix_timestamp() > expires {
            return Err(StoreError::expired());
        }
        let object = ObjectPath::of_request(head.uri.path());
        let to_sign = string_to_sign(head, &query, &object);
        let expected = self.sign(&to_sign);
        if bool::from(expected.as_bytes().ct_eq(query.signature.as_bytes())) {
            let part = query.more.iter().find_map(|more| more.strip_prefix(PART));
            Ok(Admitted {
                object,
                part: part.and_then(|part| part.parse().ok()),
            })
        } else {
            Err(StoreError::signature(to_sign))
        }
    }

    fn sign(&self, text: &str) -> String {
        // A key of exactly one block, so the constructor that can't fail will do.
        let mut mac = Hmac::<Sha1>::new((&*self.secret).into());
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

struct Query {
    access_key: String,
    expires: String,
    signature: String,
    /// Anything else that the URL carries; it becomes part of what is signed.
    more: Vec<String>,
}

impl Query {
    /// `None` when one of the three parameters is missing.
    fn parse(query: &str) -> Option<Self> {
        let (mut access_key, mut expires, mut signature) = (None, None, None);
        let mut more = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match name {
                "AccessKeyId" => &mut access_key,
                "Expires" => &mut expires,
                "Signature" => &mut signature,
                _ => {
                    more.push(pair.to_owned());
                    continue;
                }
            };
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            if slot.replace(value).is_some() {
                more.push(pair.to_owned());
            }
        }
        more.sort_unstable();
        Some(Self {
            access_key: access_key?,
            expires: expires?,
            signature: signature?,
            more,
        })
    }
}

fn string_to_sign(head: &Parts, query: &Query, object: &ObjectPath) -> String {
    let mut text = format!(
        "{}\n{}\n{}\n{}\n",
        head.method,
        values(&head.headers, "content-md5"),
        values(&head.headers, "content-type"),
        query.expires
    );
    let mut vendor_headers: Vec<&str> = head
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-obs-") || name.starts_with("x-amz-"))
        .collect();
    vendor_headers.sort_unstable();
    for name in vendor_headers {
        text.push_str(name);
        text.push(':');
        text.push_str(&values(&head.headers, name));
        text.push('\n');
    }
    text.push_str(&object.0);
    if !query.more.is_empty() {
        text.push('?');
        text.push_str(&query.more.join("&"));
    }
    text
}

fn values(headers: &HeaderMap, name: &str) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(",")
}
