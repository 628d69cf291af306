//! The agent of a pod: the temporary keys of the pod's service account.

use std::time::Duration;

use http::{
    HeaderValue, Request, Response, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::json;

use super::{
    TemporaryKeys,
    endpoints::{is_local, split},
    post,
};
use crate::{Endpoint, InvalidInput, Secret, UnexpectedAnswer};

/// Time for one call: the agent is on the pod's own node.
pub const POD_TIMEOUT: Duration = Duration::from_secs(5);

const FIELD: &str = "URL";

/// Where a pod's agent answers: a whole URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodAgent {
    endpoint: Endpoint,
    path: String,
}

impl PodAgent {
    /// Takes a URL. Plain `http` is for loopback and link-local addresses only: the service
    /// account's token would travel in clear.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when it is no such URL. The error shows host and port at most.
    pub fn parse(url: &str) -> Result<Self, InvalidInput> {
        let (origin, path) = split(url);
        let endpoint = Endpoint::parse(origin, true).map_err(|error| {
            let text = error.to_string();
            let problem = text.strip_prefix(error.field()).unwrap_or(&text);
            InvalidInput::new(FIELD, problem.trim_start())
        })?;
        if endpoint.is_http() && !is_local(endpoint.host()) {
            let problem = "must be https: the token would travel in clear (plain http is for \
                           loopback and link-local addresses only)";
            return Err(InvalidInput::with_value(
                FIELD,
                problem,
                &endpoint.to_string(),
            ));
        }
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        if format!("{endpoint}{path}").parse::<Uri>().is_err() || path.contains('#') {
            return Err(InvalidInput::new(
                FIELD,
                "has a path that can't stand in a URL",
            ));
        }
        Ok(Self { endpoint, path })
    }

    /// The agent's scheme, host and port, for messages.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether it is on this machine or next to it, where no proxy may come in between.
    pub fn is_local(&self) -> bool {
        is_local(self.endpoint.host())
    }

    /// The request with the service account's token.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the token can't stand in a header. It isn't shown.
    pub fn request(&self, token: &Secret) -> Result<Request<Vec<u8>>, InvalidInput> {
        let mut value = HeaderValue::from_str(token.expose())
            .map_err(|_| InvalidInput::new("token", "can't stand in a header"))?;
        value.set_sensitive(true);
        let mut request = post(&self.endpoint, &self.path, &json!({}))?;
        // As the vendor's SDKs send it: what else an agent takes isn't documented.
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(request)
    }

    /// Reads an answer with status 200.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] as [`TemporaryKeys::parse`].
    pub fn parse_answer(
        &self,
        answer: &Response<Vec<u8>>,
    ) -> Result<TemporaryKeys, UnexpectedAnswer> {
        TemporaryKeys::parse(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::wire;

    #[test]
    fn the_token_stands_in_the_header() {
        let agent = PodAgent::parse("http://169.254.170.23/v1/credentials?a=b").unwrap();
        let request = agent.request(&Secret::new("Bearer header.claims.signature"));
        insta::assert_snapshot!(wire(&request.unwrap()), @r"
        POST http://169.254.170.23/v1/credentials?a=b
        authorization: Bearer header.claims.signature
        content-type: application/json
        host: 169.254.170.23

        {}
        ");
        assert_eq!(
            agent.request(&Secret::new("a\nb")).unwrap_err().field(),
            "token"
        );
    }

    #[test]
    fn the_token_travels_in_clear_to_the_next_door_at_most() {
        for (url, local) in [
            ("http://127.0.0.1:8080/v1/credentials", true),
            ("http://localhost", true),
            ("http://[fe80::1]/", true),
            ("https://agent.example.com/v1?x=y", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(PodAgent::parse(url).expect(url).is_local(), local, "{url}");
        }
        for url in [
            "",
            "127.0.0.1/v1",
            "ftp://127.0.0.1/v1",
            "http://10.0.0.1/canary",
            "http://agent.example.com/?canary",
            "https://user:canary@agent.example.com/v1",
            "https://agent.example.com/a canary",
            "https://agent.example.com/#canary",
        ] {
            let error = PodAgent::parse(url).expect_err(url).to_string();
            assert!(
                error.starts_with("URL ") && !error.contains("canary"),
                "{error}"
            );
        }
    }
}
