//! The PUT of a file's content to the object store (OBS).

use http::{
    HeaderName, HeaderValue, Method, Request, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, EXPECT},
};

use crate::{ContentMd5, InvalidInput, UploadUrl};

/// Contents larger than this ask with `Expect: 100-continue` first, so that a refusal arrives
/// before the bytes are sent. 1 MiB.
pub const EXPECT_CONTINUE_ABOVE: u64 = 1024 * 1024;

/// The PUT of the content to the URL that CreateFile handed out.
///
/// It carries no credentials: the URL itself is signed, and a token has no business at the
/// object store. OBS signs `Content-MD5` and `Content-Type`, so both must be exactly these.
///
/// Sources: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html)
/// and the [OBS reference](https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0080.html).
#[derive(Debug, Clone)]
pub struct PutContent<'a> {
    /// Where the content goes.
    pub url: &'a UploadUrl,
    /// Size of the content, in bytes.
    pub size: u64,
    /// MD5 of the content.
    pub md5: &'a ContentMd5,
    /// Type of the file, as given to CreateFile.
    pub file_type: &'a str,
}

/// What the object store answered to a PUT.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredContent {
    /// The store's id of this request; empty where it sent none.
    pub request_id: String,
    /// The store's tag of the object, as sent; usually the content's MD5 in hexadecimal.
    pub etag: Option<String>,
}

impl PutContent<'_> {
    /// Name of this step in errors and events.
    pub const NAME: &'static str = "PutContent";

    /// The request without its content.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when a value can't stand in a header.
    pub fn request(&self) -> Result<Request<()>, InvalidInput> {
        let mut request = Request::new(());
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = self.url.uri();
        let headers = request.headers_mut();
        let md5 = HeaderValue::from_str(self.md5.as_str())
            .map_err(|_| InvalidInput::new("file_md5", "can't stand in a header"))?;
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.size));
        headers.insert(HeaderName::from_static("content-md5"), md5);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(content_type(self.file_type)),
        );
        if self.size > EXPECT_CONTINUE_ABOVE {
            headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        }
        Ok(request)
    }

    /// Reads an answer with status 200.
    pub fn parse(answer: &Response<Vec<u8>>) -> StoredContent {
        let text = |name: HeaderName| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        StoredContent {
            request_id: obs_request_id(answer).unwrap_or_default().to_owned(),
            etag: text(ETAG),
        }
    }
}

/// The object store's id of a request.
pub(crate) fn obs_request_id(answer: &Response<Vec<u8>>) -> Option<&str> {
    ["x-obs-request-id", "x-amz-request-id"]
        .into_iter()
        .find_map(|name| answer.headers().get(name)?.to_str().ok())
}

/// The `Content-Type` that the vendor prescribes for a file type. Note `audio/mp3`, which isn't
/// the registered name: the store checks these very words.
///
/// Whether letter case matters isn't documented; types are compared without it.
pub fn content_type(file_type: &str) -> &'static str {
    match file_type.to_ascii_lowercase().as_str() {
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "png" => "image/png",
        "mp4" => "video/mp4",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(size: u64, file_type: &str) -> Vec<(String, String)> {
        let url = UploadUrl::parse("https://b.obs.myhuaweicloud.com/k?Signature=s").unwrap();
        let md5 = ContentMd5::new([0; 16]);
        let put = PutContent {
            url: &url,
            size,
            md5: &md5,
            file_type,
        };
        let request = put.request().unwrap();
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect()
    }

    #[test]
    fn exactly_the_prescribed_headers_are_sent() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut small = vec![
            pair("content-length", "1048576"),
            pair("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
            pair("content-type", "audio/mp3"),
        ];
        assert_eq!(headers(1_048_576, "MP3"), small);
        small[0].1 = "1048577".into();
        small.push(pair("expect", "100-continue"));
        assert_eq!(headers(1_048_577, "mp3"), small);
    }

    #[test]
    fn unlisted_types_are_octets() {
        for file_type in ["md", "zip", "", "mpeg"] {
            assert_eq!(content_type(file_type), "application/octet-stream");
        }
    }
}
