//! What the fuzzers of `fuzz/` ask, asked of the inputs that are kept: each file of `corpus`, as
//! it is and damaged in some ways.
//!
//! A finding goes into `corpus` under its target, cut down (`cargo fuzz tmin`).

#![allow(clippy::disallowed_methods, clippy::print_stderr)] // the corpus is files

mod error_bodies;
mod gateway_text;
mod journal;
mod obs_xml;
mod validators;

use std::{fs, path::Path};

fn replay(target: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let files = fs::read_dir(directory.join(target)).expect(target);
    let mut paths: Vec<_> = files.map(|file| file.expect(target).path()).collect();
    paths.sort();
    assert!(paths.len() >= 5, "{target}: {}", paths.len());
    for path in paths {
        // Of a failing check this is what tells the file; it shows only then.
        eprintln!("{}", path.display());
        let input = fs::read(&path).expect("the corpus is readable");
        check(&input);
        for at in (0..input.len()).step_by((input.len() / 24).max(1)) {
            check(&input[..at]);
            check(&input[at..]);
            let mut changed = input.clone();
            changed[at] ^= 1 << (at % 8);
            check(&changed);
        }
    }
}

#[test]
fn f35_error_bodies() {
    replay("error_bodies", error_bodies::check);
}

#[test]
fn f15_gateway_text() {
    replay("gateway_text", gateway_text::check);
}

#[test]
fn f35_obs_xml() {
    replay("obs_xml", obs_xml::check);
}

#[test]
fn f53_journal() {
    replay("journal", journal::check);
}

#[test]
fn f01_validators() {
    replay("validators", validators::check);
}
