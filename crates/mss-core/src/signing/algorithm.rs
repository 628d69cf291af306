//! The algorithms to choose from.

use sha2::Sha256;
use sm3::Sm3;

use super::{
    KeyScope,
    scheme::{Scheme as _, SdkHmac, V11Hmac},
};
use crate::InvalidInput;

/// How a request is signed. The gateway decides what it takes; MetaStudio's own is documented with
/// the first only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// `SDK-HMAC-SHA256`: the [documented](https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html)
    /// one.
    #[default]
    SdkHmacSha256,
    /// `SDK-HMAC-SM3`: the same with SM3 (GB/T 32905) in place of SHA-256, for clouds that ask for
    /// it. Known from the vendor's SDKs only.
    SdkHmacSm3,
    /// `V11-HMAC-SHA256`: a key derived for a day, a region and a service signs. Known from the
    /// vendor's SDKs only.
    V11HmacSha256(KeyScope),
}

impl Algorithm {
    /// The algorithm of this name. Region and service belong to `V11-HMAC-SHA256` and to no other.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for another name, for a region or service that is missing, that can't be
    /// part of a [`KeyScope`] or that no key is derived for.
    pub fn named(
        name: &str,
        region: Option<&str>,
        service: Option<&str>,
    ) -> Result<Self, InvalidInput> {
        let plain = match name {
            SdkHmac::<Sha256>::NAME => Self::SdkHmacSha256,
            SdkHmac::<Sm3>::NAME => Self::SdkHmacSm3,
            V11Hmac::NAME => {
                let given = |field, value: Option<_>| {
                    let problem = "must be given for V11-HMAC-SHA256, whose key is derived for it";
                    value.ok_or_else(|| InvalidInput::new(field, problem))
                };
                let scope = KeyScope::new(given("region", region)?, given("service", service)?)?;
                return Ok(Self::V11HmacSha256(scope));
            }
            _ => {
                let problem = "must be SDK-HMAC-SHA256, SDK-HMAC-SM3 or V11-HMAC-SHA256";
                return Err(InvalidInput::with_value("algorithm", problem, name));
            }
        };
        for (field, value) in [("region", region), ("service", service)] {
            if value.is_some() {
                let problem = format!("is for V11-HMAC-SHA256: {name} derives no key");
                return Err(InvalidInput::new(field, problem));
            }
        }
        Ok(plain)
    }

    /// Its name, as it stands in the string to sign and in `Authorization`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SdkHmacSha256 => SdkHmac::<Sha256>::NAME,
            Self::SdkHmacSm3 => SdkHmac::<Sm3>::NAME,
            Self::V11HmacSha256(_) => V11Hmac::NAME,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_its_algorithm() {
        for (name, region, service) in [
            ("SDK-HMAC-SHA256", None, None),
            ("SDK-HMAC-SM3", None, None),
            ("V11-HMAC-SHA256", Some("r"), Some("s")),
        ] {
            let algorithm = Algorithm::named(name, region, service).unwrap();
            assert_eq!(algorithm.name(), name);
        }
        assert_eq!(Algorithm::default().name(), "SDK-HMAC-SHA256");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (sha256, v11) = ("SDK-HMAC-SHA256", "V11-HMAC-SHA256");
        for (name, region, service, field) in [
            ("sdk-hmac-sha256", None, None, "algorithm"),
            ("", None, None, "algorithm"),
            ("SDK-SM2-SM3", None, None, "algorithm"),
            (sha256, Some("r"), None, "region"),
            ("SDK-HMAC-SM3", None, Some("s"), "service"),
            (v11, None, Some("s"), "region"),
            (v11, Some("r"), None, "service"),
            (v11, Some("r/"), Some("s"), "region"),
        ] {
            let error = Algorithm::named(name, region, service).expect_err(name);
            assert_eq!(error.field(), field, "{error}");
        }
    }
}
