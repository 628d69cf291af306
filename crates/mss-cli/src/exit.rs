//! Exit codes: what a script can do next.

use mss_http::{Error, ErrorKind, Outcome};

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Refused,
    Usage,
    Authentication,
    LocalFile,
    Temporary,
    Unknown,
    Interrupted,
}

impl Exit {
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Authentication => 3,
            Self::LocalFile => 4,
            Self::Temporary => 5,
            Self::Unknown => 6,
            Self::Interrupted => 130,
        }
    }

    pub(crate) fn of(error: &Error) -> Self {
        Self::of_kind(error.kind(), error.outcome())
    }

    /// Whether the same may end otherwise another time.
    pub(crate) fn may_pass(self) -> bool {
        !matches!(self, Self::Done | Self::Refused | Self::Usage)
    }

    /// How several files end: as the worst of them. One that was refused before it was sent is
    /// refused, for the use of the command was right for the others.
    pub(crate) fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |exit: &Self| match exit {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::LocalFile => 3,
            Self::Temporary => 4,
            Self::Authentication => 5,
            Self::Unknown => 6,
            Self::Interrupted => 7,
        };
        match all.into_iter().max_by_key(rank) {
            None => Self::Done,
            Some(Self::Usage) => Self::Refused,
            Some(worst) => worst,
        }
    }

    /// What isn't known, or is done, goes before every reason: who tries again because of a
    /// time-out would do twice what may have been done.
    pub(crate) fn of_kind(kind: ErrorKind, outcome: Outcome) -> Self {
        match kind {
            ErrorKind::Cancelled => Self::Interrupted,
            _ if outcome != Outcome::NotApplied => Self::Unknown,
            ErrorKind::InvalidInput | ErrorKind::InvalidConfig => Self::Usage,
            ErrorKind::InvalidCredentials | ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Source | ErrorKind::Journal => Self::LocalFile,
            ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Timeout
            | ErrorKind::Resolve
            | ErrorKind::Connect
            | ErrorKind::Tls
            | ErrorKind::Proxy
            | ErrorKind::Disconnected
            | ErrorKind::Protocol => Self::Temporary,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_end_as_the_worst_of_them() {
        let order = [
            Exit::Interrupted,
            Exit::Unknown,
            Exit::Authentication,
            Exit::Temporary,
            Exit::LocalFile,
            Exit::Refused,
            Exit::Done,
        ];
        for (index, worst) in order.into_iter().enumerate() {
            let milder = &order[index..];
            assert_eq!(Exit::worst(milder.iter().copied()), worst);
            assert_eq!(Exit::worst(milder.iter().rev().copied()), worst);
        }
        assert_eq!(Exit::worst([Exit::Done, Exit::Usage]), Exit::Refused);
        assert_eq!(Exit::worst([]), Exit::Done);
    }

    #[test]
    fn each_kind_has_its_code() {
        use ErrorKind as Kind;
        let not_applied = [
            (Kind::InvalidInput, 2),
            (Kind::InvalidConfig, 2),
            (Kind::InvalidCredentials, 3),
            (Kind::Authentication, 3),
            (Kind::PermissionDenied, 1),
            (Kind::NotFound, 1),
            (Kind::Rejected, 1),
            (Kind::RateLimited, 5),
            (Kind::Server, 5),
            (Kind::Timeout, 5),
            (Kind::Resolve, 5),
            (Kind::Connect, 5),
            (Kind::Tls, 5),
            (Kind::Proxy, 5),
            (Kind::Disconnected, 5),
            (Kind::Protocol, 5),
            (Kind::UnexpectedRedirect, 1),
            (Kind::UnexpectedResponse, 1),
            (Kind::OutcomeUnknown, 1),
            (Kind::Cancelled, 130),
            (Kind::Source, 4),
            (Kind::Journal, 4),
        ];
        for (kind, code) in not_applied {
            let exit = Exit::of_kind(kind, Outcome::NotApplied);
            assert_eq!(exit.code(), code, "{kind}, not applied");
            let unknown = if kind == Kind::Cancelled { 130 } else { 6 };
            let exit = Exit::of_kind(kind, Outcome::Unknown);
            assert_eq!(exit.code(), unknown, "{kind}, unknown");
            // Nobody is to upload again what is CREATED.
            let exit = Exit::of_kind(kind, Outcome::Applied);
            assert_eq!(exit.code(), unknown, "{kind}, applied");
        }
    }
}
