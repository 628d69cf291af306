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
    pub(super) pause: Pause,
}

/// How long it takes until the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    Always(Duration),
    /// As long as the piece takes at this rate. What arrives in smaller pieces pauses less.
    BytesPerSecond(u64),
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
                pause: Pause::Always(Duration::ZERO),
            },
            Self::Bandwidth { bytes_per_second } => Pace::of_rate(bytes_per_second),
            Self::Slice { size, pause } => Pace {
                first: Duration::ZERO,
                piece: Some(size),
                pause: Pause::Always(pause),
            },
            _ => return None,
        })
    }
}

impl Pace {
    /// Twenty pieces a second, or one byte at a time where that is too many.
    fn of_rate(bytes_per_second: u64) -> Self {
        Self {
            first: Duration::ZERO,
            piece: Some((bytes_per_second / 20).max(1)),
            pause: Pause::BytesPerSecond(bytes_per_second.max(1)),
        }
    }

    /// How long to wait when so many bytes have gone.
    pub(crate) fn pause_after(&self, bytes: u64) -> Duration {
        match self.pause {
            Pause::Always(pause) => pause,
            Pause::BytesPerSecond(rate) => {
                Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / rate)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bandwidth_counts_bytes_and_a_slice_pieces() {
        let bandwidth = Kind::Bandwidth {
            bytes_per_second: 1_000_000,
        };
        let pace = bandwidth.pace().unwrap();
        assert_eq!(pace.piece, Some(50_000));
        assert_eq!(pace.pause_after(50_000), Duration::from_millis(50));
        assert_eq!(pace.pause_after(1_000), Duration::from_millis(1));
        let pause = Duration::from_millis(7);
        let slice = Kind::Slice { size: 100, pause };
        assert_eq!(slice.pace().unwrap().pause_after(3), pause);
    }
}
