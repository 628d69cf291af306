#![no_main]

#[path = "../../crates/mss-core/tests/fuzz/journal.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|input: &[u8]| target::check(input));
