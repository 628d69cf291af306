//! Kinds of failure, by what a caller can do about them.

use std::fmt;

use mss_core::{ConfirmFileUpload, Operation as _, PutContent, PutPart};

/// What kind of failure it is. New kinds may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is beyond its limits; nothing was sent.
    InvalidInput,
    /// The client can't be built like this; nothing was sent.
    InvalidConfig,
    /// No usable credentials were given or found; nothing was sent.
    InvalidCredentials,
    /// 401: the key, the signature, the clock or the token is wrong; or a key that was refused
    /// before, whose calls aren't sent for five minutes, because more than five failures lock it.
    /// Repeated once, with a corrected clock or with renewed credentials, and never as it was.
    Authentication,
    /// 403: the caller may not do this.
    PermissionDenied,
    /// 404: there is no such thing.
    NotFound,
    /// 400, 409 or another 4xx: the service refused the call.
    Rejected,
    /// 429: too many calls.
    RateLimited,
    /// 408 or 5xx: the service failed.
    Server,
    /// Time ran out.
    Timeout,
    /// The host's name can't be resolved.
    Resolve,
    /// No connection could be made.
    Connect,
    /// No trustworthy TLS connection could be made.
    Tls,
    /// The proxy refused.
    Proxy,
    /// The connection broke.
    Disconnected,
    /// The answer is no proper HTTP.
    Protocol,
    /// A redirect. None is followed: it would carry a signed request to somebody else.
    UnexpectedRedirect,
    /// A status of success, but an answer that the service doesn't give: a proxy, a login page.
    UnexpectedResponse,
    /// An attempt may have been applied, and a later one was refused. What the refusal means
    /// can't be told: "already done", perhaps.
    OutcomeUnknown,
    /// The caller cancelled.
    Cancelled,
    /// The local file can't be read, or isn't what it was.
    Source,
    /// The journal can't be opened, read or written. What its next line would have guarded wasn't
    /// done.
    Journal,
}

impl ErrorKind {
    /// All of them.
    pub(crate) const ALL: [Self; 22] = [
        Self::InvalidInput,
        Self::InvalidConfig,
        Self::InvalidCredentials,
        Self::Authentication,
        Self::PermissionDenied,
        Self::NotFound,
        Self::Rejected,
        Self::RateLimited,
        Self::Server,
        Self::Timeout,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Proxy,
        Self::Disconnected,
        Self::Protocol,
        Self::UnexpectedRedirect,
        Self::UnexpectedResponse,
        Self::OutcomeUnknown,
        Self::Cancelled,
        Self::Source,
        Self::Journal,
    ];

    /// The kind in one word, as it stands in `--json` output: `rate_limited`, ...
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::InvalidConfig => "invalid_config",
            Self::InvalidCredentials => "invalid_credentials",
            Self::Authentication => "authentication",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Disconnected => "disconnected",
            Self::Protocol => "protocol",
            Self::UnexpectedRedirect => "unexpected_redirect",
            Self::UnexpectedResponse => "unexpected_response",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Cancelled => "cancelled",
            Self::Source => "source",
            Self::Journal => "journal",
        }
    }

    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            300..=399 => Self::UnexpectedRedirect,
            408 | 500..=599 => Self::Server,
            400..=499 => Self::Rejected,
            _ => Self::UnexpectedResponse,
        }
    }

    /// What a person can do about it. None where only the service's own words help.
    pub(crate) fn advice(self, operation: &str) -> Option<&'static str> {
        let at_the_store = matches!(operation, PutContent::NAME | PutPart::NAME);
        Some(match self {
            Self::OutcomeUnknown if operation == ConfirmFileUpload::NAME => {
                "confirm the same state again, and no other"
            }
            Self::PermissionDenied | Self::Authentication if at_the_store => {
                "upload again: a new upload gets a new URL"
            }
            Self::InvalidInput | Self::NotFound | Self::Rejected | Self::Cancelled => return None,
            Self::InvalidConfig => "correct the client's settings",
            Self::InvalidCredentials => {
                "give credentials, or set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK; `metastudio \
                 doctor` looks at every place"
            }
            Self::Authentication => {
                "check access key, secret key or token, and this machine's clock, before the next \
                 try: more than five failures lock a key for five minutes"
            }
            Self::PermissionDenied => {
                "ask for the permission \"MetaStudio FullAccess\" in this project"
            }
            Self::RateLimited => {
                "slow down: the documented limit is 10 file calls a second, 5 in some regions"
            }
            Self::Server | Self::Timeout | Self::Disconnected => "try again later",
            Self::Resolve => "check the endpoint's name and this machine's DNS",
            Self::Connect => "check the network and the endpoint",
            Self::Tls => {
                "check the endpoint, the certificate and what stands between here and there"
            }
            Self::Proxy => "check the proxy: the one that was given, or that of HTTPS_PROXY",
            Self::Protocol | Self::UnexpectedResponse | Self::UnexpectedRedirect => {
                "check the endpoint, and for a proxy or login page in between"
            }
            Self::OutcomeUnknown => "look at the asset before anything else is done",
            Self::Source => "check the local file",
            Self::Journal => "put right what it says, then resume the journal",
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
