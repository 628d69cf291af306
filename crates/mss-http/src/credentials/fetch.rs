//! The small calls of sources: to the metadata address, to IAM, to STS.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    ErrorKind,
    fork::{Locked, PerProcess},
    interrupt::Interrupt,
    send::Failed,
    transport::{Call, Connections, Limits, exchange},
};
use http::{Request, Response};
use mss_core::Failure;
use mss_core::server_time;
use time::OffsetDateTime;

/// Longest answer of such a call, in bytes. A token with its catalogue is the longest.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Longest time for DNS, connect and TLS.
const CONNECT: Duration = Duration::from_secs(5);

/// Makes the calls.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    /// Through the proxy of the environment, where there is one.
    usual: Connections,
    /// Never through a proxy.
    direct: Connections,
    told: Arc<PerProcess<Option<OffsetDateTime>>>,
}

/// Which way a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Usual,
    /// Never through a proxy, for what is next to this machine.
    Direct,
}

/// Why there is no answer. The text says what was being done and what went wrong.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) kind: ErrorKind,
    pub(crate) failure: Failure,
    pub(crate) problem: String,
}

impl Fetch {
    pub(crate) fn new(usual: Connections, direct: Connections) -> Self {
        Self {
            usual,
            direct,
            told: Arc::default(),
        }
    }

    /// The time that the last answer told, forgotten with that.
    pub(crate) fn take_time(&self) -> Option<OffsetDateTime> {
        self.told().take()
    }

    /// A question that a parent of this process put goes on there.
    fn told(&self) -> Locked<'_, Option<OffsetDateTime>> {
        self.told.lock(|_| None)
    }

    /// Makes one attempt of at most `timeout`, which ends at the deadline in any case. Redirects
    /// aren't followed; every status is an answer.
    pub(crate) fn send(
        &self,
        way: Way,
        request: Request<Vec<u8>>,
        timeout: Duration,
        deadline: Instant,
    ) -> Result<Response<Vec<u8>>, Unanswered> {
        let limits = Limits {
            deadline: Some(deadline.min(Instant::now() + timeout)),
            connect: CONNECT.min(timeout),
            stall: None,
            answer: ANSWER_LIMIT,
        };
        let connections = match way {
            Way::Usual => &self.usual,
            Way::Direct => &self.direct,
        };
        let call = Call::new(limits, Interrupt::default(), false);
        let exchanged = exchange(&connections.agent(), request, call).and_then(|exchanged| {
            match exchanged.body_fault {
                // A refusal is one, however its text ends: it must not be taken for a lost answer.
                Some(fault) if exchanged.answer.status().is_success() => Err(fault),
                _ => Ok(exchanged.answer),
            }
        });
        if let Ok(answer) = &exchanged {
            *self.told() = server_time(answer);
        }
        exchanged.map_err(|fault| {
            let failed = Failed::from(fault);
            Unanswered {
                kind: failed.kind,
                failure: failed.failure,
                problem: failed.message,
            }
        })
    }
}
