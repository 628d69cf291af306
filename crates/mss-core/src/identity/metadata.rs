//! The metadata service of an ECS: the temporary keys of the machine's agency.

use std::time::Duration;

use http::{HeaderValue, Method, Request, Response};

use super::{TemporaryKeys, request};
use crate::{Endpoint, InvalidInput, Secret, UnexpectedAnswer};

/// Time for one call: the service is next to the machine, or it isn't there.
pub const METADATA_TIMEOUT: Duration = Duration::from_secs(3);

const TOKEN_PATH: &str = "/meta-data/latest/api/token";
const KEYS_PATH: &str = "/openstack/latest/securitykey";
const TOKEN_HEADER: &str = "x-metadata-token";
const TTL_HEADER: &str = "x-metadata-token-ttl-seconds";

/// How long a token is to be good, in seconds.
const TTL: &str = "21600";

/// How long a service that knows no tokens isn't asked for one again.
const WITHOUT_TOKENS: Duration = Duration::from_secs(24 * 60 * 60);

/// What a 401 says when no token is missing, but the agency.
const NO_AGENCY: &str = "configure Cloud Service Agency";

/// Longest token that is taken, in bytes.
const LONGEST_TOKEN: usize = 8 * 1024;

/// What is known of the metadata service: the token of its version 2, or that it has only
/// version 1.
///
/// `now` is the time since some fixed moment; it never goes back.
///
/// Source: [metadata of an ECS](https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html).
#[derive(Debug, Clone, Default)]
pub struct MetadataSession {
    token: Option<Secret>,
    without_tokens_since: Option<Duration>,
}

impl MetadataSession {
    /// Whether a token is to be asked for before the keys are.
    pub fn wants_token(&self, now: Duration) -> bool {
        let is_known = |since: Duration| now.saturating_sub(since) < WITHOUT_TOKENS;
        self.token.is_none() && !self.without_tokens_since.is_some_and(is_known)
    }

    /// The request for a token.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn token_request(endpoint: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let mut request = request(Method::PUT, endpoint, TOKEN_PATH)?;
        let ttl = HeaderValue::from_static(TTL);
        request.headers_mut().insert(TTL_HEADER, ttl);
        Ok(request)
    }

    /// Takes note of the answer to the request for a token. `Ok(true)` says that there is one now,
    /// `Ok(false)` that the status says something else.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when what was answered with success can't be a token.
    pub fn note_token(
        &mut self,
        answer: &Response<Vec<u8>>,
        now: Duration,
    ) -> Result<bool, UnexpectedAnswer> {
        if answer.status() == 200 {
            self.token = Some(token(answer.body())?);
            self.without_tokens_since = None;
            return Ok(true);
        }
        if Self::knows_no_tokens(answer) {
            self.token = None;
            self.without_tokens_since = Some(now);
        }
        Ok(false)
    }

    /// Whether the answer to the request for a token says that there is version 1 only.
    pub fn knows_no_tokens(answer: &Response<Vec<u8>>) -> bool {
        matches!(answer.status().as_u16(), 404 | 405 | 503)
    }

    /// The token, for what must not be shown.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// The request for the keys: with the token of version 2, or without one as version 1 has it.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn keys_request(&self, endpoint: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let mut request = request(Method::GET, endpoint, KEYS_PATH)?;
        if let Some(token) = &self.token
            && let Ok(mut value) = HeaderValue::from_str(token.expose())
        {
            value.set_sensitive(true);
            request.headers_mut().insert(TOKEN_HEADER, value);
        }
        Ok(request)
    }

    /// Whether an answer asks for a token, or for a newer one.
    pub fn asks_for_token(answer: &Response<Vec<u8>>) -> bool {
        answer.status() == 401 && !Self::misses_agency(answer)
    }

    /// Whether an answer says that the machine has no agency, so no keys.
    pub fn misses_agency(answer: &Response<Vec<u8>>) -> bool {
        let mark = NO_AGENCY.as_bytes();
        !answer.status().is_success() && answer.body().windows(mark.len()).any(|it| it == mark)
    }

    /// Reads the keys of an answer with status 200.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] as [`TemporaryKeys::parse`].
    pub fn parse(answer: &Response<Vec<u8>>) -> Result<TemporaryKeys, UnexpectedAnswer> {
        TemporaryKeys::parse(answer)
    }
}

fn token(body: &[u8]) -> Result<Secret, UnexpectedAnswer> {
    let body = body.trim_ascii();
    let fits = (1..=LONGEST_TOKEN).contains(&body.len()) && body.iter().all(u8::is_ascii_graphic);
    let text = str::from_utf8(body).ok().filter(|_| fits);
    text.map(Secret::new)
        .ok_or_else(|| UnexpectedAnswer::new("no usable token in the answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{METADATA_ENDPOINT, local_endpoint, testing::wire};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn endpoint() -> Endpoint {
        local_endpoint(METADATA_ENDPOINT).unwrap()
    }

    fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
        let answer = Response::builder().status(status);
        answer.body(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn version_2_asks_for_a_token_and_shows_it() {
        let mut session = MetadataSession::default();
        assert!(session.wants_token(Duration::ZERO));
        let asked = MetadataSession::token_request(&endpoint()).unwrap();
        insta::assert_snapshot!(wire(&asked), @r"
        PUT http://169.254.169.254/meta-data/latest/api/token
        host: 169.254.169.254
        x-metadata-token-ttl-seconds: 21600
        ");
        let noted = session.note_token(&answer(200, "a-token==\n"), Duration::ZERO);
        assert!(noted.unwrap());
        assert!(!session.wants_token(2 * DAY));
        let request = session.keys_request(&endpoint()).unwrap();
        assert!(request.headers()["x-metadata-token"].is_sensitive());
        insta::assert_snapshot!(wire(&request), @r"
        GET http://169.254.169.254/openstack/latest/securitykey
        host: 169.254.169.254
        x-metadata-token: a-token==
        ");
    }

    #[test]
    fn version_1_is_remembered_for_a_day() {
        for status in [404, 405, 503] {
            let mut session = MetadataSession::default();
            let noon = DAY / 2;
            assert!(!session.note_token(&answer(status, "no"), noon).unwrap());
            assert!(!session.wants_token(noon));
            assert!(!session.wants_token(noon + DAY.mul_f32(0.99)));
            assert!(session.wants_token(noon + DAY));
            let request = session.keys_request(&endpoint()).unwrap();
            assert!(!request.headers().contains_key("x-metadata-token"));
        }
        let mut session = MetadataSession::default();
        assert!(!session.note_token(&answer(500, "no"), DAY).unwrap());
        assert!(session.wants_token(DAY));
    }

    #[test]
    fn a_401_asks_for_a_token_unless_the_agency_is_missing() {
        let agency = "Please configure Cloud Service Agency first";
        for (status, body, asks, misses) in [
            (401, "token expired", true, false),
            (401, "", true, false),
            (401, agency, false, true),
            (404, agency, false, true),
            (403, "token expired", false, false),
            (200, agency, false, false),
        ] {
            let answer = answer(status, body);
            assert_eq!(
                MetadataSession::asks_for_token(&answer),
                asks,
                "{status} {body}"
            );
            assert_eq!(
                MetadataSession::misses_agency(&answer),
                misses,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn f17_a_page_is_no_token() {
        let long = "x".repeat(LONGEST_TOKEN + 1);
        for body in [
            "",
            " ",
            "<html>Sign in, canary</html>",
            "a\r\nb",
            "é",
            &long,
        ] {
            let mut session = MetadataSession::default();
            let error = session.note_token(&answer(200, body), DAY).expect_err(body);
            assert!(!error.to_string().contains("canary"));
            assert_eq!(session.token(), None);
        }
    }
}
