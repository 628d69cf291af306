//! Step 1: the six parts of the canonical request in their order.

use http::Request;

use super::{
    canonical_headers::{self, Header},
    canonical_path, canonical_query, payload,
    sink::Sink,
};

/// Writes the canonical request. `headers` are those to be signed, sorted.
pub(super) fn write<B: AsRef<[u8]>>(
    request: &Request<B>,
    headers: &[Header<'_>],
    sink: &mut impl Sink,
) {
    sink.put(request.method().as_str().as_bytes());
    sink.put(b"\n");
    canonical_path::write(request.uri().path(), sink);
    sink.put(b"\n");
    canonical_query::write(request.uri().query(), sink);
    sink.put(b"\n");
    canonical_headers::write(headers, sink);
    sink.put(b"\n");
    canonical_headers::write_names(headers, sink);
    sink.put(b"\n");
    payload::write(request.headers(), request.body().as_ref(), sink);
}
