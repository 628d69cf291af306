//! CreateToken: a user token for a name and a password.

use http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{SUBJECT_TOKEN_HEADER, post, time};
use crate::{Endpoint, InvalidInput, ProjectId, Secret, Token, UnexpectedAnswer};

/// `POST /v3/auth/tokens`: logs in as an IAM user.
///
/// A wrong password counts towards the lock of the account, so a refused login isn't to be
/// repeated.
///
/// Source: [obtaining a user token](https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateToken {
    user: String,
    password: Secret,
    domain: String,
    scope: TokenScope,
}

/// What a token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenScope {
    /// A project by its name. A region's own project is called as the region: `cn-north-4`.
    ProjectName(String),
    /// A project by its id.
    ProjectId(ProjectId),
    /// The whole account. MetaStudio's calls want a project.
    Domain,
}

/// A token that IAM has issued.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The token.
    pub token: Token,
    /// Until when it is good: for 24 hours. It ends earlier when password or permissions change.
    pub expires_at: OffsetDateTime,
    /// The project that it is good for.
    pub project_id: Option<ProjectId>,
}

#[derive(Deserialize)]
struct Answer {
    token: Body,
}

#[derive(Deserialize)]
struct Body {
    expires_at: String,
    project: Option<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: ProjectId,
}

impl CreateToken {
    /// The login of an IAM user. `domain` is the name of the account, which for the account's own
    /// administrator is the user's name too.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when one of them is empty or holds a line end or another control
    /// character. The error names the field and never shows its value.
    pub fn new(
        user: impl Into<String>,
        password: Secret,
        domain: impl Into<String>,
        scope: TokenScope,
    ) -> Result<Self, InvalidInput> {
        let (user, domain) = (user.into(), domain.into());
        check("user", &user)?;
        check("password", password.expose())?;
        check("domain", &domain)?;
        if let TokenScope::ProjectName(name) = &scope {
            check("project", name)?;
        }
        Ok(Self {
            user,
            password,
            domain,
            scope,
        })
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The account's name.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The password.
    pub fn password(&self) -> &Secret {
        &self.password
    }

    /// What the token is to be good for.
    pub fn scope(&self) -> &TokenScope {
        &self.scope
    }

    /// The request, to IAM.
    ///
    /// # Errors
    ///
    /// None that [`CreateToken::new`] wouldn't have found.
    pub fn request(&self, iam: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let scope = match &self.scope {
            TokenScope::ProjectName(name) => json!({"project": {"name": name}}),
            TokenScope::ProjectId(id) => json!({"project": {"id": id}}),
            TokenScope::Domain => json!({"domain": {"name": self.domain}}),
        };
        let user = json!({
            "name": self.user,
            "password": self.password.expose(),
            "domain": {"name": self.domain},
        });
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body: Value = json!({"auth": {"identity": identity, "scope": scope}});
        // A token with its catalogue has several KB, too many for some proxies.
        post(iam, "/v3/auth/tokens?nocatalog=true", &body)
    }

    /// Reads an answer with status 201.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when token or time is missing or makes no sense.
    pub fn parse(&self, answer: &Response<Vec<u8>>) -> Result<IssuedToken, UnexpectedAnswer> {
        let token = subject_token(answer)?;
        let unexpected = || UnexpectedAnswer::new("no usable token.expires_at in the answer");
        let Answer { token: body } =
            serde_json::from_slice(answer.body()).map_err(|_| unexpected())?;
        Ok(IssuedToken {
            token,
            expires_at: time(&body.expires_at).ok_or_else(unexpected)?,
            project_id: body.project.map(|project| project.id),
        })
    }
}

/// The token of an answer's header.
pub(super) fn subject_token(answer: &Response<Vec<u8>>) -> Result<Token, UnexpectedAnswer> {
    let value = answer.headers().get(SUBJECT_TOKEN_HEADER);
    let value = value.and_then(|value| value.to_str().ok());
    value
        .and_then(|value| Token::new(value).ok())
        .ok_or_else(|| UnexpectedAnswer::new("no usable X-Subject-Token in the answer"))
}

fn check(field: &'static str, value: &str) -> Result<(), InvalidInput> {
    if value.is_empty() {
        return Err(InvalidInput::new(field, "is empty"));
    }
    if value.contains(char::is_control) {
        let problem = "holds a line end or another control character (a pasting mistake?)";
        return Err(InvalidInput::new(field, problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::{at, iam, wire};

    fn login(scope: TokenScope) -> CreateToken {
        CreateToken::new("kim", Secret::new("pa\"ss word"), "acme", scope).unwrap()
    }

    fn answer(token: Option<&str>, body: &str) -> Response<Vec<u8>> {
        let mut answer = Response::builder().status(201);
        if let Some(token) = token {
            answer = answer.header("X-Subject-Token", token);
        }
        answer.body(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_password_method_stands_on_the_wire() {
        let request = login(TokenScope::ProjectName("cn-north-4".into())).request(&iam());
        insta::assert_snapshot!(wire(&request.unwrap()), @r#"
        POST https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens?nocatalog=true
        content-type: application/json;charset=utf8
        host: iam.cn-north-4.myhuaweicloud.com

        {"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"name":"acme"},"name":"kim","password":"pa\"ss word"}}},"scope":{"project":{"name":"cn-north-4"}}}}
        "#);
    }

    #[test]
    fn a_token_can_be_for_a_project_by_its_id_or_for_the_account() {
        for (scope, expected) in [
            (
                TokenScope::ProjectId("p-1".parse().unwrap()),
                r#""scope":{"project":{"id":"p-1"}}"#,
            ),
            (TokenScope::Domain, r#""scope":{"domain":{"name":"acme"}}"#),
        ] {
            let request = login(scope).request(&iam()).unwrap();
            let text = wire(&request);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn token_time_and_project_are_read() {
        let login = login(TokenScope::Domain);
        let body = r#"{"token":{"expires_at":"2015-11-09T01:42:57.527363Z","methods":["password"],
                       "project":{"name":"cn-north-4","id":"p-1","domain":{"id":"d"}}}}"#;
        let issued = login.parse(&answer(Some("MIIX"), body)).unwrap();
        assert_eq!(issued.token.secret().expose(), "MIIX");
        assert_eq!(issued.expires_at, at("2015-11-09T01:42:57.527363Z"));
        assert_eq!(issued.project_id.unwrap().as_str(), "p-1");
        let body = r#"{"token":{"expires_at":"2015-11-09T01:42:57Z"}}"#;
        let issued = login.parse(&answer(Some("MIIX"), body)).unwrap();
        assert_eq!(issued.project_id, None);
    }

    #[test]
    fn f17_answers_without_what_is_promised_are_unexpected() {
        let login = login(TokenScope::Domain);
        let good = r#"{"token":{"expires_at":"2015-11-09T01:42:57Z"}}"#;
        for (token, body) in [
            (None, good),
            (Some(""), good),
            (Some("canary with blanks"), good),
            (Some("canary"), ""),
            (Some("canary"), "<html>canary</html>"),
            (Some("canary"), r#"{"token":{}}"#),
            (Some("canary"), r#"{"token":{"expires_at":"canary"}}"#),
            (Some("canary"), r#"{"token":{"expires_at":17}}"#),
        ] {
            let error = login
                .parse(&answer(token, body))
                .expect_err(body)
                .to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn f06_a_pasted_line_end_is_refused_without_showing_the_value() {
        let new = |user: &str, password: &str, domain: &str, project: &str| {
            let scope = TokenScope::ProjectName(project.into());
            CreateToken::new(user, Secret::new(password), domain, scope)
        };
        for bad in ["", "canary\n", "can\0ary"] {
            for (field, made) in [
                ("user", new(bad, "p", "d", "n")),
                ("password", new("u", bad, "d", "n")),
                ("domain", new("u", "p", bad, "n")),
                ("project", new("u", "p", "d", bad)),
            ] {
                let error = made.expect_err(field);
                assert_eq!(error.field(), field);
                assert!(!error.to_string().contains("can"), "{error}");
            }
        }
        assert!(!format!("{:?}", login(TokenScope::Domain)).contains("word\""));
    }
}
