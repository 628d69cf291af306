//! Faults, reviews and the log over the emulator's own pages.

use mss_emulator::{Emulator, FileState, Operation};
use serde_json::{Value, json};

use crate::support::{Request, Response, confirm, emulator, register};

fn page(emulator: &Emulator, method: &str, path: &str, body: &str) -> Response {
    let target = format!("/_emulator/{path}");
    Request::new(method, &target, body)
        .header("Host", "x")
        .send(emulator)
}

#[test]
fn a_fault_comes_shows_itself_and_goes() {
    let emulator = emulator();
    let fault = json!({"operation": "confirm", "status": 503, "times": 2});
    let injected = page(&emulator, "POST", "faults", &fault.to_string()).json();
    let file = register(&emulator, b"x");
    assert_eq!(confirm(&emulator, &file.file_id, "FAILED").status, 503);
    let shown = page(&emulator, "GET", "faults", "").json();
    let expected = json!({"faults": [{
        "id": injected["id"],
        "operation": "confirm",
        "how": "status",
        "at": null,
        "after_bytes": null,
        "file_id": null,
        "times": 2,
        "fired": 1,
    }]});
    assert_eq!(shown, expected);
    assert_eq!(page(&emulator, "DELETE", "faults", "").status, 200);
    assert_eq!(
        page(&emulator, "GET", "faults", "").json(),
        json!({"faults": []})
    );
    assert_eq!(confirm(&emulator, &file.file_id, "FAILED").status, 200);
}

#[test]
fn a_fault_without_meaning_is_refused() {
    let emulator = emulator();
    let refused = page(&emulator, "POST", "faults", r#"{"how": "explode"}"#);
    assert_eq!(refused.status, 400);
    let said = refused.json();
    assert!(
        said["error"].as_str().unwrap().contains("black_hole"),
        "{said}"
    );
}

#[test]
fn faults_do_not_touch_the_pages_and_pages_are_not_logged() {
    let emulator = emulator();
    page(
        &emulator,
        "POST",
        "faults",
        r#"{"how": "reset", "times": null}"#,
    );
    assert_eq!(page(&emulator, "GET", "health", "").status, 200);
    assert_eq!(
        page(&emulator, "GET", "requests", "").json(),
        json!({"requests": []})
    );
}

#[test]
fn the_log_shows_operations() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    let log = page(&emulator, "GET", "requests", "").json();
    let requests = log["requests"].as_array().unwrap();
    let operations: Vec<&Value> = requests.iter().map(|entry| &entry["operation"]).collect();
    assert_eq!(operations, ["create", "put"]);
    assert_eq!(requests[1]["file_id"], file.file_id.as_str());
    assert_eq!(emulator.requests()[1].operation, Some(Operation::PutObject));
}

#[test]
fn a_review_is_set() {
    let emulator = emulator();
    let script = r#"{"uploaded": 1, "ends": "BLOCK"}"#;
    assert_eq!(page(&emulator, "PUT", "review", script).status, 200);
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(emulator.files()[0].state, FileState::Uploaded);
    for bad in ["", "[1]", r#"{"ends": "DONE"}"#, r#"{"reviews": 1}"#] {
        assert_eq!(page(&emulator, "PUT", "review", bad).status, 400);
    }
}
