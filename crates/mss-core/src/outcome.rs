//! Whether a call was applied, as far as anyone can know.

use std::fmt;

/// Whether the service applied a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was applied.
    Applied,
    /// It was not applied: nothing of it was sent, or the service refused it.
    NotApplied,
    /// It can't be known: something was sent and no answer that settles it came.
    Unknown,
}

impl Outcome {
    /// `applied`, `not_applied` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::NotApplied => "not_applied",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far an attempt came before it failed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before any byte of the request was written: DNS, connect, TLS.
    BeforeWrite,
    /// A part of the request was written.
    PartlyWritten,
    /// All of it was written, and no full response head came.
    Written,
    /// The response head was read; the body was not, or not whole.
    Answered,
}

/// Why one attempt was no success, in the terms that decide about retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No usable answer came.
    NoAnswer {
        /// How far the attempt came.
        phase: Phase,
        /// Whether another attempt could do better: not after a bad certificate.
        lasting: bool,
        /// Whether the connection had been kept from an earlier call and brought not a single
        /// byte: most likely the server had closed it meanwhile.
        stale: bool,
    },
    /// An answer with a status other than success.
    Status {
        /// The status.
        status: u16,
        /// Whether the gateway's code says that the call was throttled.
        throttled: bool,
    },
    /// An answer with a status of success that can't be trusted.
    Untrusted,
}

impl Failure {
    /// Whether the service refused the call for the rate of calls alone.
    pub fn is_throttled(self) -> bool {
        matches!(
            self,
            Self::Status { status: 429, .. }
                | Self::Status {
                    status: 503,
                    throttled: true
                }
        )
    }

    /// What this one attempt says about the call.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NoAnswer {
                phase: Phase::BeforeWrite,
                ..
            }
            | Self::Status {
                status: 400 | 401 | 403 | 404 | 409 | 429,
                ..
            } => Outcome::NotApplied,
            Self::NoAnswer { .. } | Self::Status { .. } | Self::Untrusted => Outcome::Unknown,
        }
    }
}

/// What several failed attempts say together: one that may have been applied leaves it open,
/// whatever was answered later. A 409 after a lost answer may well mean "already done".
pub fn combined_outcome(failures: impl IntoIterator<Item = Failure>) -> Outcome {
    let open = |failure: Failure| failure.outcome() == Outcome::Unknown;
    if failures.into_iter().any(open) {
        Outcome::Unknown
    } else {
        Outcome::NotApplied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_answer(phase: Phase) -> Failure {
        Failure::NoAnswer {
            phase,
            lasting: false,
            stale: false,
        }
    }

    fn status(status: u16) -> Failure {
        Failure::Status {
            status,
            throttled: false,
        }
    }

    #[test]
    fn f29_phases_and_statuses_have_their_outcome() {
        assert_eq!(no_answer(Phase::BeforeWrite).outcome(), Outcome::NotApplied);
        for phase in [Phase::PartlyWritten, Phase::Written, Phase::Answered] {
            assert_eq!(no_answer(phase).outcome(), Outcome::Unknown);
        }
        for code in [400, 401, 403, 404, 409, 429] {
            assert_eq!(status(code).outcome(), Outcome::NotApplied, "{code}");
        }
        for code in [302, 307, 405, 408, 499, 500, 502, 503, 504, 599, 999] {
            assert_eq!(status(code).outcome(), Outcome::Unknown, "{code}");
        }
        assert_eq!(Failure::Untrusted.outcome(), Outcome::Unknown);
    }

    #[test]
    fn f36_only_429_and_a_503_that_says_so_are_for_the_rate() {
        for (code, throttled, expected) in [
            (429, false, true),
            (429, true, true),
            (503, true, true),
            (503, false, false),
            (500, true, false),
            (400, true, false),
        ] {
            let failure = Failure::Status {
                status: code,
                throttled,
            };
            assert_eq!(failure.is_throttled(), expected, "{code} {throttled}");
        }
        assert!(!Failure::Untrusted.is_throttled());
        assert!(!no_answer(Phase::Written).is_throttled());
    }

    #[test]
    fn an_outcome_is_shown_by_its_name() {
        let shown =
            [Outcome::Applied, Outcome::NotApplied, Outcome::Unknown].map(|it| it.to_string());
        assert_eq!(shown, ["applied", "not_applied", "unknown"]);
    }

    #[test]
    fn f38_a_refusal_after_a_lost_answer_settles_nothing() {
        let lost = no_answer(Phase::Written);
        assert_eq!(combined_outcome([lost, status(409)]), Outcome::Unknown);
        assert_eq!(
            combined_outcome([lost, no_answer(Phase::BeforeWrite)]),
            Outcome::Unknown
        );
        assert_eq!(
            combined_outcome([status(429), status(400)]),
            Outcome::NotApplied
        );
        assert_eq!(combined_outcome([]), Outcome::NotApplied);
    }
}
