//! The PUT of one part of a large file to the object store (OBS).

use http::{
    HeaderValue, Method, Request,
    header::{CONTENT_LENGTH, EXPECT},
};

use crate::{EXPECT_CONTINUE_ABOVE, UploadUrl};

/// The PUT of one part to its URL of CreateLargeFile. The answer is that of a
/// [`PutContent`](crate::PutContent) and is read by [`PutContent::parse`](crate::PutContent::parse).
///
/// The vendor doesn't say which headers it takes; [`PartPlan`](crate::PartPlan) says why it is
/// sent with Content-Length alone. Without Content-MD5 the store checks nothing, but the tag
/// that it answers is usually the part's MD5 in hexadecimal.
#[derive(Debug, Clone)]
pub struct PutPart<'a> {
    /// Where the part goes.
    pub url: &'a UploadUrl,
    /// Size of the part, in bytes.
    pub size: u64,
}

impl PutPart<'_> {
    /// Name of this step in errors and events.
    pub const NAME: &'static str = "PutPart";

    /// The request without its content.
    pub fn request(&self) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = self.url.uri();
        let headers = request.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.size));
        if self.size > EXPECT_CONTINUE_ABOVE {
            headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_that_a_signature_could_miss() {
        let url = UploadUrl::parse("https://b.obs.myhuaweicloud.com/k?partNumber=1").unwrap();
        let shown = |size| {
            let request = PutPart { url: &url, size }.request();
            format!(
                "{} {} {:?}",
                request.method(),
                request.uri(),
                request.headers()
            )
        };
        insta::assert_snapshot!(
            shown(1_048_576),
            @r#"PUT https://b.obs.myhuaweicloud.com/k?partNumber=1 {"content-length": "1048576"}"#
        );
        insta::assert_snapshot!(
            shown(1_048_577),
            @r#"PUT https://b.obs.myhuaweicloud.com/k?partNumber=1 {"content-length": "1048577", "expect": "100-continue"}"#
        );
    }
}
