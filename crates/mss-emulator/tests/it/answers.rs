//! Every documented status in its documented shape.

use mss_emulator::{Emulator, Operation};
use serde_json::{Value, json};

use crate::support::{Hand, call, confirm, emulator, fields, md5_base64, register, unsigned};

#[test]
fn each_limit_of_create_file() {
    let emulator = emulator();
    let five_gib = 5_368_709_120_u64;
    let refused: &[(&str, Value)] = &[
        ("file_name", json!("")),
        ("file_name", json!("n".repeat(257))),
        ("file_name", json!(1)),
        ("file_md5", json!("")),
        ("file_md5", json!("x".repeat(24))),
        ("file_md5", json!("d41d8cd98f00b204e9800998ecf8427e")),
        ("file_size", json!(0)),
        ("file_size", json!(-1)),
        ("file_size", json!(1.5)),
        ("file_size", json!("1")),
        ("file_size", json!(five_gib + 1)),
        ("file_type", json!("")),
        ("file_type", json!("t".repeat(65))),
        ("asset_id", json!("")),
        ("asset_id", json!("a".repeat(65))),
        ("asset_file_category", json!("")),
        ("asset_file_category", json!("main")),
        ("asset_file_category", json!("C".repeat(129))),
    ];
    let names = fields(b"x", "mp4", "a");
    let missing = names
        .as_object()
        .unwrap()
        .keys()
        .map(|name| (name.as_str(), Value::Null));
    for (name, value) in refused.iter().cloned().chain(missing) {
        let mut fields = fields(b"x", "mp4", "a");
        fields[name] = value.clone();
        let answer = call(&emulator, "/files", &fields).send(&emulator);
        assert_eq!(answer.status, 400, "{name}: {value}");
        let body = answer.json();
        assert_eq!(body["error_code"], "MSS.00000003");
        let text = body["error_msg"].as_str().unwrap();
        assert!(
            text.starts_with(&format!("Invalid parameter [{name}: ")),
            "{text}"
        );
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert!(answer.header("x-request-id").is_some());
    }
    assert!(emulator.files().is_empty());

    let accepted: &[(&str, Value)] = &[
        // 256 characters, not bytes.
        ("file_name", json!("影".repeat(256))),
        ("file_size", json!(five_gib)),
        ("file_type", json!("t".repeat(64))),
        ("asset_id", json!("a".repeat(64))),
        ("asset_file_category", json!("PACKAGE")),
        ("unknown", json!([1])),
    ];
    for (index, (name, value)) in accepted.iter().enumerate() {
        let mut fields = fields(b"x", "mp4", &index.to_string());
        fields[*name] = value.clone();
        let answer = call(&emulator, "/files", &fields).send(&emulator);
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
}

#[test]
fn no_credentials_at_all() {
    let emulator = emulator();
    let answer = unsigned(&emulator, "/files", "{}").send(&emulator);
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.json(),
        json!({"error_code": "MSS.00000001", "error_msg": "Unauthorized"})
    );
}

#[test]
fn a_wrong_token() {
    let emulator = emulator();
    let answer = unsigned(&emulator, "/files", "{}")
        .header("X-Auth-Token", "wrong")
        .send(&emulator);
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.json(),
        json!({
            "error_code": "APIGW.0301",
            "error_msg": "Incorrect IAM authentication information: decrypt token fail",
            "request_id": answer.header("x-request-id").unwrap(),
        })
    );
}

#[test]
fn an_unknown_access_key() {
    let emulator = emulator();
    let answer = unsigned(&emulator, "/files", "{}")
        .signed("NOBODY", emulator.secret_key())
        .send(&emulator);
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.error_msg(),
        "Incorrect IAM authentication information: \
         Get secretKey failed,ak:NOBODY,err:ak not exist"
    );
}

#[test]
fn an_expired_date() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    let request = call(&emulator, "/files", &fields(b"x", "mp4", "a"));
    hand.advance(901);
    let answer = request.send(&emulator);
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.error_msg(),
        "Incorrect IAM authentication information: calc aksk signature fail:signature expired, \
         signature time:20260102T030405Z,server time:20260102T031906Z"
    );
    // A client may correct its clock by this.
    assert_eq!(answer.header("date"), Some("Fri, 02 Jan 2026 03:19:06 GMT"));
    hand.advance(-1);
    assert_eq!(request.send(&emulator).status, 200);
}

#[test]
fn another_project() {
    let emulator = emulator();
    let mut other = unsigned(&emulator, "/files", "{}");
    other.target = other.target.replace(emulator.project_id(), "other");
    let answer = other
        .signed(emulator.access_key(), emulator.secret_key())
        .send(&emulator);
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (403, "APIGW.0302")
    );

    let answer = unsigned(&emulator, "/files", "{}")
        .replace("X-Project-Id", "other")
        .signed(emulator.access_key(), emulator.secret_key())
        .send(&emulator);
    assert_eq!(answer.status, 403);
    assert!(answer.json()["request_id"].is_string());
}

#[test]
fn unknown_paths_and_methods() {
    let emulator = emulator();
    let good = call(&emulator, "/files", &json!({}));
    for (method, path) in [
        ("GET", "/files"),
        ("PUT", "/files"),
        ("POST", "/files/"),
        ("POST", "/complete"),
        ("POST", "/files/a/b/complete"),
        ("POST", ""),
    ] {
        let mut request = good.clone();
        method.clone_into(&mut request.method);
        request.target = format!("/v1/{}{path}", emulator.project_id());
        let answer = request.send(&emulator);
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(answer.error_code(), "APIGW.0101", "{method} {path}");
    }
}

#[test]
fn an_unknown_file() {
    let emulator = emulator();
    let answer = confirm(&emulator, "24bad716-87b1-45e5-8912-6102f7693265", "FAILED");
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.json(),
        json!({"error_code": "MSS.00000002", "error_msg": "Not Found"})
    );
}

#[test]
fn calls_above_the_rate() {
    let hand = Hand::new();
    let emulator = Emulator::builder()
        .clock(hand.clock())
        .rate_limit(Some(2))
        .start()
        .unwrap();
    let statuses = || -> Vec<u16> {
        (0..4)
            .map(|_| confirm(&emulator, "none", "FAILED").status)
            .collect()
    };
    assert_eq!(statuses(), [404, 404, 429, 429]);
    let refused = confirm(&emulator, "none", "FAILED");
    assert_eq!(refused.error_code(), "APIGW.0308");
    assert!(refused.error_msg().contains("limit:2,"));
    assert!(refused.header("retry-after").is_none());
    hand.advance(1);
    assert_eq!(statuses(), [404, 404, 429, 429]);
}

#[test]
fn failures_on_order() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    emulator.fail_next(Operation::CreateFile, 503);
    emulator.fail_next(Operation::PutObject, 503);
    emulator.fail_next(Operation::ConfirmFileUpload, 500);
    emulator.fail_next(Operation::ConfirmFileUpload, 200);
    emulator.fail_next(Operation::ConfirmFileUpload, 429);

    let put = file.put.send(&emulator);
    assert_eq!(
        (put.status, put.xml_code().as_str()),
        (503, "ServiceUnavailable")
    );
    assert!(emulator.files()[0].put.is_none());
    assert_eq!(file.put.send(&emulator).status, 200);

    let confirm = || confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(
        confirm().json(),
        json!({"error_code": "MSS.00000004", "error_msg": "Internal Error"})
    );
    assert_eq!(confirm().status, 500);
    assert_eq!(confirm().error_code(), "APIGW.0308");
    assert_eq!(emulator.files()[0].state, "CREATING");
    assert_eq!(confirm().status, 200);

    let create = call(&emulator, "/files", &fields(b"y", "mp4", "other"));
    assert_eq!(create.send(&emulator).status, 503);
    assert_eq!(emulator.files().len(), 1);
    assert_eq!(create.send(&emulator).status, 200);
    assert_eq!(emulator.files()[1].file_md5, md5_base64(b"y"));
}
