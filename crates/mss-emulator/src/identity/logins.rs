//! Logins by password, and the lock after too many wrong ones.

use time::{Duration, OffsetDateTime};

use crate::secret::Secret;

/// Wrong passwords that lock the account. Number and times are the emulator's own.
const LIMIT: u8 = 5;
/// How long it stays locked, and after what time without a wrong password they are forgotten.
const PERIOD: Duration = Duration::minutes(15);

pub(crate) struct Logins {
    password: Secret,
    wrong: u8,
    last_wrong: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Good,
    Wrong,
    Locked,
}

impl Logins {
    pub(crate) fn new(password: Secret) -> Self {
        Self {
            password,
            wrong: 0,
            last_wrong: OffsetDateTime::UNIX_EPOCH,
        }
    }

    pub(crate) fn set_password(&mut self, password: Secret) {
        self.password = password;
    }

    /// Judges one attempt. While the account is locked, the right password opens nothing either.
    pub(crate) fn attempt(
        &mut self,
        user_is_known: bool,
        password: &str,
        now: OffsetDateTime,
    ) -> Login {
        if now - self.last_wrong >= PERIOD {
            self.wrong = 0;
        }
        if self.wrong >= LIMIT {
            return Login::Locked;
        }
        if !user_is_known {
            return Login::Wrong;
        }
        if self.password.matches(password.as_bytes()) {
            self.wrong = 0;
            return Login::Good;
        }
        self.wrong += 1;
        self.last_wrong = now;
        Login::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_password_locks_for_a_quarter_of_an_hour() {
        let mut now = OffsetDateTime::UNIX_EPOCH + Duration::days(1);
        let mut logins = Logins::new(Secret::new("right".to_owned()));
        let try_four = |logins: &mut Logins, now| {
            for _ in 0..4 {
                assert_eq!(logins.attempt(true, "wrong", now), Login::Wrong);
            }
        };
        try_four(&mut logins, now);
        assert_eq!(logins.attempt(true, "right", now), Login::Good);
        try_four(&mut logins, now);
        now += PERIOD;
        try_four(&mut logins, now);
        assert_eq!(logins.attempt(true, "wrong", now), Login::Wrong);
        now += PERIOD - Duration::SECOND;
        assert_eq!(logins.attempt(true, "right", now), Login::Locked);
        now += Duration::SECOND;
        assert_eq!(logins.attempt(true, "right", now), Login::Good);
    }

    #[test]
    fn an_unknown_user_locks_nobody() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(1);
        let mut logins = Logins::new(Secret::new("right".to_owned()));
        for _ in 0..20 {
            assert_eq!(logins.attempt(false, "right", now), Login::Wrong);
        }
        assert_eq!(logins.attempt(true, "right", now), Login::Good);
    }
}
