//! What goes into a pre-signed URL besides the object.

use http::{header, request::Parts};
use time::OffsetDateTime;

use super::super::{Service, refusal::Refusal};

/// The host under which this client sees the emulator.
pub(super) fn host<'a>(service: &'a Service, head: &'a Parts) -> Result<&'a str, Refusal> {
    let host = match head.headers.get(header::HOST) {
        Some(value) => value.to_str().unwrap_or_default(),
        None => head
            .uri
            .authority()
            .map_or(service.own_host.as_str(), http::uri::Authority::as_str),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_plain) {
        return Err(Refusal::invalid("Host: not a host name"));
    }
    Ok(host)
}

/// When a URL that is made now ends, in seconds since 1970.
pub(super) fn expires(service: &Service, now: OffsetDateTime) -> i64 {
    if service.urls_have_expired {
        return now.unix_timestamp().saturating_sub(1);
    }
    let lifetime = i64::try_from(service.url_lifetime.as_secs()).unwrap_or(i64::MAX);
    now.unix_timestamp().saturating_add(lifetime)
}
