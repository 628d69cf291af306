//! Answers, before they become HTTP.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{clock, faults::Answer};

pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// The file that the request turned out to be about; for the log.
    pub(super) file_id: Option<String>,
    content_type: Option<Cow<'static, str>>,
    body: Bytes,
    store: Option<StoreHeaders>,
    /// What stands there besides.
    more: Vec<(HeaderName, String)>,
    has_request_id: bool,
}

/// What the log wants to know of a reply.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) file_id: Option<String>,
}

struct StoreHeaders {
    host_id: String,
    etag: Option<String>,
}

impl Reply {
    /// Success without a body.
    pub(super) fn empty() -> Self {
        Self {
            status: StatusCode::OK,
            file_id: None,
            content_type: None,
            body: Bytes::new(),
            store: None,
            more: Vec::new(),
            has_request_id: true,
        }
    }

    pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        // Texts and numbers always serialise; an empty body is the lesser evil.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self {
            status,
            content_type: Some(Cow::Borrowed("application/json")),
            body: body.into(),
            ..Self::empty()
        }
    }

    pub(super) fn text(status: StatusCode, text: String) -> Self {
        Self {
            status,
            content_type: Some(Cow::Borrowed("text/plain")),
            body: text.into(),
            ..Self::empty()
        }
    }

    /// The object store's error.
    pub(super) fn xml(status: StatusCode, text: String, host_id: String) -> Self {
        Self {
            status,
            content_type: Some(Cow::Borrowed("application/xml")),
            body: text.into(),
            store: Some(StoreHeaders {
                host_id,
                etag: None,
            }),
            ..Self::empty()
        }
    }

    /// The object store's success.
    pub(super) fn stored(etag: String, host_id: String) -> Self {
        Self {
            store: Some(StoreHeaders {
                host_id,
                etag: Some(etag),
            }),
            ..Self::empty()
        }
    }

    /// An object, as the store hands it out.
    pub(super) fn content(body: Vec<u8>, host_id: String) -> Self {
        Self {
            content_type: Some(Cow::Borrowed("application/octet-stream")),
            body: body.into(),
            store: Some(StoreHeaders {
                host_id,
                etag: None,
            }),
            ..Self::empty()
        }
    }

    /// A bare status, of the service or, with a host id, of the object store.
    pub(super) fn bare(status: StatusCode, host_id: Option<String>) -> Self {
        Self {
            status,
            store: host_id.map(|host_id| StoreHeaders {
                host_id,
                etag: None,
            }),
            ..Self::empty()
        }
    }

    /// The same, with what a test wants to be different.
    pub(super) fn dressed(mut self, answer: Answer) -> Self {
        if let Some(body) = answer.body {
            self.body = body.into();
            self.content_type = answer.content_type.map(Cow::Owned);
        }
        let more = [
            (header::RETRY_AFTER, answer.retry_after),
            (header::LOCATION, answer.location),
        ];
        let given = more
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        self.more.extend(given);
        self.has_request_id = answer.request_id;
        self
    }

    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.more.push((name, value));
        self
    }

    pub(super) fn about(mut self, file_id: &str) -> Self {
        self.file_id = Some(file_id.to_owned());
        self
    }

    pub(super) fn into_response(self, request_id: &str, now: OffsetDateTime) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            // All of these are ASCII, or were checked to fit in.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if self.has_request_id {
            set(HeaderName::from_static("x-request-id"), request_id);
        }
        set(header::DATE, &clock::http_date(now));
        if let Some(content_type) = &self.content_type {
            set(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in self.more {
            set(name, &value);
        }
        if let Some(store) = &self.store {
            set(header::SERVER, "OBS");
            if self.has_request_id {
                set(HeaderName::from_static("x-obs-request-id"), request_id);
                set(HeaderName::from_static("x-obs-id-2"), &store.host_id);
            }
            if let Some(etag) = &store.etag {
                set(header::ETAG, etag);
            }
        }
        response
    }
}
