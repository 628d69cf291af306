//! The service without sockets and clock: request head, body and time in, response out.
//!
//! [`Service::begin`] looks at the head. It answers at once, or hands out an [`Exchange`] that
//! takes the body in pieces; [`Service::finish`] turns that into the answer.

mod exchange;
mod identity;
mod ids;
mod log;
mod operations;
mod query;
mod rate;
mod refusal;
mod reply;
mod route;
mod scripted;
mod state;

use std::{cell::RefCell, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode, request::Parts};
use time::OffsetDateTime;

pub(crate) use self::exchange::{Abandoned, Begun, Exchange, Step};
pub use self::rate::{Limiter, UnknownLimiter};
use self::{
    exchange::Kind,
    ids::Ids,
    log::RequestLog,
    operations::{
        confirm_file_upload, create_digital_asset, create_file, create_large_file, delete_asset,
        delete_file, get_object, inspect, put_object, show_asset,
    },
    rate::Gate,
    refusal::Refusal,
    reply::{Answered, Reply},
    route::{Call, Route},
    state::State,
};
use crate::{
    faults::Faults,
    gateway::{self, Credentials, Failures, Reach},
    identity::{self as who, Identity, Keys, Tokens},
    object_store::{StoreError, StoreKeys},
    review::ReviewScript,
    secret::Secret,
    view::{AssetView, AuthenticationFailures, FileView, RequestView},
};

/// All that an emulator is told at its start, random numbers included.
pub(crate) struct Settings {
    /// `http` or `https`: how upload URLs begin.
    pub(crate) scheme: &'static str,
    pub(crate) project_id: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    pub(crate) token: Secret,
    pub(crate) identity: who::Settings,
    pub(crate) region: String,
    pub(crate) url_lifetime: Duration,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) limiter: Limiter,
    pub(crate) body_limit: usize,
    pub(crate) id_seed: [u8; 64],
    pub(crate) store_access_key: String,
    pub(crate) store_secret: [u8; 64],
}

pub(crate) struct Service {
    project_id: String,
    identity: Identity,
    region: String,
    url_lifetime: Duration,
    /// `http` or `https`.
    scheme: &'static str,
    /// Stands in upload URLs when a request names no host.
    own_host: String,
    store: StoreKeys,
    state: State,
    log: RequestLog,
    ids: Ids,
    gate: Option<Gate>,
    faults: Faults,
    failures: RefCell<Failures>,
    /// While a call runs whose URLs shall be useless.
    urls_have_expired: bool,
}

impl Service {
    pub(crate) fn new(settings: Settings, own_host: String, faults: Faults) -> Self {
        let keys = Keys::new(settings.access_key, settings.secret_key);
        let tokens = Tokens::new(settings.token.expose(), settings.project_id.clone());
        Self {
            identity: Identity::new(settings.identity, keys, tokens),
            project_id: settings.project_id,
            region: settings.region,
            url_lifetime: settings.url_lifetime,
            scheme: settings.scheme,
            own_host,
            store: StoreKeys::new(
                settings.scheme,
                settings.store_access_key,
                settings.store_secret,
            ),
            state: State::new(settings.body_limit),
            log: RequestLog::default(),
            ids: Ids::new(settings.id_seed),
            gate: settings
                .rate_limit
                .map(|rate| Gate::new(settings.limiter, rate)),
            faults,
            failures: RefCell::default(),
            urls_have_expired: false,
        }
    }

    /// Looks at the head of a request.
    pub(crate) fn begin(&mut self, head: Parts, now: OffsetDateTime) -> Begun {
        let request_id = self.ids.plain_id();
        let route = Route::of(&head.method, head.uri.path());
        if let Route::Inspect(what) = &route
            && !what.takes_a_body()
        {
            let reply = inspect::answer(self, what, &[], now);
            return Begun::undisturbed(Step::Answer(reply.into_response(&request_id, now)));
        }
        let target = route.target(head.uri.path());
        let armed = target.as_ref().and_then(|target| self.faults.arm(target));
        let (fault, line_fault) = match armed {
            Some(armed) if scripted::is_for_the_service(armed.fault()) => (Some(armed), None),
            armed => (None, armed),
        };
        let mut exchange = Exchange {
            entry: (!matches!(route, Route::Inspect(_)))
                .then(|| self.log.arrived(&head, &request_id, target)),
            request_id,
            kind: Kind::Call(Vec::new()),
            fault,
            route,
            head,
        };
        let early = match &exchange.route {
            Route::Object => self.begin_put(&mut exchange, now).err(),
            _ => exchange::too_long(&exchange.head).then_some(Refusal::TooLarge),
        };
        let step = match early {
            None => Step::Body(Box::new(exchange)),
            Some(refusal) => Step::Answer(self.answer(&exchange, Err(refusal), now)),
        };
        Begun { step, line_fault }
    }

    /// Decides by the head of an upload whether its content may come.
    fn begin_put(&mut self, exchange: &mut Exchange, now: OffsetDateTime) -> Result<(), Refusal> {
        let host_id = self.ids.host_id();
        let receiving = match put_object::admit(self, &exchange.head, now) {
            Ok(_) if scripted::has_expired(&mut exchange.fault) => Err(StoreError::expired()),
            admitted => admitted,
        };
        let receiving = receiving.map_err(|error| Refusal::store(error, host_id.clone()))?;
        if let Some(answer) = scripted::refusal(&mut exchange.fault) {
            return Err(Refusal::Injected {
                answer,
                voice: None,
                host_id: Some(host_id),
                file_id: None,
            });
        }
        exchange.kind = Kind::Put { receiving, host_id };
        Ok(())
    }

    /// Answers a request whose body has come to its end.
    pub(crate) fn finish(
        &mut self,
        mut exchange: Box<Exchange>,
        now: OffsetDateTime,
    ) -> Response<Bytes> {
        let outcome = match std::mem::take(&mut exchange.kind) {
            Kind::Put { receiving, host_id } => {
                let stored = put_object::store(self, receiving, &host_id)
                    .map_err(|error| Refusal::store(error, host_id.clone()));
                scripted::instead(&mut exchange.fault, stored, Some(host_id))
            }
            Kind::Call(_) if exchange.route == Route::Download => {
                let host_id = self.ids.host_id();
                get_object::answer(self, &exchange.head, &host_id, now)
                    .map_err(|error| Refusal::store(error, host_id))
            }
            Kind::Call(body) => match &exchange.route {
                Route::Inspect(what) => Ok(inspect::answer(self, what, &body, now)),
                Route::Identity(call) => {
                    let call = *call;
                    identity::answer(self, &mut exchange, call, &body, now)
                }
                _ => self.call(&mut exchange, &body, now),
            },
        };
        self.answer(&exchange, outcome, now)
    }

    /// Answers a request whose body was given up.
    pub(crate) fn abandon(
        &mut self,
        mut exchange: Box<Exchange>,
        reason: Abandoned,
        now: OffsetDateTime,
    ) -> Response<Bytes> {
        let refusal = match (reason, std::mem::take(&mut exchange.kind)) {
            (Abandoned::TooLong, _) => Refusal::TooLarge,
            (Abandoned::Stalled, Kind::Call(_)) => Refusal::Stalled,
            (Abandoned::Stalled, Kind::Put { host_id, .. }) => Refusal::store(
                StoreError::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "RequestTimeout",
                    "No bytes came for too long",
                ),
                host_id,
            ),
        };
        self.answer(&exchange, Err(refusal), now)
    }

    pub(crate) fn files(&self) -> Vec<FileView> {
        self.state.views()
    }

    pub(crate) fn assets(&self) -> Vec<AssetView> {
        self.state.asset_views()
    }

    pub(crate) fn file_body(&self, file_id: &str) -> Option<Vec<u8>> {
        self.state.file(file_id)?.content.body()
    }

    pub(crate) fn requests(&self) -> Vec<RequestView> {
        self.log.views()
    }

    pub(crate) fn authentication_failures(&self) -> Vec<AuthenticationFailures> {
        self.failures.borrow().views()
    }

    pub(crate) fn set_review(&mut self, script: ReviewScript) {
        self.state.set_review(script);
    }

    pub(crate) fn identity(&mut self) -> &mut Identity {
        &mut self.identity
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials {
            keys: &self.identity.keys,
            tokens: &self.identity.tokens,
            region: &self.region,
            failures: &self.failures,
        }
    }

    /// Its address, where an answer names it.
    fn own_url(&self) -> String {
        format!("{}://{}", self.scheme, self.own_host)
    }

    /// A call of the API, through the gateway to its operation.
    fn call(
        &mut self,
        exchange: &mut Exchange,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Reply, Refusal> {
        let Route::Api { project_id, call } = &exchange.route else {
            return Err(Refusal::UnknownApi);
        };
        let reach = gateway::authenticate(&exchange.head, body, &self.credentials(), now)?;
        self.check_project(&exchange.head, project_id, &reach)?;
        if let Some(gate) = &mut self.gate
            && !gate.admits(now)
        {
            return Err(Refusal::Throttled(gate.calls_per_second()));
        }
        if let Some(answer) = scripted::refusal(&mut exchange.fault) {
            return Err(Refusal::ordered(answer));
        }
        self.urls_have_expired = scripted::expires(exchange.fault.as_ref(), call.operation());
        let outcome = self.perform(call, &exchange.head, body, now);
        self.urls_have_expired = false;
        scripted::instead(&mut exchange.fault, outcome, None)
    }

    fn perform(
        &mut self,
        call: &Call,
        head: &Parts,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Reply, Refusal> {
        match call {
            Call::CreateFile => create_file::answer(self, head, body, now),
            Call::CreateLargeFile => create_large_file::answer(self, head, body, now),
            Call::ConfirmFileUpload { file_id } => {
                confirm_file_upload::answer(&mut self.state, head, file_id, body)
            }
            Call::DeleteFile { file_id } => delete_file::answer(&mut self.state, head, file_id),
            Call::CreateDigitalAsset => create_digital_asset::answer(self, head, body, now),
            Call::ShowAsset { asset_id } => show_asset::answer(self, head, asset_id, now),
            Call::DeleteAsset { asset_id } => delete_asset::answer(&mut self.state, head, asset_id),
        }
    }

    /// The project of the path must exist, the caller must reach it, and `X-Project-Id` must not
    /// name another.
    fn check_project(&self, head: &Parts, in_path: &str, reach: &Reach<'_>) -> Result<(), Refusal> {
        let reached = match reach {
            Reach::Account => true,
            Reach::Token { project_id } => *project_id == Some(in_path),
        };
        let in_headers = head.headers.get_all("x-project-id");
        if reached
            && in_path == self.project_id
            && in_headers.iter().all(|id| *id == self.project_id)
        {
            Ok(())
        } else {
            Err(Refusal::WrongProject)
        }
    }

    fn answer(
        &mut self,
        exchange: &Exchange,
        outcome: Result<Reply, Refusal>,
        now: OffsetDateTime,
    ) -> Response<Bytes> {
        let reply = outcome
            .unwrap_or_else(|refusal| refusal.into_reply(&exchange.request_id, &exchange.head));
        if let Some(entry) = exchange.entry {
            self.log.answered(
                entry,
                &Answered {
                    status: reply.status,
                    file_id: reply.file_id.clone(),
                },
            );
        }
        reply.into_response(&exchange.request_id, now)
    }
}

#[cfg(test)]
mod tests;
