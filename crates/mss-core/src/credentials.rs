//! Who calls: an access key pair or a token.

use crate::{InvalidInput, Secret};

/// Longest key or token, in bytes: more than any gateway takes as one header.
const LONGEST: usize = 32 * 1024;

/// An access key (AK) and its secret key (SK), with a security token when they are temporary.
///
/// Source: [AK/SK signing](https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key: String,
    secret_key: Secret,
    security_token: Option<Secret>,
}

impl Credentials {
    /// A permanent key pair.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when a key is empty or holds blanks, line ends or characters outside
    /// ASCII. A pasted line end would fail every call, and more than five such failures lock the
    /// key for five minutes. The error names the field and never shows its value.
    pub fn new(
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> Result<Self, InvalidInput> {
        let access_key = access_key.into();
        let secret_key = Secret::new(secret_key);
        check("access_key", &access_key)?;
        check("secret_key", secret_key.expose())?;
        if access_key.contains(',') {
            // It would end the key's part of the Authorization header.
            return Err(InvalidInput::new("access_key", "may not hold a comma"));
        }
        Ok(Self {
            access_key,
            secret_key,
            security_token: None,
        })
    }

    /// The same pair as temporary credentials: the token is sent and signed with each call.
    ///
    /// # Errors
    ///
    /// As [`Credentials::new`].
    pub fn with_security_token(mut self, token: impl Into<String>) -> Result<Self, InvalidInput> {
        let token = Secret::new(token);
        check("security_token", token.expose())?;
        self.security_token = Some(token);
        Ok(self)
    }

    /// The access key. It names the key pair and is not a secret.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The secret key.
    pub fn secret_key(&self) -> &Secret {
        &self.secret_key
    }

    /// The security token of temporary credentials.
    pub fn security_token(&self) -> Option<&Secret> {
        self.security_token.as_ref()
    }
}

/// A user token: the value of `X-Subject-Token` that IAM answered.
///
/// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// Takes a token that was obtained elsewhere.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when it is empty or holds blanks, line ends or characters outside ASCII.
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidInput> {
        let token = Secret::new(token);
        check("token", token.expose())?;
        Ok(Self(token))
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

fn check(field: &'static str, value: &str) -> Result<(), InvalidInput> {
    let problem = if value.is_empty() {
        "is empty"
    } else if value.trim() != value {
        "begins or ends with a blank or a line end (a pasting mistake?)"
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        "may only hold visible ASCII characters"
    } else if value.len() > LONGEST {
        "is longer than 32 KiB"
    } else {
        return Ok(());
    };
    Err(InvalidInput::new(field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f06_pasted_blanks_and_other_letters_are_refused_without_showing_the_value() {
        let long = "SECRET".repeat(6000);
        let bad = [
            "",
            "SECRETVALUE\n",
            " SECRETVALUE",
            "SECRET VALUE",
            "SECRETVALUÉ",
            "SECRET\0VALUE",
            &long,
        ];
        for value in bad {
            for (field, error) in [
                ("access_key", Credentials::new(value, "sk").unwrap_err()),
                ("secret_key", Credentials::new("ak", value).unwrap_err()),
                ("token", Token::new(value).unwrap_err()),
                (
                    "security_token",
                    Credentials::new("ak", "sk")
                        .unwrap()
                        .with_security_token(value)
                        .unwrap_err(),
                ),
            ] {
                assert_eq!(error.field(), field);
                assert!(
                    !format!("{error} {error:?}").contains("SECRET"),
                    "{error:?}"
                );
            }
        }
    }
}
