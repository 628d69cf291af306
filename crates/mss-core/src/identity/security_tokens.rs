//! Federation, second half: temporary keys for a token of IAM.

use http::{Request, Response};
use serde_json::json;

use super::{TemporaryKeys, post};
use crate::{Endpoint, InvalidInput, Token, UnexpectedAnswer};

/// How long the keys are to be good, in seconds, as the vendor's SDKs ask for.
const DURATION_SECONDS: u32 = 6 * 60 * 60;

/// `POST /v3.0/OS-CREDENTIAL/securitytokens`: temporary keys of a token's user.
///
/// Source: [obtaining temporary keys](https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html).
#[derive(Debug, Clone)]
pub struct CreateSecurityTokens {
    /// The user's token.
    pub token: Token,
}

impl CreateSecurityTokens {
    /// The request, to IAM.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn request(&self, iam: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let token =
            json!({"id": self.token.secret().expose(), "duration_seconds": DURATION_SECONDS});
        let body = json!({"auth": {"identity": {"methods": ["token"], "token": token}}});
        post(iam, "/v3.0/OS-CREDENTIAL/securitytokens", &body)
    }

    /// Reads an answer with status 201.
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
    use crate::identity::testing::{iam, wire};

    #[test]
    fn the_token_stands_on_the_wire() {
        let token = Token::new("MIIX").unwrap();
        let request = CreateSecurityTokens { token }.request(&iam()).unwrap();
        insta::assert_snapshot!(wire(&request), @r#"
        POST https://iam.cn-north-4.myhuaweicloud.com/v3.0/OS-CREDENTIAL/securitytokens
        content-type: application/json;charset=utf8
        host: iam.cn-north-4.myhuaweicloud.com

        {"auth":{"identity":{"methods":["token"],"token":{"duration_seconds":21600,"id":"MIIX"}}}}
        "#);
    }
}
