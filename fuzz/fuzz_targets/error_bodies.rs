#![no_main]

#[path = "../../crates/mss-core/tests/fuzz/error_bodies.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|input: &[u8]| target::check(input));
