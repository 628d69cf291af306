//! The calls, one a file: request, response, whether it may be repeated, wire form.
//!
//! An operation knows nothing of credentials, clocks or connections. A user can implement
//! [`Operation`] for a call that this crate lacks and send it with the same client.

mod confirm_file_upload;
mod create_digital_asset;
mod create_file;
mod create_large_file;
mod delete_asset;
mod delete_file;
mod file_fields;
mod put_content;
mod put_part;
mod show_asset;

use http::{
    HeaderValue, Method, Request, Response, Uri,
    header::{CONTENT_TYPE, HOST},
};

pub use confirm_file_upload::{ConfirmFileUpload, ConfirmedUpload};
pub use create_digital_asset::{
    CreateDigitalAsset, CreatedAsset, MAX_ASSET_DESCRIPTION_CHARS, MAX_ASSET_NAME_CHARS,
    MAX_ASSET_TAGS, MAX_TAG_CHARS,
};
pub use create_file::{CreateFile, CreatedFile, MAX_FILE_SIZE};
pub use create_large_file::{CreateLargeFile, CreatedLargeFile};
pub use delete_asset::{DeleteAsset, DeletedAsset};
pub use delete_file::{DeleteFile, DeletedFile};
pub use file_fields::MAX_FILE_NAME_CHARS;
pub(crate) use put_content::obs_request_id;
pub use put_content::{EXPECT_CONTINUE_ABOVE, PutContent, StoredContent, content_type};
pub use put_part::PutPart;
pub use show_asset::{ShowAsset, ShownAsset};

use crate::{AppUserId, CallClass, Endpoint, InvalidInput, ProjectId, UnexpectedAnswer, answer};

/// Header that names the third-party user of a call.
pub const APP_USER_ID_HEADER: &str = "x-app-userid";

/// Header with the service's id of a request, for its support.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Whether a call may be sent again when nobody knows if the first one arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// Sending it twice has the effect of sending it once.
    Repeatable,
    /// A second one could have a second effect.
    NotRepeatable,
}

/// One call of the service.
///
/// ```
/// use http::{Method, Request, Response};
/// use mss_core::{AssetId, Idempotency, InvalidInput, Operation, Target, UnexpectedAnswer};
///
/// /// `POST /v1/{project_id}/digital-assets/{asset_id}/restore`, a call that isn't built in.
/// struct RestoreAsset(AssetId);
///
/// impl Operation for RestoreAsset {
///     type Response = ();
///     const NAME: &'static str = "RestoreAsset";
///     const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;
///
///     fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
///         let path = format!("digital-assets/{}/restore", self.0);
///         target.request(Method::POST, &path, Vec::new())
///     }
///
///     fn parse(&self, _: &Response<Vec<u8>>) -> Result<(), UnexpectedAnswer> {
///         Ok(())
///     }
/// }
/// ```
pub trait Operation {
    /// What a successful answer says.
    type Response;

    /// The vendor's name of the call: `ConfirmFileUpload`, ...
    const NAME: &'static str;

    /// Whether the call may be sent again.
    const IDEMPOTENCY: Idempotency;

    /// Which calls it shares a limit with.
    const CLASS: CallClass = CallClass::Files;

    /// Longest body that an answer may have, in bytes.
    const ANSWER_LIMIT: usize = 64 * 1024;

    /// The request, without anything that proves who sends it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when a value is beyond the documented limits; nothing is sent then.
    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput>;

    /// Reads an answer that is known to mean success.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when it lacks what the document promises.
    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<Self::Response, UnexpectedAnswer>;

    /// The file that the call is about, for error messages: its id, or its name before it has one.
    fn subject(&self) -> Option<&str> {
        None
    }
}

/// Where an operation's request goes: endpoint and project.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The project whose files are meant.
    pub project_id: &'a ProjectId,
}

impl Target<'_> {
    /// A JSON request to `/v1/{project_id}/{path}`. The path may hold `/` and end in a query, and
    /// must already be percent-encoded; validated ids need no encoding.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the path can't stand in a URL.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Request<Vec<u8>>, InvalidInput> {
        let Self {
            endpoint,
            project_id,
        } = self;
        let uri: Uri = format!(
            "{}://{}/v1/{project_id}/{path}",
            endpoint.scheme(),
            endpoint.authority()
        )
        .parse()
        .map_err(|_| InvalidInput::with_value("path", "can't stand in a URL", path))?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(HOST, endpoint.host_header().clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(request)
    }
}

fn set_app_user_id(
    request: &mut Request<Vec<u8>>,
    id: Option<&AppUserId>,
) -> Result<(), InvalidInput> {
    if let Some(id) = id {
        let value = HeaderValue::from_str(id.as_str())
            .map_err(|_| InvalidInput::new("app_user_id", "can't stand in a header"))?;
        request.headers_mut().insert(APP_USER_ID_HEADER, value);
    }
    Ok(())
}

/// The service's id of an answered request; empty when a lenient client took an answer without.
fn request_id(answer: &Response<Vec<u8>>) -> String {
    let id = answer::request_id(answer.headers());
    id.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod testing {
    use super::*;

    /// An operation's request as text, for the documents' example project.
    pub(super) fn wire(operation: &impl Operation) -> String {
        let endpoint = Endpoint::of_region("cn-north-4").unwrap();
        let project_id = "6a6a1f8354f64dd9b9a614def7b59d83".parse().unwrap();
        let target = Target {
            endpoint: &endpoint,
            project_id: &project_id,
        };
        let request = operation.request(&target).unwrap();
        let mut headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        headers.sort();
        let body = str::from_utf8(request.body()).unwrap();
        format!(
            "{} {}\n{}\n{body}",
            request.method(),
            request.uri(),
            headers.concat()
        )
    }

    /// A successful answer with the request id `r-1`.
    pub(super) fn answer(body: &str) -> Response<Vec<u8>> {
        let answer = Response::builder().header(REQUEST_ID_HEADER, "r-1");
        answer.body(body.as_bytes().to_vec()).unwrap()
    }
}
