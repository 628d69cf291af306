//! The calls by which a client gets tokens and keys, and learns who it is: IAM, STS, the metadata
//! service of a cloud server, and the source of a pod's keys.

mod assume_agency;
mod caller_identity;
mod create_temporary_keys;
mod create_token;
mod exchange_id_token;
mod list_domains;
mod list_projects;
mod metadata_keys;
mod metadata_token;
mod pod_keys;

mod issued;
mod request;
mod scope;
mod token;

use http::{HeaderMap, HeaderName, StatusCode, request::Parts};
use time::OffsetDateTime;

use super::{Service, exchange::Exchange, refusal::Refusal, reply::Reply, scripted};
use crate::{
    gateway::{self, Rejection},
    identity::POD_PATH,
    view::Operation,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    CreateToken,
    ListProjects,
    ListDomains,
    MetadataToken,
    MetadataKeys,
    PodKeys,
    AssumeAgency,
    CallerIdentity,
    ExchangeIdToken,
    CreateTemporaryKeys,
}

/// Whose manner of speaking an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Iam,
    Sts,
    Metadata,
}

impl Call {
    pub(super) fn of(method: &str, path: &str) -> Option<Self> {
        Some(match (method, path) {
            ("POST", "/v3/auth/tokens") => Self::CreateToken,
            ("GET", "/v3/projects") => Self::ListProjects,
            ("GET", "/v3/auth/domains") => Self::ListDomains,
            ("PUT", "/meta-data/latest/api/token") => Self::MetadataToken,
            ("GET", "/openstack/latest/securitykey") => Self::MetadataKeys,
            ("POST", POD_PATH) => Self::PodKeys,
            ("POST", "/v5/agencies/assume-with-oidc") => Self::AssumeAgency,
            ("GET", "/v5/caller-identity") => Self::CallerIdentity,
            ("POST", "/v3.0/OS-AUTH/id-token/tokens") => Self::ExchangeIdToken,
            ("POST", "/v3.0/OS-CREDENTIAL/securitytokens") => Self::CreateTemporaryKeys,
            _ => return None,
        })
    }

    pub(super) fn operation(self) -> Operation {
        match self {
            Self::CreateToken => Operation::CreateToken,
            Self::ListProjects => Operation::ListProjects,
            Self::ListDomains => Operation::ListDomains,
            Self::MetadataToken => Operation::MetadataToken,
            Self::MetadataKeys => Operation::MetadataKeys,
            Self::PodKeys => Operation::PodKeys,
            Self::AssumeAgency => Operation::AssumeAgency,
            Self::CallerIdentity => Operation::CallerIdentity,
            Self::ExchangeIdToken => Operation::ExchangeIdToken,
            Self::CreateTemporaryKeys => Operation::CreateTemporaryKeys,
        }
    }

    fn voice(self) -> Voice {
        match self {
            Self::MetadataToken | Self::MetadataKeys => Voice::Metadata,
            Self::AssumeAgency | Self::CallerIdentity => Voice::Sts,
            _ => Voice::Iam,
        }
    }
}

/// One of these calls. Where the gateway checks a signature, it does so before an ordered failure;
/// what else a call brings to prove itself is looked at after it.
pub(super) fn answer(
    service: &mut Service,
    exchange: &mut Exchange,
    call: Call,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let head = &exchange.head;
    if matches!(
        call,
        Call::ListProjects | Call::ListDomains | Call::CallerIdentity
    ) {
        authenticate(service, head, body, call, now)?;
    }
    if let Some(answer) = scripted::refusal(&mut exchange.fault) {
        return Err(Refusal::ordered(answer).spoken_by(call.voice()));
    }
    let mut outcome = perform(service, call, head, body, now);
    if call.voice() == Voice::Iam {
        let trace = HeaderName::from_static("x-iam-trace-id");
        outcome = outcome.map(|reply| reply.with(trace, exchange.request_id.clone()));
    }
    scripted::instead(&mut exchange.fault, outcome, None)
        .map_err(|refusal| refusal.spoken_by(call.voice()))
}

fn perform(
    service: &mut Service,
    call: Call,
    head: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    match call {
        Call::CreateToken => create_token::answer(service, head, body, now),
        Call::ListProjects => Ok(list_projects::answer(service, head)),
        Call::ListDomains => Ok(list_domains::answer(service)),
        Call::MetadataToken => metadata_token::answer(service, &head.headers, now),
        Call::MetadataKeys => metadata_keys::answer(service, &head.headers, now),
        Call::PodKeys => pod_keys::answer(service, &head.headers, now),
        Call::AssumeAgency => assume_agency::answer(service, body, now),
        Call::CallerIdentity => Ok(caller_identity::answer(service)),
        Call::ExchangeIdToken => exchange_id_token::answer(service, &head.headers, body, now),
        Call::CreateTemporaryKeys => {
            create_temporary_keys::answer(service, &head.headers, body, now)
        }
    }
}

fn authenticate(
    service: &Service,
    head: &Parts,
    body: &[u8],
    call: Call,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    match gateway::authenticate(head, body, &service.credentials(), now) {
        Ok(_) => Ok(()),
        Err(Rejection::Anonymous) => Err(Refusal::Spoken {
            voice: call.voice(),
            status: StatusCode::UNAUTHORIZED,
            message: "The request has neither a signature nor a token.".to_owned(),
        }),
        Err(rejection) => Err(rejection.into()),
    }
}

/// The value of a header, as text; `None` when it is missing or empty.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text).filter(|text| !text.is_empty())
}
