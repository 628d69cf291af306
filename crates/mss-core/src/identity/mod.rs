//! The calls by which credentials are got, one a file: tokens and temporary keys from IAM and STS,
//! from the metadata service of an ECS, from the agent of a pod.
//!
//! Each makes its request and reads its answer; sending it is another's business. None of the
//! errors repeats anything of an answer, for what makes it unusable may stand beside a key.

mod assume_with_oidc;
mod create_token;
mod endpoints;
mod exchange_id_token;
mod freshness;
mod list_projects;
mod metadata;
mod pod;
mod security_tokens;
mod temporary_keys;

use http::{
    HeaderMap, HeaderValue, Method, Request, Uri,
    header::{CONTENT_TYPE, HOST},
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub use assume_with_oidc::AssumeWithOidc;
pub use create_token::{CreateToken, IssuedToken, TokenScope};
pub use endpoints::{
    METADATA_ENDPOINT, given_endpoint, iam_endpoint, local_endpoint, sts_endpoint,
};
pub use exchange_id_token::ExchangeIdToken;
pub use freshness::{refresh_at, refresh_metadata_at};
pub use list_projects::{ListProjects, ListedProject};
pub use metadata::{METADATA_TIMEOUT, MetadataSession};
pub use pod::{POD_TIMEOUT, PodAgent};
pub use security_tokens::CreateSecurityTokens;
pub use temporary_keys::TemporaryKeys;

use crate::{Endpoint, InvalidInput};

/// Header in which IAM answers a token.
const SUBJECT_TOKEN_HEADER: &str = "x-subject-token";

/// The id under which IAM knows a request, for its support.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-iam-trace-id")?.to_str().ok()?.trim();
    (!id.is_empty()).then_some(id)
}

/// A request without a body. The path must already be percent-encoded.
fn request(
    method: Method,
    endpoint: &Endpoint,
    path: &str,
) -> Result<Request<Vec<u8>>, InvalidInput> {
    let uri: Uri = format!("{endpoint}{path}")
        .parse()
        .map_err(|_| InvalidInput::with_value("path", "can't stand in a URL", path))?;
    let mut request = Request::new(Vec::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    let host = endpoint.host_header().clone();
    request.headers_mut().insert(HOST, host);
    Ok(request)
}

/// A POST of this JSON.
fn post(endpoint: &Endpoint, path: &str, body: &Value) -> Result<Request<Vec<u8>>, InvalidInput> {
    let mut request = request(Method::POST, endpoint, path)?;
    *request.body_mut() = body.to_string().into_bytes();
    let json = HeaderValue::from_static("application/json;charset=utf8");
    request.headers_mut().insert(CONTENT_TYPE, json);
    Ok(request)
}

/// A time as IAM writes it, with or without a fraction: `2015-11-09T01:42:57.527363Z`.
fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod testing {
    use http::Response;

    use super::*;

    /// A request as text.
    pub(super) fn wire(request: &Request<Vec<u8>>) -> String {
        let mut headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        headers.sort();
        let body = str::from_utf8(request.body()).unwrap();
        let (method, uri) = (request.method(), request.uri());
        format!("{method} {uri}\n{}\n{body}", headers.concat())
    }

    pub(super) fn iam() -> Endpoint {
        iam_endpoint(Some("cn-north-4")).unwrap()
    }

    pub(super) fn answer(body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
        Response::new(body.into())
    }

    pub(super) fn at(text: &str) -> OffsetDateTime {
        time(text).unwrap()
    }
}
