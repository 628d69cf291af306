//! The query of a request.

use std::borrow::Cow;

use http::request::Parts;
use percent_encoding::percent_decode_str;

/// The first value of this name.
pub(super) fn value<'a>(head: &'a Parts, name: &str) -> Option<Cow<'a, str>> {
    let pairs = head.uri.query()?.split('&');
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy())
}
