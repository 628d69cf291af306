//! What went wrong below HTTP's answers, in words for a person.

use std::{fmt, io, time::Duration};

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
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            source: None,
        }
    }

    fn with_source(kind: FaultKind, text: &str, source: io::Error) -> Self {
        Self {
            kind,
            text: format!("{text}: {source}"),
            source: Some(source),
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(FaultKind::Cancelled, "cancelled by the caller")
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
            ureq::Error::Rustls(error) => Self::new(FaultKind::Tls, format!("TLS: {error}")),
            ureq::Error::Tls(text) => Self::new(FaultKind::Tls, format!("TLS: {text}")),
            ureq::Error::ConnectProxyFailed(reason) => {
                Self::new(FaultKind::Proxy, format!("the proxy refused: {reason}"))
            }
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

    /// Whether another attempt would meet the same.
    pub(super) fn is_lasting(&self) -> bool {
        match self.kind {
            FaultKind::Cancelled | FaultKind::Tls | FaultKind::TooLong | FaultKind::Source => true,
            FaultKind::Proxy => self.text.contains(" 407"),
            _ => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
