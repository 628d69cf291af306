//! AK/SK signing, SDK-HMAC-SHA256, one step of the algorithm a file.
//!
//! [`Signer`] signs *any* request: exactly the headers that the request has, except
//! `Authorization` and names with `_` (gateways drop these). What has to be added comes back as
//! [`SignedHeaders`]; the request itself stays as it is.
//!
//! Source: [the vendor's description of the algorithm](https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html).
//! Where the vendor's own signers disagree, docs/signing.md says which way is taken.

mod additions;
mod authorization;
mod canonical_headers;
mod canonical_path;
mod canonical_query;
mod canonical_request;
mod date;
mod error;
mod explanation;
mod hex;
#[cfg(test)]
mod hostless_vectors;
mod key;
mod parts;
mod payload;
mod sha256;
mod signed_headers;
mod signer;
mod string_to_sign;

pub use error::SigningError;
pub use explanation::Explanation;
pub use parts::RequestParts;
pub use signed_headers::SignedHeaders;
pub use signer::Signer;

/// Name of the algorithm, as it stands in the string to sign and in `Authorization`.
pub const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// Header with the time of the signature, `YYYYMMDDTHHMMSSZ` in UTC. More than 15 minutes off
/// is refused by the gateway.
pub const DATE_HEADER: &str = "x-sdk-date";

/// Header with the security token of temporary credentials.
pub const SECURITY_TOKEN_HEADER: &str = "x-security-token";

/// Header whose value, where present, stands in for the hash of the body.
pub const CONTENT_SHA256_HEADER: &str = "x-sdk-content-sha256";
