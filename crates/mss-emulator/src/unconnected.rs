//! The service without a socket and a clock, for a fuzzer that asks it a million odd questions.

use std::time::Duration;

use http::{Request, Response};
use time::OffsetDateTime;

use crate::{
    StartError,
    faults::Faults,
    identity::Options,
    secret::Secret,
    service::{Limiter, Service, Settings, Step},
};

/// An emulator that is asked directly. All its keys are known but those that it issues.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "it holds the state of a service"
)]
pub struct Unconnected(Service);

impl Unconnected {
    /// With project `project`, region `region`, access key `AK` and token `token`.
    ///
    /// # Errors
    ///
    /// [`StartError`] where the system gives no random numbers.
    pub fn new(secret_key: &str) -> Result<Self, StartError> {
        let settings = Settings {
            scheme: "http",
            project_id: "project".to_owned(),
            access_key: "AK".to_owned(),
            secret_key: Secret::new(secret_key.to_owned()),
            token: Secret::new("token".to_owned()),
            identity: Options::new().settle("project", "region")?,
            region: "region".to_owned(),
            url_lifetime: Duration::from_secs(60),
            rate_limit: None,
            limiter: Limiter::default(),
            body_limit: 1024,
            id_seed: [1; 64],
            store_access_key: "STORE".to_owned(),
            store_secret: [2; 64],
        };
        let own_host = "127.0.0.1:1".to_owned();
        Ok(Self(Service::new(settings, own_host, Faults::default())))
    }

    /// Answers, the body in small pieces and the time that of 1970.
    pub fn answer(&mut self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let now = OffsetDateTime::UNIX_EPOCH;
        let (head, body) = request.into_parts();
        let answer = match self.0.begin(head, now).step {
            Step::Answer(answer) => answer,
            Step::Body(mut exchange) => {
                let given_up = body.chunks(7).find_map(|piece| exchange.push(piece).err());
                match given_up {
                    None => self.0.finish(exchange, now),
                    Some(reason) => self.0.abandon(exchange, reason, now),
                }
            }
        };
        answer.map(Into::into)
    }
}
