//! The two ways in: a signature, or a user token.

use http::{HeaderValue, Request};
use time::OffsetDateTime;

use crate::{
    Credentials, ProjectId, Token,
    signing::{Explanation, Signer, SigningError},
};

/// Header of a project's id; signed with an access key, not needed with a token.
const PROJECT_ID_HEADER: &str = "x-project-id";

/// Header of a user token.
const TOKEN_HEADER: &str = "x-auth-token";

/// Proves who sends a request: by an access key's signature, or by a user token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authorizer {
    /// Signs with an access key pair and sends `X-Project-Id`.
    AccessKey(Box<Signer>),
    /// Sends `X-Auth-Token`.
    Token(Token),
}

impl Authorizer {
    /// Completes a request; the project, where there is one, is named in it. Call it anew for each attempt: a signature is as old as its date.
    ///
    /// # Errors
    ///
    /// [`SigningError`] when the request can't be signed; it has not been sent then.
    pub fn authorize(
        &self,
        request: &mut Request<Vec<u8>>,
        project_id: Option<&ProjectId>,
        now: OffsetDateTime,
    ) -> Result<(), SigningError> {
        match self {
            Self::AccessKey(signer) => {
                name_project(request, project_id);
                let signed = signer.sign(request, now)?;
                signed.apply(request.headers_mut());
            }
            Self::Token(token) => {
                if let Ok(mut value) = HeaderValue::from_str(token.secret().expose()) {
                    value.set_sensitive(true);
                    request.headers_mut().insert(TOKEN_HEADER, value);
                }
            }
        }
        Ok(())
    }

    /// How a request is signed, every stage of it; none with a token, and where
    /// [`Authorizer::authorize`] fails.
    pub fn explain(
        &self,
        mut request: Request<Vec<u8>>,
        project_id: Option<&ProjectId>,
        now: OffsetDateTime,
    ) -> Option<Explanation> {
        let Self::AccessKey(signer) = self else {
            return None;
        };
        name_project(&mut request, project_id);
        signer.explain(&request, now).ok()
    }
}

fn name_project(request: &mut Request<Vec<u8>>, project_id: Option<&ProjectId>) {
    // A validated id always fits a header.
    if let Some(id) = project_id
        && let Ok(value) = HeaderValue::from_str(id.as_str())
    {
        request.headers_mut().insert(PROJECT_ID_HEADER, value);
    }
}

impl From<&Credentials> for Authorizer {
    fn from(credentials: &Credentials) -> Self {
        Self::AccessKey(Box::new(Signer::new(credentials)))
    }
}

impl From<Token> for Authorizer {
    fn from(token: Token) -> Self {
        Self::Token(token)
    }
}
