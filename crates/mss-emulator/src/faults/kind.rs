//! What happens, and where.

use std::time::Duration;

use super::answer::Answer;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Reset,
    Close,
    SlowClose(Duration),
    BlackHole,
    Truncate,
    Latency(Duration),
    Bandwidth { bytes_per_second: u64 },
    Slice { size: u64, pause: Duration },
    Status(Box<Answer>),
    Expired,
    NoContinue,
}

/// Where in an exchange something happens; a number counts the bytes that still go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// On a new connection, before anything is read.
    Connect,
    /// In the request, its head included.
    Request(u64),
    /// In the body of the request.
    Body(u64),
    /// After the request was read, before the service sees it.
    Received,
    /// In the answer, its head included; the service has acted.
    Answer(u64),
    /// In the body of the answer.
    AnswerBody(u64),
    /// After the answer has gone out.
    Done,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Reset,
    Close,
    SlowClose(Duration),
    BlackHole,
}

/// How bytes go on from a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Once, before the first byte.
    pub(crate) first: Duration,
    /// Bytes that go at once; `None` for all.
    pub(crate) piece: Option<u64>,
    /// After each piece.
    pub(crate) pause: Duration,
}

impl Kind {
    pub(crate) fn ending(&self) -> Option<Ending> {
        Some(match self {
            Self::Reset => Ending::Reset,
            Self::Close | Self::Truncate => Ending::Close,
            Self::SlowClose(delay) => Ending::SlowClose(*delay),
            Self::BlackHole => Ending::BlackHole,
            _ => return None,
        })
    }

    pub(crate) fn pace(&self) -> Option<Pace> {
        Some(match *self {
            Self::Latency(first) => Pace {
                first,
                piece: None,
                pause: Duration::ZERO,
            },
            Self::Bandwidth { bytes_per_second } => Pace::of_rate(bytes_per_second),
            Self::Slice { size, pause } => Pace {
                first: Duration::ZERO,
                piece: Some(size),
                pause,
            },
            _ => return None,
        })
    }
}

impl Pace {
    /// Twenty pieces a second, or one byte at a time where that is too many.
    fn of_rate(bytes_per_second: u64) -> Self {
        let piece = (bytes_per_second / 20).max(1);
        let nanoseconds = piece.saturating_mul(1_000_000_000) / bytes_per_second.max(1);
        Self {
            first: Duration::ZERO,
            piece: Some(piece),
            pause: Duration::from_nanos(nanoseconds),
        }
    }
}
