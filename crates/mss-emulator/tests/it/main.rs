//! The emulator through its public surface, over real sockets.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod answers;
mod assets;
mod confirm;
mod fault_answers;
mod fault_line;
mod fault_pages;
mod fault_words;
mod federation;
mod identity_orders;
mod large_files;
mod locked_keys;
mod login;
mod metadata;
mod object_store;
mod projects;
mod review;
mod round_trip;
mod server;
mod signature;
mod support;
mod temporary_keys;
mod tls;
mod tls_client;
mod tls_faults;
