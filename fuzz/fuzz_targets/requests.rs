#![no_main]

#[path = "../../crates/mss-emulator/tests/fuzz/requests.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|input: &[u8]| target::check(input));
