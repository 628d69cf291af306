//! What went wrong below HTTP's answers, in words for a person.

use std::{fmt, io, time::Duration};

use super::{call::Tunnel, tls_words};
use crate::fork;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Cancelled,
    Timeout,
    Resolve,
    Connect,
    Tls,
    Proxy,
    Disconnected,
    Protocol,
    TooLong,
    Source,
}

/// A fault of one attempt.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    text: String,
    pub(crate) source: Option<io::Error>,
    /// The status with which a proxy refused.
    proxy_status: Option<u16>,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            source: None,
            proxy_status: None,
        }
    }

    fn with_source(kind: FaultKind, text: &str, source: io::Error) -> Self {
        let text = format!("{text}: {source}");
        Self {
            source: Some(source),
            ..Self::new(kind, text)
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(FaultKind::Cancelled, fork::why_ended())
    }

    pub(super) fn timed_out(stage: &str) -> Self {
        Self::new(FaultKind::Timeout, format!("time ran out ({stage})"))
    }

    pub(super) fn stalled(stall: Duration) -> Self {
        let seconds = stall.as_secs_f64();
        Self::new(FaultKind::Timeout, format!("no byte moved for {seconds} s"))
    }

    pub(super) fn resolve(place: &str, error: io::Error) -> Self {
        Self::with_source(FaultKind::Resolve, &format!("can't resolve {place}"), error)
    }

    pub(super) fn connect(place: &str, error: io::Error) -> Self {
        let timed_out = matches!(
            error.kind(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
        );
        let kind = if timed_out {
            FaultKind::Timeout
        } else {
            FaultKind::Connect
        };
        Self::with_source(kind, &format!("can't connect to {place}"), error)
    }

    pub(super) fn no_thread(error: io::Error) -> Self {
        Self::with_source(
            FaultKind::Connect,
            "can't start a thread to connect with",
            error,
        )
    }

    /// Says more exactly what was going on when time ran out.
    pub(super) fn during(self, what: &str) -> Self {
        match self.kind {
            FaultKind::Timeout => Self::new(FaultKind::Timeout, format!("time ran out ({what})")),
            _ => self,
        }
    }

    /// A fault that ureq reports. Its own texts are used only where no address can be in them:
    /// the address of an upload is a secret.
    pub(super) fn of_ureq(error: ureq::Error, connecting: bool) -> Self {
        match error {
            ureq::Error::Io(error) => Self::of_io(error, connecting),
            ureq::Error::Timeout(_) => Self::new(FaultKind::Timeout, "time ran out"),
            ureq::Error::Rustls(error) => Self::new(
                FaultKind::Tls,
                format!("TLS: {}", tls_words::in_words(&error)),
            ),
            ureq::Error::Tls(text) => Self::new(FaultKind::Tls, format!("TLS: {text}")),
            ureq::Error::ConnectProxyFailed(reason) => Self::of_proxy(&reason),
            ureq::Error::Protocol(error) => Self::new(
                FaultKind::Protocol,
                format!("the answer is no proper HTTP: {error}"),
            ),
            ureq::Error::LargeResponseHeader(..) => {
                Self::new(FaultKind::Protocol, "the answer's head is too large")
            }
            _ => Self::new(FaultKind::Protocol, "the HTTP exchange failed"),
        }
    }

    pub(super) fn of_io(error: io::Error, connecting: bool) -> Self {
        use io::ErrorKind;
        if let Some(tls) = tls_words::tls_error(&error)
            && (connecting || tls_words::refuses_client(tls))
        {
            let text = format!("TLS: {}", tls_words::in_words(tls));
            return Self {
                source: Some(error),
                ..Self::new(FaultKind::Tls, text)
            };
        }
        if connecting && error.kind() == ErrorKind::InvalidData {
            return Self::with_source(FaultKind::Tls, "no TLS connection", error);
        }
        if connecting {
            let text = "the connection broke while it was made";
            return Self::with_source(FaultKind::Connect, text, error);
        }
        let gone = [
            ErrorKind::UnexpectedEof,
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionAborted,
            ErrorKind::BrokenPipe,
            ErrorKind::WriteZero,
            ErrorKind::NotConnected,
        ];
        if gone.contains(&error.kind()) {
            return Self::with_source(FaultKind::Disconnected, "the connection broke", error);
        }
        Self::with_source(FaultKind::Disconnected, "the connection failed", error)
    }

    /// A proxy that doesn't open the tunnel. ureq tells its status in a text: "proxy server
    /// responded 407/407".
    fn of_proxy(reason: &str) -> Self {
        let status = reason.rsplit('/').next().and_then(|word| word.parse().ok());
        let text = match status {
            None => "it closed the connection without an answer".to_owned(),
            Some(407) => "it answered 407: it wants a user name and password, or others than \
                 these. They stand percent-encoded in its URL: http://user:password@host:port"
                .to_owned(),
            Some(403) => "it answered 403: it doesn't let this connection through".to_owned(),
            Some(status @ 502..=504) => {
                format!("it answered {status}: it can't reach the other side")
            }
            Some(status) => format!("it answered {status} to CONNECT"),
        };
        Self {
            proxy_status: status,
            ..Self::new(FaultKind::Proxy, text)
        }
    }

    /// The fault of a connection that goes through a proxy.
    pub(super) fn in_tunnel(mut self, tunnel: &Tunnel) -> Self {
        let proxy = &tunnel.proxy;
        let broke = matches!(
            self.kind,
            FaultKind::Resolve | FaultKind::Connect | FaultKind::Disconnected | FaultKind::Protocol
        );
        if self.kind == FaultKind::Cancelled {
            return self;
        }
        if tunnel.is_made {
            if broke {
                self.kind = FaultKind::Proxy;
                self.text = format!("behind the proxy {proxy}: {}", self.text);
            }
            return self;
        }
        if !self.text.contains(proxy) {
            self.text = format!("the proxy {proxy}: {}", self.text);
        }
        if broke {
            self.kind = FaultKind::Proxy;
        }
        self
    }

    /// Whether the server didn't read the request, because of the client's certificate.
    pub(super) fn is_refused_client(&self) -> bool {
        self.source
            .as_ref()
            .and_then(tls_words::tls_error)
            .is_some_and(tls_words::refuses_client)
    }

    /// Whether another attempt would meet the same.
    pub(super) fn is_lasting(&self) -> bool {
        match self.kind {
            FaultKind::Cancelled | FaultKind::Tls | FaultKind::TooLong | FaultKind::Source => true,
            FaultKind::Proxy => self.proxy_status.is_some_and(|status| {
                matches!(status, 400..=499) && status != 408 && status != 429
            }),
            _ => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
