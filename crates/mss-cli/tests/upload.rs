//! `metastudio upload`

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use mss_emulator::{Emulator, FileState, Operation};
use support::{Session, redacted};
use tempfile::TempDir;

/// A directory with a file in it, and the file's path.
fn clip() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    std::fs::write(&path, b"some content\n").unwrap();
    let path = path.display().to_string();
    (directory, path)
}

#[test]
fn local() {
    let (directory, clip) = clip();
    let _guard = redacted(Some(directory.path()));
    // Whatever stands in the environment is not meant for it.
    let session = Session::new()
        .set("METASTUDIO_ENDPOINT", "https://not.used")
        .set("METASTUDIO_TOKEN", "not\nusable");
    let done = session.run(["upload", &clip, "--local"]);
    insta::assert_snapshot!("local", done.text());
    let done = session.run(["upload", &clip, "--local", "--json"]);
    insta::assert_snapshot!("local_json", done.text());
}

#[test]
fn options_and_environment_reach_the_service() {
    let emulator = Emulator::builder().start().unwrap();
    let (_directory, clip) = clip();
    let user = ["--category", "COVER", "--app-user-id", "tester-01"];
    let done = Session::at(&emulator).run(["upload", &clip, "--asset-id", "a"].iter().chain(&user));
    assert_eq!(done.code, 0, "{}", done.text());
    let [file] = &emulator.files()[..] else {
        panic!("not one file")
    };
    assert!(
        done.stdout
            .contains(&format!("created    file {}", file.file_id))
    );
    assert_eq!(file.state, FileState::Created);
    assert_eq!(
        (file.asset_id.as_str(), file.category.as_str()),
        ("a", "COVER")
    );
    assert_eq!(file.app_user_id.as_deref(), Some("tester-01"));
}

#[test]
fn a_token_goes_before_the_keys() {
    let emulator = Emulator::builder().start().unwrap();
    let (_directory, clip) = clip();
    let session = Session::at(&emulator)
        .set("HUAWEICLOUD_SDK_SK", "wrong")
        .set("METASTUDIO_TOKEN", emulator.token());
    let done = session.run(["upload", &clip, "--asset-id", "a"]);
    assert_eq!(done.code, 0, "{}", done.text());
}

#[test]
fn local_files_that_can_not_be_uploaded() {
    let (directory, _) = clip();
    let _guard = redacted(Some(directory.path()));
    std::fs::write(directory.path().join("empty.mp4"), b"").unwrap();
    std::fs::create_dir(directory.path().join("directory.mp4")).unwrap();
    let emulator = Emulator::builder().start().unwrap();
    for (name, code) in [("missing.mp4", 4), ("empty.mp4", 4), ("directory.mp4", 2)] {
        let path = directory.path().join(name).display().to_string();
        let done = Session::at(&emulator).run(["upload", &path, "--asset-id", "a", "--json"]);
        assert_eq!(done.code, code, "{}", done.text());
        insta::assert_snapshot!(name.replace('.', "_"), done.text());
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn a_wrong_key_is_tried_once() {
    let emulator = Emulator::builder().start().unwrap();
    let (directory, clip) = clip();
    let mut settings = insta::Settings::clone_current();
    // The gateway's own canonical request follows.
    settings.add_filter(r"(, canonicalRequest:)[^(\x22]*", "$1[...] ");
    settings.add_filter(r"\b\d{8}T\d{6}Z\b", "[date]");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[hash]");
    let _outer = settings.bind_to_scope();
    let _guard = redacted(Some(directory.path()));
    let session = Session::at(&emulator).set("HUAWEICLOUD_SDK_SK", "wrong");
    let done = session.run(["upload", &clip, "--asset-id", "a", "--json"]);
    insta::assert_snapshot!("wrong_key", done.text());
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn what_became_of_the_file_is_told() {
    let (directory, clip) = clip();
    let _guard = redacted(Some(directory.path()));
    let emulator = Emulator::builder().start().unwrap();
    emulator.fail_next(Operation::PutObject, 403);
    let done = Session::at(&emulator).run(["upload", &clip, "--asset-id", "a", "--json"]);
    insta::assert_snapshot!("put_refused", done.text());
    assert_eq!(emulator.files()[0].state, FileState::Failed);
}

#[test]
fn bad_values_are_refused_before_anything_happens() {
    let _guard = redacted(None);
    let cases: [(&str, &[&str]); 3] = [
        ("bad_asset_id", &["--asset-id", "a/b"]),
        ("bad_category", &["--asset-id", "a", "--category", "main"]),
        ("bad_user", &["--asset-id", "a", "--app-user-id", "用户"]),
    ];
    for (name, options) in cases {
        let arguments = ["upload", "no-such-file.mp4", "--region", "r"];
        let done = Session::new().run(arguments.iter().chain(options));
        assert_eq!(done.code, 2, "{name}");
        insta::assert_snapshot!(name, done.text());
    }
}
