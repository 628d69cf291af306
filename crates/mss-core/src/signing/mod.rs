//! AK/SK signing, one step of it a file; what differs between the algorithms is in `scheme`.
//!
//! [`Signer`] signs *any* request: exactly the headers that the request has, except
//! `Authorization` and names with `_` (gateways drop these). What has to be added comes back as
//! [`SignedHeaders`]; the request itself stays as it is.
//!
//! Source: [the vendor's description of SDK-HMAC-SHA256](https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html);
//! for the others, see [`Algorithm`], its SDKs.
//! Where the vendor's own signers disagree, docs/signing.md says which way is taken.

mod additions;
mod algorithm;
mod authorization;
mod canonical_headers;
mod canonical_path;
mod canonical_query;
mod canonical_request;
mod date;
mod error;
mod explanation;
mod hash;
mod hex;
#[cfg(test)]
mod hostless_vectors;
mod key;
mod key_scope;
mod parts;
mod payload;
mod scheme;
mod signed_headers;
mod signer;
mod string_to_sign;

pub use algorithm::Algorithm;
pub use error::SigningError;
pub use explanation::Explanation;
pub use key_scope::KeyScope;
pub use parts::RequestParts;
pub use signed_headers::SignedHeaders;
pub use signer::Signer;

/// Header with the time of the signature, `YYYYMMDDTHHMMSSZ` in UTC. More than 15 minutes off
/// is refused by the gateway.
pub const DATE_HEADER: &str = "x-sdk-date";

/// Header with the security token of temporary credentials.
pub const SECURITY_TOKEN_HEADER: &str = "x-security-token";

/// Header whose value, where present, stands in for the SHA-256 of the body.
pub const CONTENT_SHA256_HEADER: &str = "x-sdk-content-sha256";

/// Header whose value, where present, stands in for the SM3 of the body.
pub const CONTENT_SM3_HEADER: &str = "x-sdk-content-sm3";
