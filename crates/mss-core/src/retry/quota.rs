//! A brake for outages: retries that fail use up a store that successes fill again.

/// Cost of one retry, in tenths.
const COST: u32 = 10;

/// What a first attempt's success brings back, in tenths.
const REFUND: u32 = 1;

/// A client's store of retries, shared by all its calls. While everything fails, at most
/// [`RetryQuota::CAPACITY`] retries are made altogether, so a full outage doesn't see the load of
/// its callers multiplied. Answers with 429 don't count: their wait is the brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryQuota {
    tenths: u32,
}

impl RetryQuota {
    /// Retries in a full store.
    pub const CAPACITY: u32 = 20;

    /// Takes one retry out; `false` means that none is left.
    pub fn take(&mut self) -> bool {
        match self.tenths.checked_sub(COST) {
            Some(left) => {
                self.tenths = left;
                true
            }
            None => false,
        }
    }

    /// Notes a success: after a retry it brings that retry back, else a tenth of one.
    pub fn note_success(&mut self, after_retry: bool) {
        let refund = if after_retry { COST } else { REFUND };
        self.tenths = (self.tenths + refund).min(Self::CAPACITY * COST);
    }
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self {
            tenths: Self::CAPACITY * COST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f37_an_outage_ends_retries_and_successes_bring_them_back() {
        let mut quota = RetryQuota::default();
        let taken = (0..1000).filter(|_| quota.take()).count();
        assert_eq!(taken, RetryQuota::CAPACITY as usize);
        for _ in 0..9 {
            quota.note_success(false);
        }
        assert!(!quota.take());
        quota.note_success(false);
        assert!(quota.take() && !quota.take());
        quota.note_success(true);
        assert!(quota.take());
        (0..100_000).for_each(|_| quota.note_success(true));
        assert_eq!(quota, RetryQuota::default());
    }
}
