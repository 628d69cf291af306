//! What the fuzzer of `fuzz/` asks, asked of the inputs that are kept: each file of `corpus`, as
//! it is and damaged in some ways.

mod requests;

use std::{fs, path::Path};

#[test]
fn odd_requests_have_their_answers() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/requests");
    let files = fs::read_dir(directory).expect("the corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert!(paths.len() >= 5, "{}", paths.len());
    for path in paths {
        let input = fs::read(&path).expect("the corpus is readable");
        requests::check(&input);
        for at in (0..input.len()).step_by((input.len() / 24).max(1)) {
            requests::check(&input[..at]);
            let mut changed = input.clone();
            changed[at] ^= 1 << (at % 8);
            requests::check(&changed);
        }
    }
}
