//! Options that can differ from call to call.

use std::{sync::Arc, time::Duration};

use mss_core::retry::RetryPolicy;

use crate::{CancelHandle, Error, ErrorKind, interrupt::Interrupt, pacer::Pacer};

/// Longest time that can be set: a day. More is more likely a mistake than a wish.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Most attempts that can be set.
const MOST_ATTEMPTS: u32 = 100;

/// Options for calls; what isn't set stays as it is.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    connect_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    total_timeout: Option<Duration>,
    stall_timeout: Option<Duration>,
    max_attempts: Option<u32>,
    interrupt: Option<Interrupt>,
}

impl CallOptions {
    /// Options of which none is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Time for DNS, connect and TLS together. 5 s by default.
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = Some(time);
        self
    }

    /// Time for one attempt of a call. 20 s by default. The PUT of a content has no such limit.
    #[must_use]
    pub fn attempt_timeout(mut self, time: Duration) -> Self {
        self.attempt_timeout = Some(time);
        self
    }

    /// Time for all attempts of a call and the waits between them. 60 s by default.
    #[must_use]
    pub fn total_timeout(mut self, time: Duration) -> Self {
        self.total_timeout = Some(time);
        self
    }

    /// How long the PUT of a content may go without a byte moving. 20 s by default.
    #[must_use]
    pub fn stall_timeout(mut self, time: Duration) -> Self {
        self.stall_timeout = Some(time);
        self
    }

    /// How often a call is tried altogether, 1 to 100. 3 by default; 1 means no retries.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Lets `handle` end the calls early, beside others that were given to these options.
    #[must_use]
    pub fn cancel(mut self, handle: &CancelHandle) -> Self {
        self.interrupt.get_or_insert_default().add_handle(handle);
        self
    }

    /// Lets this handle, and nothing else, end the calls early.
    pub(crate) fn only_cancel(mut self, handle: &CancelHandle) -> Self {
        let mut interrupt = Interrupt::default();
        interrupt.add_handle(handle);
        self.interrupt = Some(interrupt);
        self
    }

    pub(crate) fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = Some(interrupt);
        self
    }

    /// Ends a call early when `hook` says `true`. It is asked on the calling thread, at least
    /// every 100 ms while the call waits and whenever a signal has arrived; so it should be fast.
    /// What an upload still does to clean up ends only when it says `true` anew, after a `false`.
    #[must_use]
    pub fn cancel_when(mut self, hook: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.interrupt
            .get_or_insert_default()
            .set_hook(Arc::new(hook));
        self
    }
}

/// The options in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) policy: RetryPolicy,
    pub(crate) connect: Duration,
    pub(crate) stall: Duration,
    pub(crate) interrupt: Interrupt,
    pub(crate) pacer: Pacer,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policy: RetryPolicy::default(),
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(20),
            interrupt: Interrupt::default(),
            pacer: Pacer::default(),
        }
    }
}

impl Settings {
    pub(crate) fn with(&self, options: CallOptions) -> Result<Self, Error> {
        let mut new = self.clone();
        set(&mut new.connect, options.connect_timeout, "connect_timeout")?;
        set(&mut new.stall, options.stall_timeout, "stall_timeout")?;
        set(
            &mut new.policy.per_attempt,
            options.attempt_timeout,
            "attempt_timeout",
        )?;
        set(
            &mut new.policy.total,
            options.total_timeout,
            "total_timeout",
        )?;
        if let Some(attempts) = options.max_attempts {
            if !(1..=MOST_ATTEMPTS).contains(&attempts) {
                let problem = format!("max_attempts must be 1 to {MOST_ATTEMPTS}, got {attempts}");
                return Err(Error::unsent(ErrorKind::InvalidConfig, "Client", problem));
            }
            new.policy.max_attempts = attempts;
        }
        if let Some(interrupt) = options.interrupt {
            new.interrupt = interrupt;
        }
        Ok(new)
    }
}

fn set(setting: &mut Duration, time: Option<Duration>, name: &str) -> Result<(), Error> {
    if let Some(time) = time {
        if time.is_zero() || time > LONGEST {
            let problem = format!("{name} must be more than 0 and at most a day, got {time:?}");
            return Err(Error::unsent(ErrorKind::InvalidConfig, "Client", problem));
        }
        *setting = time;
    }
    Ok(())
}
