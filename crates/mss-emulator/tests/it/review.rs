//! Reviews that go as a test wants them.

use mss_emulator::{Emulator, ReviewScript};
use serde_json::Value;

use crate::support::{Registered, confirm, emulator, register, show_asset};

fn uploaded(emulator: &Emulator) -> Registered {
    let file = register(emulator, b"x");
    file.put.send(emulator);
    assert_eq!(confirm(emulator, &file.file_id, "CREATED").status, 200);
    file
}

/// Asset and file state of the next answers.
fn polls(emulator: &Emulator, asset_id: &str, count: usize) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (0..count)
        .map(|_| {
            let asset = show_asset(emulator, asset_id);
            let file = text(&asset["files"][0]["state"]);
            format!("{} {file}", text(&asset["asset_state"]))
        })
        .collect()
}

#[test]
fn without_a_script_a_file_is_created_at_once() {
    let emulator = emulator();
    uploaded(&emulator);
    assert_eq!(polls(&emulator, "asset-0", 2), ["ACTIVED CREATED"; 2]);
}

#[test]
fn a_script_goes_on_by_one_with_each_answer() {
    let emulator = emulator();
    emulator.set_review(ReviewScript::passes(1, 2));
    let file = uploaded(&emulator);
    // Looking from outside moves nothing.
    assert_eq!(emulator.files()[0].state, "UPLOADED");
    assert_eq!(emulator.files()[0].state, "UPLOADED");
    let expected = [
        "UNACTIVED UPLOADED",
        "UNACTIVED REVIEW",
        "UNACTIVED REVIEW",
        "ACTIVED CREATED",
        "ACTIVED CREATED",
    ];
    assert_eq!(polls(&emulator, "asset-0", 5), expected);
    // The same confirmation again begins no second review.
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
    assert_eq!(emulator.files()[0].state, "CREATED");
}

#[test]
fn a_blocked_file_can_not_be_read() {
    let emulator = emulator();
    emulator.set_review(ReviewScript::blocks(0, 1));
    let file = uploaded(&emulator);
    let under_review = show_asset(&emulator, "asset-0");
    assert!(under_review["files"][0]["download_url"].is_string());
    let blocked = show_asset(&emulator, "asset-0");
    assert_eq!(blocked["asset_state"], "BLOCK");
    assert_eq!(blocked["files"][0]["state"], "BLOCK");
    assert!(blocked["files"][0].get("download_url").is_none());
    // It stays a file that was confirmed.
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
    assert_eq!(confirm(&emulator, &file.file_id, "FAILED").status, 400);
}

#[test]
fn a_script_is_for_what_is_confirmed_after_it() {
    let emulator = emulator();
    uploaded(&emulator);
    emulator.set_review(ReviewScript::passes(1, 0));
    uploaded(&emulator);
    emulator.set_review(ReviewScript::none());
    uploaded(&emulator);
    let states: Vec<_> = emulator
        .files()
        .iter()
        .map(|file| file.state.as_str())
        .collect();
    assert_eq!(states, ["CREATED", "UPLOADED", "CREATED"]);
    // A file that failed isn't reviewed.
    emulator.set_review(ReviewScript::blocks(1, 0));
    let failed = register(&emulator, b"x");
    confirm(&emulator, &failed.file_id, "FAILED");
    assert_eq!(polls(&emulator, "asset-3", 2), ["FAILED FAILED"; 2]);
}
