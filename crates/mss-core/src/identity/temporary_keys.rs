//! Temporary keys, in all the spellings of the services that issue them.

use http::Response;
use serde::Deserialize;
use time::OffsetDateTime;

use super::time;
use crate::{Credentials, UnexpectedAnswer};

/// A key pair that is good for some hours, with its security token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TemporaryKeys {
    /// The keys.
    pub credentials: Credentials,
    /// Until when they are good.
    pub expires_at: OffsetDateTime,
}

/// IAM and the metadata service put the keys under `credential`, STS under `credentials`, some
/// agents under nothing.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "credentials")]
    credential: Option<Keys>,
}

#[derive(Deserialize)]
struct Keys {
    #[serde(alias = "accessKeyId", alias = "access_key_id")]
    access: String,
    #[serde(alias = "secretAccessKey", alias = "secret_access_key")]
    secret: String,
    #[serde(alias = "securityToken", alias = "security_token")]
    securitytoken: Option<String>,
    #[serde(alias = "expiration")]
    expires_at: String,
}

impl TemporaryKeys {
    /// Reads an answer that is known to mean success.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when a key or the time is missing or makes no sense.
    pub fn parse(answer: &Response<Vec<u8>>) -> Result<Self, UnexpectedAnswer> {
        // serde's own message could repeat a key, so only the fact is passed on.
        let unexpected = |_| {
            let problem = "no usable access, secret and expires_at in the answer";
            UnexpectedAnswer::new(problem)
        };
        let body = answer.body();
        let Answer { credential } = serde_json::from_slice(body).map_err(unexpected)?;
        let keys = match credential {
            Some(keys) => keys,
            None => serde_json::from_slice(body).map_err(unexpected)?,
        };
        let invalid =
            |error: crate::InvalidInput| UnexpectedAnswer::new(format!("the answer's {error}"));
        let mut credentials = Credentials::new(keys.access, keys.secret).map_err(invalid)?;
        if let Some(token) = keys.securitytoken.filter(|token| !token.is_empty()) {
            credentials = credentials.with_security_token(token).map_err(invalid)?;
        }
        let expires_at = time(&keys.expires_at).ok_or_else(|| {
            UnexpectedAnswer::new("the answer's expires_at is no time such as 2022-10-17T18:51:25Z")
        })?;
        Ok(Self {
            credentials,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::{answer, at};

    fn parsed(body: &str) -> TemporaryKeys {
        TemporaryKeys::parse(&answer(body)).expect(body)
    }

    #[test]
    fn every_spelling_is_understood() {
        let iam = r#"{"access":"AK","secret":"SK","securitytoken":"ST","expires_at":"2022-10-17T18:51:25.231000Z"}"#;
        let sts = r#"{"access_key_id":"AK","secret_access_key":"SK","security_token":"ST","expiration":"2022-10-17T18:51:25.231Z"}"#;
        let agent = r#"{"accessKeyId":"AK","secretAccessKey":"SK","securityToken":"ST","expiration":"2022-10-17T18:51:25.231Z"}"#;
        for keys in [iam, sts, agent] {
            for body in [
                format!(r#"{{"credential":{keys}}}"#),
                format!(r#"{{"credentials":{keys},"other":[1]}}"#),
                keys.to_owned(),
            ] {
                let TemporaryKeys {
                    credentials,
                    expires_at,
                } = parsed(&body);
                assert_eq!(credentials.access_key(), "AK");
                assert_eq!(credentials.secret_key().expose(), "SK");
                assert_eq!(credentials.security_token().unwrap().expose(), "ST");
                assert_eq!(expires_at, at("2022-10-17T18:51:25.231Z"));
            }
        }
    }

    #[test]
    fn a_time_needs_no_fraction_and_the_token_may_be_missing() {
        for token in ["", r#","securitytoken":"""#, r#","securitytoken":null"#] {
            let keys = parsed(&format!(
                r#"{{"access":"AK","secret":"SK","expires_at":"2022-10-17T18:51:25Z"{token}}}"#
            ));
            assert_eq!(keys.expires_at, at("2022-10-17T18:51:25Z"));
            assert_eq!(keys.credentials.security_token(), None);
        }
    }

    #[test]
    fn f17_answers_without_what_is_promised_are_unexpected() {
        for body in [
            "",
            "null",
            "[]",
            "<html>canary</html>",
            r#"{"credential":{}}"#,
            r#"{"credential":null}"#,
            r#"{"credential":"canary"}"#,
            r#"{"credential":{"access":"AK","secret":"canary"}}"#,
            r#"{"credential":{"access":"AK","secret":"canary","expires_at":"soon, canary"}}"#,
            r#"{"credential":{"access":"AK","secret":17,"expires_at":"2022-10-17T18:51:25Z"}}"#,
            r#"{"credential":{"access":"","secret":"canary","expires_at":"2022-10-17T18:51:25Z"}}"#,
            r#"{"credential":{"access":"A","secret":"canary\n","expires_at":"2022-10-17T18:51:25Z"}}"#,
            r#"{"access":"A","secret":"s","securitytoken":"canary ","expires_at":"2022-10-17T18:51:25Z"}"#,
        ] {
            let error = TemporaryKeys::parse(&answer(body))
                .expect_err(body)
                .to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
