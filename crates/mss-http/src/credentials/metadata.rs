//! Temporary keys of an ECS's agency, from its metadata service.

use std::{mem, time::Instant};

use http::{Request, Response};
use mss_core::{
    Endpoint, InvalidInput,
    identity::{
        METADATA_ENDPOINT, METADATA_TIMEOUT, MetadataSession, local_endpoint, refresh_metadata_at,
    },
};
use time::OffsetDateTime;

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, Source, Unanswered, Why,
    service::{Service, was_not_heard},
};
use crate::fork::{Locked, PerProcess};

const ENDPOINT: &str = "METASTUDIO_METADATA_ENDPOINT";

/// The metadata service, and what was learnt about it.
#[derive(Debug)]
struct Metadata {
    given: Option<Endpoint>,
    /// What the times of the session are counted from.
    since: Instant,
    learnt: PerProcess<Learnt>,
}

#[derive(Debug, Clone, Default)]
struct Learnt {
    session: MetadataSession,
    /// It has given keys, so this is an ECS, and silence is a failure.
    is_there: bool,
}

impl CredentialSource {
    /// Temporary keys of the agency of the ECS that this is, from `http://169.254.169.254` or
    /// where `METASTUDIO_METADATA_ENDPOINT` says: version 2 of the service, or version 1 where
    /// that is all there is. Never through a proxy.
    pub fn metadata() -> Self {
        Self::of(Metadata::new(None))
    }

    /// As [`CredentialSource::metadata`], from a service elsewhere.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the URL has more than scheme, host and port, or is plain `http` to
    /// another than a loopback or link-local address.
    pub fn metadata_at(url: &str) -> Result<Self, InvalidInput> {
        Ok(Self::of(Metadata::new(Some(local_endpoint(url)?))))
    }
}

impl Metadata {
    fn new(given: Option<Endpoint>) -> Self {
        Self {
            given,
            since: Instant::now(),
            learnt: PerProcess::new(),
        }
    }

    fn learnt(&self) -> Locked<'_, Learnt> {
        self.learnt
            .lock(|parents| parents.map(mem::take).unwrap_or_default())
    }

    /// Where the service is, and whether somebody says so.
    fn endpoint(&self, loading: &Loading<'_>) -> Result<(Endpoint, bool), NotFound> {
        let parse =
            |url: &str| local_endpoint(url).map_err(|error| NotFound::renamed(&error, ENDPOINT));
        match (&self.given, loading.variables.get(ENDPOINT)) {
            (Some(endpoint), _) => Ok((endpoint.clone(), true)),
            (None, Some(url)) => Ok((parse(&url)?, true)),
            (None, None) => Ok((parse(METADATA_ENDPOINT)?, false)),
        }
    }
}

impl Source for Metadata {
    fn name(&self) -> &'static str {
        "metadata"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let (endpoint, is_named) = self.endpoint(loading)?;
        let learnt = self.learnt().clone();
        let mut visit = Visit {
            loading,
            endpoint,
            since: self.since,
            learnt,
        };
        let mut found = visit.keys();
        if let Err(error) = &mut found
            && error.why == Why::Refused
            && !is_named
            && !visit.learnt.is_there
        {
            // Other clouds have a service of their own at this address.
            error.why = Why::Absent;
        }
        *self.learnt() = visit.learnt;
        found
    }
}

/// One look into the metadata service.
struct Visit<'a> {
    loading: &'a Loading<'a>,
    endpoint: Endpoint,
    since: Instant,
    learnt: Learnt,
}

impl Visit<'_> {
    fn keys(&mut self) -> Result<FoundCredentials, NotFound> {
        if self.learnt.session.wants_token(self.since.elapsed()) {
            let answer = self.token()?;
            if !answer.status().is_success() && !MetadataSession::knows_no_tokens(&answer) {
                return Err(self.service().refused(&answer));
            }
        }
        let mut answer = self.security_key()?;
        if MetadataSession::asks_for_token(&answer) {
            let refused = self.token()?;
            if !refused.status().is_success() {
                return Err(self.service().refused(&refused));
            }
            answer = self.security_key()?;
        }
        self.found(&answer)
    }

    /// Asks for a token, and notes it or that there are none here.
    fn token(&mut self) -> Result<Response<Vec<u8>>, NotFound> {
        let request = MetadataSession::token_request(&self.endpoint);
        let is_good = |answer: &Response<Vec<u8>>| {
            answer.status().is_success() || MetadataSession::knows_no_tokens(answer)
        };
        let answer = self.ask(request, is_good)?;
        let now = self.since.elapsed();
        match self.learnt.session.note_token(&answer, now) {
            Ok(_) => Ok(answer),
            Err(unexpected) => Err(self.service().unexpected(&unexpected)),
        }
    }

    fn security_key(&self) -> Result<Response<Vec<u8>>, NotFound> {
        let request = self.learnt.session.keys_request(&self.endpoint);
        self.ask(request, |answer| answer.status().is_success())
    }

    fn found(&mut self, answer: &Response<Vec<u8>>) -> Result<FoundCredentials, NotFound> {
        let service = self.service();
        if MetadataSession::misses_agency(answer) {
            let problem = "this ECS has no agency: give it one in its console page, or keys by \
                           another way";
            return Err(NotFound::new(Why::Absent, problem));
        }
        if answer.status() == 404 {
            let problem = service.refused(answer).problem;
            return Err(NotFound::new(
                Why::Absent,
                format!("{problem}: there are no keys"),
            ));
        }
        if !answer.status().is_success() {
            return Err(service.refused(answer));
        }
        let keys = MetadataSession::parse(answer).map_err(|error| service.unexpected(&error))?;
        let mut found = FoundCredentials::temporary(keys);
        let refresh_at = |end| refresh_metadata_at(end, OffsetDateTime::now_utc());
        found.refresh_at = found.expires_at.map(refresh_at);
        found.origin = format!("the metadata service at {}", self.endpoint);
        self.learnt.is_there = true;
        Ok(found)
    }

    fn ask(
        &self,
        request: Result<Request<Vec<u8>>, InvalidInput>,
        is_good: impl Fn(&Response<Vec<u8>>) -> bool,
    ) -> Result<Response<Vec<u8>>, NotFound> {
        let request = request.map_err(|error| NotFound::renamed(&error, ENDPOINT))?;
        let service = self.service();
        service.ask_until(&request, is_good).map_err(|unanswered| {
            if !self.learnt.is_there && was_not_heard(unanswered.failure) {
                return self.nobody_there(&unanswered);
            }
            service.silent(&unanswered)
        })
    }

    fn nobody_there(&self, unanswered: &Unanswered) -> NotFound {
        let problem = format!(
            "nobody answers at {} ({}): this is no ECS, or its metadata service can't be reached",
            self.endpoint, unanswered.problem
        );
        NotFound::new(Why::Absent, problem)
    }

    fn service(&self) -> Service<'_> {
        let name = format!("the metadata service at {}", self.endpoint);
        let service = Service::new(self.loading, name)
            .nearby(METADATA_TIMEOUT)
            .guessed(!self.learnt.is_there);
        match self.learnt.session.token() {
            Some(token) => service.keeping(token),
            None => service,
        }
    }
}
