//! `metastudio sign`

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::fmt::Write as _;

use serde_json::Value;
use support::{Session, settings};

const D1: &str = "D1";

/// A signing vector by its name, from the files that all tests share.
fn vector(file: &str, name: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all = all.as_array().unwrap().iter();
    all.find(|case| case["name"] == name).unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn keys(case: &Value) -> Session {
    Session::new()
        .set("HUAWEICLOUD_SDK_AK", text(&case["access_key"]))
        .set("HUAWEICLOUD_SDK_SK", text(&case["secret_key"]))
}

#[test]
fn the_published_vector() {
    let _guard = settings().bind_to_scope();
    let case = vector("signing.json", D1);
    let query: Vec<_> = case["query"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| format!("{}={}", text(&pair[0]), text(&pair[1])))
        .collect();
    let (host, path) = (text(&case["host"]), text(&case["path"]));
    let url = format!("https://{host}{path}?{}", query.join("&"));
    let date = text(&case["date"]);
    let mut arguments = vec!["sign", "get", &url, "--date", date];
    arguments.extend(["--header", "Content-Type: application/json"]);
    let done = keys(&case).run(&arguments);
    insta::assert_snapshot!("published_vector", done.text());
    assert!(done.stdout.contains(text(&case["canonical_request"])));
    assert!(done.stdout.contains(text(&case["string_to_sign"])));
    assert!(done.stdout.contains(text(&case["authorization"])));
}

#[test]
fn a_vector_of_metastudio() {
    let _guard = settings().bind_to_scope();
    let case = vector("metastudio.json", "M1");
    let canonical = text(&case["canonical_request"]);
    let signed = canonical
        .lines()
        .skip(3)
        .take_while(|line| !line.is_empty());
    let headers: Vec<_> = signed
        .filter(|line| !line.starts_with("x-sdk-date:"))
        .map(|line| format!("--header={line}"))
        .collect();
    let mut arguments = vec!["sign", text(&case["method"]), text(&case["url"]), "--json"];
    arguments.extend(["--body", text(&case["body"]), "--date", text(&case["date"])]);
    arguments.extend(headers.iter().map(String::as_str));
    let json = keys(&case).run(&arguments).json();
    assert_eq!(json["canonical_request"], canonical);
    assert_eq!(json["authorization"], case["authorization"]);
    assert_eq!(json["headers"]["authorization"], case["authorization"]);
    insta::assert_snapshot!("vector_as_curl", text(&json["curl"]));
}

#[test]
fn the_security_token_is_hidden_and_signed() {
    let _guard = settings().bind_to_scope();
    let token = "PlantedSecurityToken0123456789";
    let session = keys(&vector("signing.json", D1)).set("HUAWEICLOUD_SDK_SECURITY_TOKEN", token);
    let arguments = ["sign", "POST", "https://h/v1", "--date", "20260102T030405Z"];
    let done = session.run(arguments);
    insta::assert_snapshot!("security_token", done.text());
    let json = session.run(arguments.iter().chain(&["--json"]));
    assert_eq!(
        json.json()["hidden"],
        serde_json::json!(["x-security-token"])
    );
    assert!(!(done.text() + &json.text()).contains(token));
    // The same as typed: then it is shown, and the signature is the same.
    let typed = format!("X-Security-Token: {token}");
    let done = session.run(arguments.iter().chain(&["--json", "--header", &typed]));
    assert_eq!(done.json()["authorization"], json.json()["authorization"]);
}

#[test]
fn a_body_from_stdin_is_the_same_body() {
    let session = keys(&vector("signing.json", D1)).stdin("a body");
    let arguments = [
        "sign",
        "POST",
        "https://h/",
        "--date",
        "20260102T030405Z",
        "--json",
    ];
    let typed = session
        .run(arguments.iter().chain(&["--body", "a body"]))
        .json();
    let piped = session
        .run(arguments.iter().chain(&["--body-file", "-"]))
        .json();
    assert_eq!(typed["authorization"], piped["authorization"]);
    assert!(text(&piped["curl"]).contains("--data-binary @-"), "{piped}");
}

#[test]
fn what_a_shell_would_take_apart_is_quoted() {
    let _guard = settings().bind_to_scope();
    let session = keys(&vector("signing.json", D1));
    let done = session.run([
        "sign",
        "HEAD",
        "https://[::1]:8443/a/../b$(x)?q='",
        "--header=X-Note: it's `x`",
        "--header=X-Empty:",
        "--date=20260102T030405Z",
        "--json",
    ]);
    let curl = done.json()["curl"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("quoted", curl);
}

#[test]
fn what_can_not_be_signed() {
    let _guard = settings().bind_to_scope();
    let session = keys(&vector("signing.json", D1));
    let cases: [(&str, &[&str]); 9] = [
        ("method", &["G T", "https://h/"]),
        ("no_scheme", &["GET", "h/path"]),
        ("user", &["GET", "https://user:password@h/"]),
        ("blank", &["GET", "https://h/a b"]),
        ("header", &["GET", "https://h/", "--header", "secret-value"]),
        (
            "control",
            &["GET", "https://h/", "--header", "a: b\r\nc: d"],
        ),
        (
            "authorization",
            &["GET", "https://h/", "--header", "Authorization: x"],
        ),
        ("date", &["GET", "https://h/", "--date", "2026-01-02"]),
        (
            "two_dates",
            &[
                "GET",
                "https://h/",
                "--date=20260102T030405Z",
                "--header=X-Sdk-Date: 20260102T030405Z",
            ],
        ),
    ];
    let mut all = String::new();
    for (name, arguments) in cases {
        let done = session.run(["sign"].iter().chain(arguments));
        assert_eq!(done.code, 2, "{name}");
        write!(all, "{name}: {}", done.stderr).unwrap();
    }
    insta::assert_snapshot!("refused", all);
    let missing = session.run(["sign", "PUT", "https://h/", "--body-file", "/no/such/file"]);
    insta::assert_snapshot!("no_body_file", missing.text());
}
