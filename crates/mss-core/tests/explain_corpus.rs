//! Nasty inputs, each as it is and damaged in many ways: explaining them never panics, and no
//! report shows what it must not.
//!
//! To add one, put a file into `tests/explain_corpus`.

#![allow(clippy::unwrap_used)] // in functions beside the tests, too
#![allow(clippy::disallowed_methods)] // the corpus is files

use std::{fs, path::Path};

use http::Request;
use mss_core::{
    Credentials,
    explain::{self, Report, Saved},
    signing::{Explanation, Signer},
};
use time::OffsetDateTime;

const TOKEN: &str = "PLANTED-token-0123456789";

fn corpus() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain_corpus");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let mut corpus: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    corpus.sort();
    assert!(corpus.len() >= 50, "{}", corpus.len());
    corpus
}

fn ours() -> Explanation {
    let request = Request::post("https://h.example/v1/p/files?a=1&b=2")
        .header("content-type", "application/json")
        .header("x-app-userid", "ann")
        .body("")
        .unwrap();
    let keys = Credentials::new("AK", "PLANTED-token-secret").unwrap();
    let keys = keys.with_security_token(TOKEN).unwrap();
    let now = OffsetDateTime::from_unix_timestamp(1_767_323_045).unwrap();
    Signer::new(&keys).explain(&request, now).unwrap()
}

fn put() -> Request<()> {
    let url = format!("https://b.obs.example/k?Expires=1&partNumber=1&Signature={TOKEN}");
    Request::put(url)
        .header("content-type", "video/mp4")
        .body(())
        .unwrap()
}

/// All that can be asked about an input.
fn reports(input: &[u8], ours: &Explanation) -> Vec<Report> {
    let mut reports = vec![
        explain::gateway(input, None),
        explain::gateway(input, Some(ours)),
    ];
    match explain::saved(input) {
        Saved::Gateway(said) => {
            reports.push(explain::gateway(&said, None));
            reports.push(explain::gateway(&said, Some(ours)));
        }
        Saved::ObjectStore(error) => {
            reports.push(explain::object_store(&error, None::<&Request<()>>));
            reports.push(explain::object_store(&error, Some(&put())));
        }
    }
    reports
}

fn assert_fit_to_be_shown(name: &str, report: &Report) -> String {
    let shown = report.to_string();
    let acts = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(!shown.contains(acts), "{name}: {shown:?}");
    assert!(shown.len() < 500_000, "{name}: {}", shown.len());
    assert!(!report.causes().is_empty() && !report.cause().as_str().is_empty());
    shown
}

#[test]
fn f15_every_nasty_input_is_explained_and_shows_no_secret() {
    let ours = ours();
    for (name, input) in corpus() {
        for report in reports(&input, &ours) {
            let shown = assert_fit_to_be_shown(&name, &report);
            // Without its name beside it nothing tells that a word is a token.
            if name != "token.txt" {
                assert!(!shown.contains(TOKEN), "{name}: {shown}");
            }
            assert!(!shown.contains("0123456789abcdef"), "{name}: {shown}");
        }
    }
}

#[test]
fn f15_a_damaged_one_is_explained_too() {
    let ours = ours();
    for (name, input) in corpus() {
        let step = (input.len() / 40).max(1);
        for at in (0..input.len()).step_by(step) {
            let cut = &input[..at];
            let rest = &input[at..];
            let mut changed = input.clone();
            changed[at] = changed[at]
                .wrapping_mul(7)
                .wrapping_add(at.to_le_bytes()[0]);
            let twice = [&input[..at], &input[at / 2..]].concat();
            for damaged in [cut, rest, &changed, &twice] {
                for report in reports(damaged, &ours) {
                    assert_fit_to_be_shown(&name, &report);
                }
            }
        }
    }
}
