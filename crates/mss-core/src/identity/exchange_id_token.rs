//! Federation, first half: a token of IAM for an identity provider's.

use http::{HeaderValue, Request, Response};
use serde_json::json;

use super::{create_token::subject_token, post};
use crate::{Endpoint, InvalidInput, Secret, Token, UnexpectedAnswer};

/// Header that names the identity provider.
const IDP_ID_HEADER: &str = "x-idp-id";

/// `POST /v3.0/OS-AUTH/id-token/tokens`: a token without a scope for an OpenID Connect token.
///
/// Source: [obtaining a token with an ID token](https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html).
#[derive(Debug, Clone)]
pub struct ExchangeIdToken {
    /// The identity provider, by its id in IAM.
    pub idp_id: String,
    /// The provider's token.
    pub id_token: Secret,
}

impl ExchangeIdToken {
    /// The request, to IAM.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the provider's id can't stand in a header.
    pub fn request(&self, iam: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let idp_id = HeaderValue::from_str(&self.idp_id)
            .map_err(|_| InvalidInput::new("idp_id", "can't stand in a header"))?;
        let body = json!({"auth": {"id_token": {"id": self.id_token.expose()}}});
        let mut request = post(iam, "/v3.0/OS-AUTH/id-token/tokens", &body)?;
        request.headers_mut().insert(IDP_ID_HEADER, idp_id);
        Ok(request)
    }

    /// Reads an answer with status 201.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when there is no token in it.
    pub fn parse(&self, answer: &Response<Vec<u8>>) -> Result<Token, UnexpectedAnswer> {
        subject_token(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::{iam, wire};

    #[test]
    fn the_provider_stands_in_a_header() {
        let exchange = |idp_id: &str| {
            let id_token = Secret::new("header.claims.signature");
            ExchangeIdToken {
                idp_id: idp_id.into(),
                id_token,
            }
            .request(&iam())
        };
        insta::assert_snapshot!(wire(&exchange("ACME").unwrap()), @r#"
        POST https://iam.cn-north-4.myhuaweicloud.com/v3.0/OS-AUTH/id-token/tokens
        content-type: application/json;charset=utf8
        host: iam.cn-north-4.myhuaweicloud.com
        x-idp-id: ACME

        {"auth":{"id_token":{"id":"header.claims.signature"}}}
        "#);
        assert_eq!(exchange("AC\nME").unwrap_err().field(), "idp_id");
    }
}
