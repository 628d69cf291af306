//! A request in its parts, for callers whose HTTP library has other types.

use std::fmt;

use http::{Request, uri::Authority};

/// What of a request goes into its signature. `http::Request` needs no such value; who has other
/// types, such as a binding to another language, fills it in without the detour.
///
/// Nothing is checked: what can't stand on the wire gets a signature that no server accepts.
#[derive(Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it stands on the wire, without the query.
    pub path: &'a str,
    /// The query as it stands on the wire, without the `?`.
    pub query: Option<&'a str>,
    /// Host and port, for the `Host` header where there is none. User information is left out.
    pub authority: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a, B: AsRef<[u8]>> From<&'a Request<B>> for RequestParts<'a> {
    fn from(request: &'a Request<B>) -> Self {
        let uri = request.uri();
        Self {
            method: request.method().as_str(),
            path: uri.path(),
            query: uri.query(),
            authority: uri.authority().map(Authority::as_str),
            body: request.body().as_ref(),
        }
    }
}

impl fmt::Debug for RequestParts<'_> {
    /// Without query and body, which may hold anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestParts")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
