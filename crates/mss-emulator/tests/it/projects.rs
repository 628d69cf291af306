//! The project behind the name of a region: one, none, or several.

use mss_emulator::Emulator;
use serde_json::Value;

use crate::support::{Request, emulator, unsigned};

fn list(emulator: &Emulator, query: &str) -> Request {
    let mut request = unsigned(emulator, "", "").without("X-Project-Id");
    "GET".clone_into(&mut request.method);
    request.target = format!("/v3/projects{query}");
    request
}

fn found(emulator: &Emulator, query: &str) -> Vec<String> {
    let request = list(emulator, query).header("X-Auth-Token", emulator.token());
    let answer = request.send(emulator);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("x-iam-trace-id").is_some());
    let projects = answer.json()["projects"].clone();
    let id = |project: &Value| {
        assert_eq!(project["domain_id"], emulator.domain_id());
        project["id"].as_str().unwrap().to_owned()
    };
    projects.as_array().unwrap().iter().map(id).collect()
}

#[test]
fn the_project_is_called_after_its_region() {
    let emulator = emulator();
    assert_eq!(
        found(&emulator, "?name=cn-north-4"),
        [emulator.project_id()]
    );
    assert_eq!(found(&emulator, ""), [emulator.project_id()]);
    assert!(found(&emulator, "?name=eu-west-0").is_empty());
    let emulator = Emulator::builder().region("eu-west-0").start().unwrap();
    let escaped = found(&emulator, "?enabled=true&name=eu%2Dwest%2D0");
    assert_eq!(escaped, [emulator.project_id()]);
}

#[test]
fn a_signature_opens_the_list_too() {
    let emulator = emulator();
    let request = list(&emulator, "?name=cn-north-4");
    let signed = request.signed(emulator.access_key(), emulator.secret_key());
    // The test's signer takes a query as it stands.
    let answer = signed.send(&emulator);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn there_may_be_none_or_several_of_one_name() {
    let none: [(&str, &str); 0] = [];
    let emulator = Emulator::builder().projects(none).start().unwrap();
    assert!(found(&emulator, "?name=cn-north-4").is_empty());
    let several = [("p1", "cn-north-4"), ("p2", "cn-north-4"), ("p3", "other")];
    let emulator = Emulator::builder().projects(several).start().unwrap();
    assert_eq!(found(&emulator, "?name=cn-north-4"), ["p1", "p2"]);
}
