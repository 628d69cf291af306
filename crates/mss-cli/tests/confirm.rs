//! `metastudio confirm`, and the failures that all calls have in common.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::net::TcpListener;

use mss_emulator::{Emulator, FileState, Operation};
use support::{Done, Session, redacted};

const DOCUMENTED_ID: &str = "24bad716-87b1-45e5-8912-6102f7693265";

#[test]
fn local() {
    let _guard = redacted(None);
    let done = Session::new().run(["confirm", "--local"]);
    insta::assert_snapshot!("local", done.text());
    let given = [
        "confirm",
        "my-file",
        "--state",
        "CANCELLED",
        "--local",
        "--json",
    ];
    insta::assert_snapshot!("local_with_an_id", Session::new().run(given).text());
}

#[test]
fn each_state_arrives() {
    for (word, state) in [
        ("FAILED", FileState::Failed),
        ("CANCELLED", FileState::Cancelled),
    ] {
        let emulator = Emulator::builder().start().unwrap();
        let id = registered(&emulator);
        let done = Session::at(&emulator).run(["confirm", &id, "--state", word, "--json"]);
        assert_eq!(done.code, 0, "{}", done.text());
        assert_eq!(done.json()["state"], word);
        assert_eq!(emulator.files()[0].state, state);
        assert_eq!(
            emulator.requests().last().unwrap().request_id,
            done.json()["request_id"]
        );
    }
}

/// Registers a file and leaves it at that.
fn registered(emulator: &Emulator) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    std::fs::write(&path, b"content").unwrap();
    emulator.fail_next(Operation::PutObject, 403);
    emulator.fail_next(Operation::ConfirmFileUpload, 403);
    let path = path.display().to_string();
    let done = Session::at(emulator).run(["upload", &path, "--asset-id", "a"]);
    assert_eq!(done.code, 1, "{}", done.text());
    emulator.files()[0].file_id.clone()
}

#[test]
fn each_refusal_has_its_exit_code() {
    for (status, code) in [
        (400, 1),
        (401, 3),
        (403, 1),
        (404, 1),
        (409, 1),
        (429, 5),
        (500, 6),
        (503, 6),
    ] {
        let emulator = Emulator::builder().start().unwrap();
        emulator.fail_next(Operation::ConfirmFileUpload, status);
        let options = ["confirm", DOCUMENTED_ID, "--max-attempts", "1", "--json"];
        let done = Session::at(&emulator).run(options);
        assert_eq!(done.code, code, "{status}: {}", done.text());
        assert_eq!(done.json()["error"]["status"], status);
        assert_eq!(done.json()["error"]["exit_code"], code);
    }
}

#[test]
fn no_such_file() {
    let _guard = redacted(None);
    let emulator = Emulator::builder().start().unwrap();
    let done = Session::at(&emulator).run(["confirm", DOCUMENTED_ID]);
    insta::assert_snapshot!("no_such_file", done.text());
}

#[test]
fn connection_refused() {
    let _guard = redacted(None);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let done = with_keys().set("METASTUDIO_ENDPOINT", url).run([
        "confirm",
        "f",
        "--max-attempts",
        "1",
        "--json",
    ]);
    insta::assert_snapshot!("connection_refused", done.text());
}

fn with_keys() -> Session {
    Session::new()
        .set("HUAWEICLOUD_SDK_AK", "AK")
        .set("HUAWEICLOUD_SDK_SK", "SK")
        .set("HUAWEICLOUD_SDK_PROJECT_ID", "p")
}

#[test]
fn f01_ids_that_would_lead_elsewhere() {
    let emulator = Emulator::builder().start().unwrap();
    for id in [
        "", " ", ".", "..", "../x", "a/b", "a?x", "a#b", "a%2Fb", "%2e%2e", "é",
    ] {
        let done = Session::at(&emulator).run(["confirm", id, "--json"]);
        assert_eq!(done.code, 2, "{id}: {}", done.text());
        assert_eq!(done.json()["error"]["kind"], "invalid_input");
        assert!(done.stderr.contains("file_id"), "{}", done.stderr);
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn what_is_missing_is_named() {
    let _guard = redacted(None);
    let confirm = |session: &Session| session.run(["confirm", "f"]);
    let cases: [(&str, Done); 4] = [
        ("no_service", confirm(&with_keys())),
        (
            "no_credentials",
            confirm(
                &Session::new()
                    .set("METASTUDIO_REGION", "cn-north-4")
                    .set("HUAWEICLOUD_SDK_PROJECT_ID", "p"),
            ),
        ),
        (
            "bad_region",
            confirm(&with_keys().set("METASTUDIO_REGION", "CN North")),
        ),
        (
            "plain_http",
            confirm(&with_keys().set("METASTUDIO_ENDPOINT", "http://example.com")),
        ),
    ];
    for (name, done) in cases {
        insta::assert_snapshot!(name, done.text());
    }
}

#[test]
fn f08_times_that_make_no_sense() {
    for (option, value) in [
        ("--connect-timeout", "0"),
        ("--attempt-timeout", "nan"),
        ("--total-timeout", "inf"),
        ("--total-timeout", "1e9"),
        ("--max-attempts", "0"),
    ] {
        let arguments = ["confirm", "f", "--region", "r", option, value];
        let done = with_keys().run(arguments);
        assert_eq!(done.code, 2, "{option} {value}: {}", done.text());
    }
}

/// IAM knows the project by the region's name, whatever the endpoint is.
#[test]
fn a_region_beside_an_endpoint_finds_the_project() {
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::new()
        .set("HUAWEICLOUD_SDK_IAM_ENDPOINT", emulator.url())
        .set("HUAWEICLOUD_SDK_AK", emulator.access_key())
        .set("HUAWEICLOUD_SDK_SK", emulator.secret_key());
    let given = [
        "confirm",
        "f",
        "--endpoint",
        emulator.url(),
        "--region",
        "cn-north-4",
    ];
    let from_variables = session
        .clone()
        .set("METASTUDIO_ENDPOINT", emulator.url())
        .set("METASTUDIO_REGION", "cn-north-4");
    for done in [session.run(given), from_variables.run(["confirm", "f"])] {
        // There is no such file: the project was found, and the call let in.
        assert_eq!(done.code, 1, "{}", done.text());
        assert!(done.stderr.contains("status 404"), "{}", done.text());
    }
}
