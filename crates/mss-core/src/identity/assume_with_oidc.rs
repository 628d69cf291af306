//! AssumeAgencyWithOIDC: temporary keys of an agency for an OpenID Connect token.

use http::{Request, Response};
use serde_json::json;

use super::{TemporaryKeys, post};
use crate::{Endpoint, InvalidInput, Secret, UnexpectedAnswer};

/// `POST /v5/agencies/assume-with-oidc`: takes on an agency that trusts an identity provider. The
/// call itself is neither signed nor carries a token of IAM.
#[derive(Debug, Clone)]
pub struct AssumeWithOidc {
    /// The identity provider, by its URN.
    pub provider_urn: String,
    /// The agency, by its URN.
    pub agency_urn: String,
    /// Under which name the audit log shows what is done with the keys.
    pub session_name: String,
    /// The provider's token.
    pub id_token: Secret,
    /// How long the keys are to be good, in seconds.
    pub duration_seconds: u32,
    /// A policy, as JSON, that takes permissions away.
    pub policy: Option<String>,
    /// Policies, by their ids, that take permissions away.
    pub policy_ids: Vec<String>,
}

impl AssumeWithOidc {
    /// The session's name where none is given.
    pub const DEFAULT_SESSION_NAME: &str = "oidc-sts-session";

    /// How long keys are good where nothing is said, in seconds.
    pub const DEFAULT_DURATION_SECONDS: u32 = 3600;

    /// The request, to STS.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn request(&self, sts: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let mut body = json!({
            "provider_urn": self.provider_urn,
            "agency_urn": self.agency_urn,
            "agency_session_name": self.session_name,
            "id_token": self.id_token.expose(),
            "duration_seconds": self.duration_seconds,
        });
        if let Some(policy) = &self.policy {
            body["policy"] = json!(policy);
        }
        if !self.policy_ids.is_empty() {
            body["policy_ids"] = json!(self.policy_ids);
        }
        post(sts, "/v5/agencies/assume-with-oidc", &body)
    }

    /// Reads an answer with status 200.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] as [`TemporaryKeys::parse`].
    pub fn parse(&self, answer: &Response<Vec<u8>>) -> Result<TemporaryKeys, UnexpectedAnswer> {
        TemporaryKeys::parse(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{sts_endpoint, testing::wire};

    fn assume() -> AssumeWithOidc {
        AssumeWithOidc {
            provider_urn: "iam::d:oidcProvider:ci".into(),
            agency_urn: "iam::d:agency:uploader".into(),
            session_name: AssumeWithOidc::DEFAULT_SESSION_NAME.into(),
            id_token: Secret::new("header.claims.signature"),
            duration_seconds: AssumeWithOidc::DEFAULT_DURATION_SECONDS,
            policy: None,
            policy_ids: Vec::new(),
        }
    }

    #[test]
    fn the_token_stands_on_the_wire() {
        let request = assume().request(&sts_endpoint(None).unwrap()).unwrap();
        insta::assert_snapshot!(wire(&request), @r#"
        POST https://sts.cn-north-4.myhuaweicloud.com/v5/agencies/assume-with-oidc
        content-type: application/json;charset=utf8
        host: sts.cn-north-4.myhuaweicloud.com

        {"agency_session_name":"oidc-sts-session","agency_urn":"iam::d:agency:uploader","duration_seconds":3600,"id_token":"header.claims.signature","provider_urn":"iam::d:oidcProvider:ci"}
        "#);
    }

    #[test]
    fn policies_are_sent_where_there_are_some() {
        let mut assume = assume();
        assume.policy = Some(r#"{"Version":"5.0"}"#.into());
        assume.policy_ids = vec!["a".into(), "b".into()];
        let text = wire(&assume.request(&sts_endpoint(None).unwrap()).unwrap());
        assert!(
            text.contains(r#""policy":"{\"Version\":\"5.0\"}""#),
            "{text}"
        );
        assert!(text.contains(r#""policy_ids":["a","b"]"#), "{text}");
    }
}
