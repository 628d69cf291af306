//! The client over real sockets, against servers that behave well and badly.
//!
//! The names of the tests begin with the ids of the faults that they are about.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "child processes tell their parents how it went"
)]

#[path = "../support/mod.rs"]
mod support;

mod algorithms;
mod authentication;
mod batch;
mod batch_journal;
mod cancel;
mod clock;
mod connect;
mod cuts;
mod diagnosis;
mod early_end;
mod events;
mod expired;
mod explained;
mod faulty_uploads;
mod identity;
mod idle;
mod input;
mod journal;
mod large;
mod many;
#[cfg(target_os = "linux")]
mod memory;
mod mutated;
mod odd;
mod orphans;
mod outage;
mod pacing;
mod parts;
#[cfg(all(feature = "platform-verifier", target_os = "linux"))]
mod platform_verifier;
mod progress;
mod proxy;
mod put;
mod read_back;
mod redirects;
mod refusals;
mod renewal;
mod slow;
mod sources;
mod success;
mod threads;
mod throttled;
mod tls;
mod tls_uploads;
mod upload;
mod upload_journal;
mod upload_urls;
mod vendor_files;
mod wire;
