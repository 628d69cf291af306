//! The emulator through its public surface, over real sockets.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod answers;
mod confirm;
mod object_store;
mod round_trip;
mod server;
mod signature;
mod support;
