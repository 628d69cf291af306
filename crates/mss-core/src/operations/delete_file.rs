//! DeleteFile: deletes a file of an asset.

use http::{Method, Request, Response};

use super::{Idempotency, Operation, Target, request_id, set_app_user_id};
use crate::{AppUserId, FileId, InvalidInput, UnexpectedAnswer};

/// `DELETE /v1/{project_id}/files/{file_id}`: deletes a file.
///
/// The vendor doesn't say whether the call may be repeated. An id names one file for ever and
/// files have no recycle bin, so a second call finds nothing more to do; that is why it is sent
/// again when an answer gets lost. A 404 to the second one leaves open which of the two did it.
///
/// Source: [DeleteFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/DeleteFile.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteFile {
    file_id: FileId,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`DeleteFile`]: status 200; no body is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedFile {
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl DeleteFile {
    /// Deletes the file.
    pub fn new(file_id: FileId) -> Self {
        Self {
            file_id,
            app_user_id: None,
        }
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }
}

impl Operation for DeleteFile {
    type Response = DeletedFile;
    const NAME: &'static str = "DeleteFile";
    const IDEMPOTENCY: Idempotency = Idempotency::Repeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let path = format!("files/{}", self.file_id);
        let mut request = target.request(Method::DELETE, &path, Vec::new())?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<DeletedFile, UnexpectedAnswer> {
        Ok(DeletedFile {
            request_id: request_id(answer),
        })
    }

    fn subject(&self) -> Option<&str> {
        Some(self.file_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing;

    #[test]
    fn the_request_has_no_body() {
        let id = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
        let delete = DeleteFile::new(id).app_user_id("tester-01".parse().unwrap());
        insta::assert_snapshot!(testing::wire(&delete), @r"
        DELETE https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/files/24bad716-87b1-45e5-8912-6102f7693265
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01
        ");
        let deleted = delete.parse(&testing::answer("")).unwrap();
        assert_eq!(deleted.request_id, "r-1");
    }
}
