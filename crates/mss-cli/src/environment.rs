//! Environment variables: their names, and what is made of them.

use std::ffi::OsString;

use mss_core::{Credentials, InvalidInput, Token};
use mss_http::Variables;

use crate::failure::Failure;

pub(crate) const ACCESS_KEY: &str = "HUAWEICLOUD_SDK_AK";
pub(crate) const SECRET_KEY: &str = "HUAWEICLOUD_SDK_SK";
pub(crate) const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
pub(crate) const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
pub(crate) const USER_TOKEN: &str = "METASTUDIO_TOKEN";
pub(crate) const REGION: &str = "METASTUDIO_REGION";
pub(crate) const ENDPOINT: &str = "METASTUDIO_ENDPOINT";
pub(crate) const LOG: &str = "RUST_LOG";

/// The environment of one run.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a>(&'a Variables);

impl<'a> Environment<'a> {
    pub(crate) fn new(variables: &'a Variables) -> Self {
        Self(variables)
    }

    /// The same for the client.
    pub(crate) fn variables(self) -> Variables {
        self.0.clone()
    }

    /// A variable's value; an empty one counts as not set.
    pub(crate) fn get(self, name: &str) -> Result<Option<String>, Failure> {
        let value = self.0.get_os(name).filter(|value| !value.is_empty());
        // The value may be a secret, so it isn't repeated.
        let text = value.map(OsString::into_string).transpose();
        text.map_err(|_| Failure::Usage(format!("the value of {name} is no valid UTF-8")))
    }

    /// The access key pair, with its security token if there is one.
    pub(crate) fn key_pair(self) -> Result<Credentials, Failure> {
        let need = |name| {
            self.get(name)?
                .ok_or_else(|| Failure::Credentials(format!("{name} is not set")))
        };
        let pair = Credentials::new(need(ACCESS_KEY)?, need(SECRET_KEY)?).map_err(unusable)?;
        self.with_security_token(pair)
    }

    /// The same keys with the environment's security token, if there is one.
    pub(crate) fn with_security_token(self, keys: Credentials) -> Result<Credentials, Failure> {
        match self.get(SECURITY_TOKEN)? {
            Some(token) => keys.with_security_token(token).map_err(unusable),
            None => Ok(keys),
        }
    }

    /// The user token, if there is one.
    pub(crate) fn user_token(self) -> Result<Option<Token>, Failure> {
        let token = self.get(USER_TOKEN)?;
        token.map(Token::new).transpose().map_err(unusable)
    }
}

/// Names the variable in place of the field.
#[allow(clippy::needless_pass_by_value)] // goes to `map_err`
fn unusable(error: InvalidInput) -> Failure {
    let variable = match error.field() {
        "access_key" => ACCESS_KEY,
        "secret_key" => SECRET_KEY,
        "security_token" => SECURITY_TOKEN,
        _ => USER_TOKEN,
    };
    let text = error.to_string();
    let problem = text.strip_prefix(error.field()).unwrap_or(&text);
    Failure::Credentials(format!("{variable}{problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_variable_and_keeps_its_value_to_itself() {
        for bad in [ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN, USER_TOKEN] {
            let variables = Variables::new(move |name| {
                let end = if name == bad { "\n" } else { "" };
                Some(format!("hidden-{name}{end}").into())
            });
            let environment = Environment::new(&variables);
            let failure = match bad {
                USER_TOKEN => environment.user_token().err(),
                _ => environment.key_pair().err(),
            };
            let text = failure.unwrap().to_string();
            assert!(
                text.contains(&format!("{bad} begins or ends with")),
                "{text}"
            );
            assert!(!text.contains("hidden"), "{text}");
        }
    }
}
