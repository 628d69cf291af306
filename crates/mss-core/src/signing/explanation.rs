//! Every stage of a signature, for a person who compares them.

use std::fmt;

use super::SignedHeaders;

/// Every stage of a signature. The canonical request holds what the request holds, so with
/// temporary credentials it holds the security token: `Debug` shows none of it.
#[derive(Clone)]
pub struct Explanation {
    /// Step 1: the canonical request. Bytes that are no UTF-8 stand as U+FFFD here; the
    /// signature is made over the bytes themselves.
    pub canonical_request: String,
    /// Step 7: the string to sign.
    pub string_to_sign: String,
    /// Step 9: the headers to add.
    pub headers: SignedHeaders,
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
