//! ConfirmFileUpload: tells the service what became of an upload.

use http::{Method, Request, Response};

use super::{Idempotency, Operation, Target, request_id, set_app_user_id};
use crate::{AppUserId, FileId, InvalidInput, UnexpectedAnswer, UploadState};

/// `POST /v1/{project_id}/files/{file_id}/complete`: confirms that a file has been uploaded,
/// that the upload failed, or that it was cancelled.
///
/// ```
/// use mss_core::{ConfirmFileUpload, FileId, UploadState};
///
/// let id: FileId = "24bad716-87b1-45e5-8912-6102f7693265".parse()?;
/// let confirm = ConfirmFileUpload::new(id, UploadState::Created);
/// # Ok::<(), mss_core::InvalidInput>(())
/// ```
///
/// The vendor doesn't say whether the call may be repeated. Sending the *same* state again is
/// treated as harmless; that is why it is retried when an answer gets lost.
///
/// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmFileUpload {
    file_id: FileId,
    state: UploadState,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`ConfirmFileUpload`]: status 200; no body is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfirmedUpload {
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl ConfirmedUpload {
    /// The answer that came with this request id.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self {
            request_id: request_id.into(),
        }
    }
}

impl ConfirmFileUpload {
    /// A confirmation of `state` for the file.
    pub fn new(file_id: FileId, state: UploadState) -> Self {
        Self {
            file_id,
            state,
            app_user_id: None,
        }
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }

    /// The file that is confirmed.
    pub fn file_id(&self) -> &FileId {
        &self.file_id
    }

    /// Gives the file's id back.
    pub fn into_file_id(self) -> FileId {
        self.file_id
    }

    /// The third-party user in whose name the call is made.
    pub fn on_behalf_of(&self) -> Option<&AppUserId> {
        self.app_user_id.as_ref()
    }

    /// The state that is reported.
    pub fn state(&self) -> UploadState {
        self.state
    }
}

impl Operation for ConfirmFileUpload {
    type Response = ConfirmedUpload;
    const NAME: &'static str = "ConfirmFileUpload";
    const IDEMPOTENCY: Idempotency = Idempotency::Repeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let path = format!("files/{}/complete", self.file_id);
        let body = format!(r#"{{"state":"{}"}}"#, self.state).into_bytes();
        let mut request = target.request(Method::POST, &path, body)?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<ConfirmedUpload, UnexpectedAnswer> {
        Ok(ConfirmedUpload {
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
    fn the_documents_example_stands_on_the_wire_as_it_is_written() {
        let id = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
        let confirm = ConfirmFileUpload::new(id, UploadState::Created)
            .app_user_id("tester-01".parse().unwrap());
        insta::assert_snapshot!(testing::wire(&confirm), @r#"
        POST https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/files/24bad716-87b1-45e5-8912-6102f7693265/complete
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01

        {"state":"CREATED"}
        "#);
    }

    #[test]
    fn each_state_has_its_body() {
        for (state, body) in [
            (UploadState::Created, r#"{"state":"CREATED"}"#),
            (UploadState::Failed, r#"{"state":"FAILED"}"#),
            (UploadState::Cancelled, r#"{"state":"CANCELLED"}"#),
        ] {
            let confirm = ConfirmFileUpload::new("f".parse().unwrap(), state);
            assert!(testing::wire(&confirm).ends_with(body));
        }
    }
}
