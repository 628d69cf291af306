//! Credentials from the environment, under the vendor's names.

use mss_core::Credentials;

use crate::{Error, ErrorKind};

const ACCESS_KEY: &str = "HUAWEICLOUD_SDK_AK";
const SECRET_KEY: &str = "HUAWEICLOUD_SDK_SK";
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
pub(crate) const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";

/// The key pair of the environment.
pub(crate) fn from_environment() -> Result<Credentials, Error> {
    let missing = |name: &str| {
        let text = format!("no credentials were given and {name} is not set");
        Error::unsent(ErrorKind::InvalidCredentials, "Client", text)
    };
    let invalid = |error: mss_core::InvalidInput| {
        let text = format!("in the environment, {error}");
        Error::unsent(ErrorKind::InvalidCredentials, "Client", text)
    };
    let access_key = variable(ACCESS_KEY).ok_or_else(|| missing(ACCESS_KEY))?;
    let secret_key = variable(SECRET_KEY).ok_or_else(|| missing(SECRET_KEY))?;
    let pair = Credentials::new(access_key, secret_key).map_err(invalid)?;
    match variable(SECURITY_TOKEN) {
        Some(token) => pair.with_security_token(token).map_err(invalid),
        None => Ok(pair),
    }
}

/// A variable's value; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
