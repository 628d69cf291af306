//! Failed authentications, access key by access key, and the lock that follows them.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::{clock, view::AuthenticationFailures};

/// More than so many in a row lock a key.
const LIMIT: u32 = 5;
const LOCKED_FOR: Duration = Duration::minutes(5);
/// How many access keys that don't exist are remembered.
const MAX_UNKNOWN_KEYS: usize = 1000;

#[derive(Default)]
pub(crate) struct Failures {
    known: BTreeMap<String, Tally>,
    unknown: BTreeMap<String, Tally>,
}

#[derive(Default)]
struct Tally {
    failures: u64,
    consecutive: u32,
    refused_while_locked: u64,
    /// May have passed.
    locked_until: Option<OffsetDateTime>,
}

impl Failures {
    /// Whether the key is locked; then this attempt has been counted.
    pub(super) fn lock_out(&mut self, access_key: &str, now: OffsetDateTime) -> bool {
        let Some(tally) = self.known.get_mut(access_key) else {
            return false;
        };
        let is_locked = tally.locked_until.is_some_and(|until| now < until);
        if is_locked {
            tally.refused_while_locked += 1;
        }
        is_locked
    }

    pub(super) fn failed(&mut self, access_key: &str, now: OffsetDateTime) {
        let tally = self.known.entry(access_key.to_owned()).or_default();
        tally.failures += 1;
        tally.consecutive += 1;
        if tally.consecutive > LIMIT {
            tally.consecutive = 0;
            tally.locked_until = Some(now + LOCKED_FOR);
        }
    }

    /// A key that doesn't exist has nothing to lock.
    pub(super) fn failed_unknown(&mut self, access_key: &str) {
        let is_room = self.unknown.len() < MAX_UNKNOWN_KEYS;
        if is_room || self.unknown.contains_key(access_key) {
            let tally = self.unknown.entry(access_key.to_owned()).or_default();
            tally.failures += 1;
            tally.consecutive = tally.consecutive.saturating_add(1);
        }
    }

    pub(super) fn succeeded(&mut self, access_key: &str) {
        if let Some(tally) = self.known.get_mut(access_key) {
            tally.consecutive = 0;
        }
    }

    pub(crate) fn views(&self) -> Vec<AuthenticationFailures> {
        let all = self.known.iter().chain(&self.unknown);
        all.map(|(access_key, tally)| AuthenticationFailures {
            access_key: access_key.clone(),
            failures: tally.failures,
            consecutive: tally.consecutive,
            refused_while_locked: tally.refused_while_locked,
            locked_until: tally.locked_until.map(clock::rfc3339),
        })
        .collect()
    }
}
