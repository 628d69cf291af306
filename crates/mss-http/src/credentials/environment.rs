//! Credentials from the environment, under the vendor's names.

use mss_core::{Credentials, InvalidInput};

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};

const ACCESS_KEY: &str = "HUAWEICLOUD_SDK_AK";
const SECRET_KEY: &str = "HUAWEICLOUD_SDK_SK";
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const DOMAIN_ID: &str = "HUAWEICLOUD_SDK_DOMAIN_ID";
pub(crate) const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";

/// The key pair of the environment.
#[derive(Debug)]
struct Environment;

impl CredentialSource {
    /// The key pair of the environment: `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK` and, for
    /// temporary ones, `HUAWEICLOUD_SDK_SECURITY_TOKEN`.
    pub fn environment() -> Self {
        Self::of(Environment)
    }
}

impl Source for Environment {
    fn name(&self) -> &'static str {
        "environment"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let variables = loading.variables;
        let (access_key, secret_key) = match (variables.get(ACCESS_KEY), variables.get(SECRET_KEY))
        {
            (Some(access_key), Some(secret_key)) => (access_key, secret_key),
            (None, None) => {
                let problem = format!("{ACCESS_KEY} and {SECRET_KEY} are not set");
                return Err(NotFound::new(Why::Absent, problem));
            }
            (Some(_), None) => return Err(half(SECRET_KEY, ACCESS_KEY)),
            (None, Some(_)) => return Err(half(ACCESS_KEY, SECRET_KEY)),
        };
        let mut keys = Credentials::new(access_key, secret_key).map_err(|error| named(&error))?;
        if let Some(token) = variables.get(SECURITY_TOKEN) {
            keys = keys
                .with_security_token(token)
                .map_err(|error| named(&error))?;
        }
        let mut found = FoundCredentials::keys(keys);
        found.origin = format!("the environment ({ACCESS_KEY})");
        found.project_id = variables.get(PROJECT_ID);
        found.domain_id = variables.get(DOMAIN_ID);
        Ok(found)
    }
}

fn half(missing: &str, given: &str) -> NotFound {
    NotFound::new(Why::Invalid, format!("{given} is set, {missing} is not"))
}

/// Names the variable in place of the field.
fn named(error: &InvalidInput) -> NotFound {
    let variable = match error.field() {
        "access_key" => ACCESS_KEY,
        "secret_key" => SECRET_KEY,
        _ => SECURITY_TOKEN,
    };
    let text = error.to_string();
    let problem = text.strip_prefix(error.field()).unwrap_or(&text);
    NotFound::new(Why::Invalid, format!("{variable}{problem}"))
}
