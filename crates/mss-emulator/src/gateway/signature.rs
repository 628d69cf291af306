//! From the canonical request to the signature.

use subtle::ConstantTimeEq;

use super::{
    algorithm::{Algorithm, derived_key},
    authorization::Authorization,
};
use crate::secret::Secret;

/// Whether the header's signature is that of the canonical request.
pub(super) fn matches(
    authorization: &Authorization,
    secret: &Secret,
    date: &str,
    canonical: &[u8],
) -> bool {
    let Some(expected) = compute(authorization, secret, date, canonical) else {
        return false;
    };
    expected
        .as_bytes()
        .ct_eq(authorization.signature.as_bytes())
        .into()
}

pub(super) fn compute(
    authorization: &Authorization,
    secret: &Secret,
    date: &str,
    canonical: &[u8],
) -> Option<String> {
    let algorithm = authorization.algorithm;
    let to_sign = string_to_sign(algorithm, date, &authorization.scope, canonical);
    match algorithm {
        Algorithm::SdkHmacSha256 | Algorithm::SdkHmacSm3 => {
            algorithm.sign(secret.expose().as_bytes(), to_sign.as_bytes())
        }
        Algorithm::V11HmacSha256 => {
            let key = derived_key(&authorization.access_key, secret, &authorization.scope)?;
            algorithm.sign(key.as_bytes(), to_sign.as_bytes())
        }
    }
}

pub(super) fn string_to_sign(
    algorithm: Algorithm,
    date: &str,
    scope: &str,
    canonical: &[u8],
) -> String {
    let (name, hash) = (algorithm.name(), algorithm.hash(canonical));
    match scope {
        "" => format!("{name}\n{date}\n{hash}"),
        scope => format!("{name}\n{date}\n{scope}\n{hash}"),
    }
}
