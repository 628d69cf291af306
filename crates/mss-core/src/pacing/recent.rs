//! How many there were in the last second.

use std::time::Duration;

/// Length of a slot, in milliseconds.
const SLOT: u128 = 100;

/// A second, and the slot that has just begun.
const SLOTS: usize = 11;

/// A sliding count, in slots of a tenth of a second.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    slots: [u32; SLOTS],
    /// Number of the newest slot, counted from time zero.
    newest: u128,
}

impl Recent {
    pub(super) fn add(&mut self, now: Duration, number: u32) {
        self.forget(now);
        let slot = &mut self.slots[index(self.newest)];
        *slot = slot.saturating_add(number);
    }

    pub(super) fn count(&mut self, now: Duration) -> f64 {
        self.forget(now);
        self.slots.iter().copied().map(f64::from).sum()
    }

    fn forget(&mut self, now: Duration) {
        let newest = now.as_millis() / SLOT;
        // A clock that goes back forgets nothing.
        let passed = newest.saturating_sub(self.newest).min(SLOTS as u128);
        self.newest = self.newest.max(newest);
        for back in 0..passed {
            self.slots[index(self.newest - back)] = 0;
        }
    }
}

fn index(slot: u128) -> usize {
    usize::try_from(slot % SLOTS as u128).unwrap_or_default()
}
