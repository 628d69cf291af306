//! Credentials from the environment, under the vendor's names.

use std::path::PathBuf;

use mss_core::{Credentials, InvalidInput};

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, Source, Why, federation::IdToken,
};

const ACCESS_KEY: &str = "HUAWEICLOUD_SDK_AK";
const SECRET_KEY: &str = "HUAWEICLOUD_SDK_SK";
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const IDP_ID: &str = "HUAWEICLOUD_SDK_IDP_ID";
const ID_TOKEN_FILE: &str = "HUAWEICLOUD_SDK_ID_TOKEN_FILE";
pub(super) const DOMAIN_ID: &str = "HUAWEICLOUD_SDK_DOMAIN_ID";
pub(crate) const PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";

/// The key pair or the identity provider of the environment.
#[derive(Debug)]
struct Environment;

impl CredentialSource {
    /// What the environment names, in the order of the vendor's SDKs:
    ///
    /// 1. `HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`: an identity provider of
    ///    IAM and a file with its token, which are changed for temporary keys;
    /// 2. `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK` and, for temporary ones,
    ///    `HUAWEICLOUD_SDK_SECURITY_TOKEN`: a key pair.
    ///
    /// `HUAWEICLOUD_SDK_PROJECT_ID` and `HUAWEICLOUD_SDK_DOMAIN_ID` belong to either.
    ///
    /// Source: the environment's provider of the vendor's
    /// [Python SDK](https://github.com/huaweicloud/huaweicloud-sdk-python-v3).
    pub fn environment() -> Self {
        Self::of(Environment)
    }
}

impl Source for Environment {
    fn name(&self) -> &'static str {
        "environment"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let get = |name: &str| loading.variables.get(name);
        let (project_id, domain_id) = (get(PROJECT_ID), get(DOMAIN_ID));
        let (idp_id, id_token_file) = (get(IDP_ID), get(ID_TOKEN_FILE));
        if let (Some(idp_id), Some(file)) = (&idp_id, &id_token_file) {
            let id_token = IdToken {
                idp_id: idp_id.clone(),
                id_token_file: PathBuf::from(file),
                project_id,
                domain_id,
                iam_endpoint: None,
            };
            return id_token.load(loading);
        }
        let (access_key, secret_key) = match (get(ACCESS_KEY), get(SECRET_KEY)) {
            (Some(access_key), Some(secret_key)) => (access_key, secret_key),
            (Some(_), None) => return Err(half(SECRET_KEY, ACCESS_KEY)),
            (None, Some(_)) => return Err(half(ACCESS_KEY, SECRET_KEY)),
            (None, None) if idp_id.is_some() => return Err(half(ID_TOKEN_FILE, IDP_ID)),
            (None, None) if id_token_file.is_some() => return Err(half(IDP_ID, ID_TOKEN_FILE)),
            (None, None) => {
                let problem = format!("{ACCESS_KEY} and {SECRET_KEY} are not set");
                return Err(NotFound::new(Why::Absent, problem));
            }
        };
        let mut keys = Credentials::new(access_key, secret_key).map_err(|error| named(&error))?;
        if let Some(token) = get(SECURITY_TOKEN) {
            keys = keys
                .with_security_token(token)
                .map_err(|error| named(&error))?;
        }
        let mut found = FoundCredentials::keys(keys);
        found.origin = format!("the environment ({ACCESS_KEY})");
        found.project_id = project_id;
        found.domain_id = domain_id;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::testing::{keys, load};

    #[test]
    fn a_key_pair_comes_with_all_that_belongs_to_it() {
        let mut variables = vec![
            (ACCESS_KEY, "AK"),
            (SECRET_KEY, "SK"),
            (PROJECT_ID, "project"),
            (DOMAIN_ID, "domain"),
        ];
        let found = load(&CredentialSource::environment(), &variables).unwrap();
        assert_eq!(keys(&found), ("AK", "SK", None));
        assert_eq!(found.project_id.as_deref(), Some("project"));
        assert_eq!(found.domain_id.as_deref(), Some("domain"));
        assert_eq!(found.origin, "the environment (HUAWEICLOUD_SDK_AK)");
        variables.push((SECURITY_TOKEN, "TOKEN"));
        let found = load(&CredentialSource::environment(), &variables).unwrap();
        assert_eq!(keys(&found), ("AK", "SK", Some("TOKEN")));
    }

    #[test]
    fn what_is_half_set_is_named() {
        let absent = load(&CredentialSource::environment(), &[]).unwrap_err();
        assert_eq!(absent.why, Why::Absent);
        for (given, missing) in [
            (ACCESS_KEY, SECRET_KEY),
            (SECRET_KEY, ACCESS_KEY),
            (IDP_ID, ID_TOKEN_FILE),
            (ID_TOKEN_FILE, IDP_ID),
        ] {
            let error = load(&CredentialSource::environment(), &[(given, "canary")]).unwrap_err();
            assert_eq!(error.why, Why::Invalid);
            assert_eq!(error.problem, format!("{given} is set, {missing} is not"));
        }
    }

    #[test]
    fn an_identity_provider_goes_before_a_key_pair_but_not_half_of_one() {
        let pair = [(ACCESS_KEY, "AK"), (SECRET_KEY, "SK")];
        for half in [(IDP_ID, "idp"), (ID_TOKEN_FILE, "/none")] {
            let variables = [pair[0], pair[1], half];
            let found = load(&CredentialSource::environment(), &variables).unwrap();
            assert_eq!(keys(&found), ("AK", "SK", None));
        }
        let file = tempfile::tempdir().unwrap().path().join("gone");
        let file = file.to_str().unwrap();
        let variables = [pair[0], pair[1], (IDP_ID, "idp"), (ID_TOKEN_FILE, file)];
        // It is tried, and the keys are no way out.
        let error = load(&CredentialSource::environment(), &variables).unwrap_err();
        assert_eq!(error.why, Why::Invalid);
        assert!(error.problem.contains(file), "{}", error.problem);
    }

    #[test]
    fn f06_the_variable_with_a_pasted_line_end_is_named_and_not_shown() {
        for bad in [ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN] {
            let variables = [ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN].map(|name| {
                let value = if name == bad { "canary\n" } else { "good" };
                (name, value)
            });
            let error = load(&CredentialSource::environment(), &variables).unwrap_err();
            assert_eq!(error.why, Why::Invalid);
            assert!(error.problem.starts_with(&format!("{bad} ")), "{error:?}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
