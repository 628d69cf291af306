//! Files in parts.

use mss_emulator::{Emulator, Operation};
use serde_json::{Value, json};

use crate::support::{Hand, Request, Response, call, confirm, emulator, md5_base64, show_asset};

const MIN_PART: usize = 102_400;

fn large(size: usize, parts: usize) -> Value {
    json!({
        "file_name": "film.mov",
        "file_size": size,
        "file_type": "mov",
        "asset_id": "asset",
        "asset_file_category": "MAIN",
        "file_multipart_count": parts,
    })
}

/// The file's id, and a PUT for each part, still without content.
fn register(emulator: &Emulator, fields: &Value) -> (String, Vec<Request>) {
    let created = call(emulator, "/large-files", fields).send(emulator);
    assert_eq!(created.status, 200, "{created:?}");
    let created = created.json();
    let put = |url: &Value| {
        let target = url.as_str().unwrap().strip_prefix(emulator.url()).unwrap();
        Request::new("PUT", target, "").header("Host", emulator.local_addr().to_string())
    };
    let urls = created["upload_urls"].as_array().unwrap();
    let id = created["file_id"].as_str().unwrap();
    (id.to_owned(), urls.iter().map(put).collect())
}

fn send(emulator: &Emulator, put: &Request, content: &[u8]) -> Response {
    let mut put = put.clone();
    put.body = content.to_vec();
    put.send(emulator)
}

#[test]
fn parts_become_a_file_in_the_order_of_their_urls() {
    let emulator = emulator();
    let parts = [vec![1; MIN_PART], vec![2; MIN_PART], vec![3; 5]];
    let whole = parts.concat();
    let (file_id, puts) = register(&emulator, &large(whole.len(), 3));
    assert_eq!(emulator.files()[0].file_md5, "");

    for index in [2, 0] {
        let stored = send(&emulator, &puts[index], &parts[index]);
        assert_eq!(stored.status, 200, "{stored:?}");
        assert!(stored.header("etag").is_some());
        let refused = confirm(&emulator, &file_id, "CREATED");
        assert_eq!(refused.status, 400);
        assert!(refused.error_msg().contains("not all parts"), "{refused:?}");
    }
    let file = &emulator.files()[0];
    assert_eq!((&file.put, &file.parts[1]), (&None, &None));
    assert_eq!(emulator.file_body(&file_id), None);

    assert_eq!(send(&emulator, &puts[1], &parts[1]).status, 200);
    assert_eq!(confirm(&emulator, &file_id, "CREATED").status, 200);
    let file = &emulator.files()[0];
    assert_eq!(file.state, "CREATED");
    let put = file.put.as_ref().unwrap();
    assert_eq!(
        (put.size, &put.md5),
        (whole.len() as u64, &md5_base64(&whole))
    );
    assert_eq!(file.parts[2].as_ref().unwrap().md5, md5_base64(&parts[2]));
    assert_eq!(emulator.file_body(&file_id).unwrap(), whole);

    let shown = show_asset(&emulator, "asset");
    assert_eq!(shown["files"][0]["file_size"], whole.len());
    assert!(shown["files"][0].get("file_md5").is_none());
}

#[test]
fn each_limit_of_create_large_file() {
    let emulator = emulator();
    let largest = 536_870_912_000_u64;
    for (name, value) in [
        ("file_name", json!("")),
        ("file_name", json!(null)),
        ("file_type", json!("t".repeat(65))),
        ("asset_id", json!(null)),
        ("file_size", json!(0)),
        ("file_size", json!(largest + 1)),
        ("asset_file_category", json!("COVER")),
        ("asset_file_category", json!(null)),
        ("file_multipart_count", json!(0)),
        ("file_multipart_count", json!(101)),
        ("file_multipart_count", json!("2")),
    ] {
        let mut fields = large(1, 1);
        fields[name] = value.clone();
        let answer = call(&emulator, "/large-files", &fields).send(&emulator);
        assert_eq!(answer.status, 400, "{name}: {value}");
        let expected = format!("Invalid parameter [{name}: ");
        assert!(answer.error_msg().starts_with(&expected), "{answer:?}");
    }
    assert!(emulator.files().is_empty());

    let (_, puts) = register(
        &emulator,
        &json!({
            "file_name": "film.mov",
            "file_size": largest,
            "file_type": "mov",
            "asset_id": "a",
            "asset_file_category": "PACKAGE",
            "file_multipart_count": 100,
        }),
    );
    assert_eq!(puts.len(), 100);
    let mut fields = large(1, 1);
    for optional in ["file_size", "file_multipart_count"] {
        fields[optional] = Value::Null;
    }
    let (file_id, puts) = register(&emulator, &fields);
    assert_eq!(puts.len(), 1);
    assert_eq!(send(&emulator, &puts[0], b"any size").status, 200);
    assert_eq!(confirm(&emulator, &file_id, "CREATED").status, 200);
}

#[test]
fn parts_that_do_not_make_the_file() {
    let emulator = emulator();
    let (file_id, puts) = register(&emulator, &large(2 * MIN_PART, 2));
    let refusal = || {
        let refused = confirm(&emulator, &file_id, "CREATED");
        assert_eq!(refused.status, 400);
        refused.error_msg()
    };
    send(&emulator, &puts[0], &vec![0; MIN_PART - 1]);
    send(&emulator, &puts[1], &vec![0; MIN_PART + 1]);
    assert!(refusal().contains("smaller than 100 KB"));
    // The same URL again replaces the part.
    send(&emulator, &puts[0], &vec![0; MIN_PART]);
    assert!(refusal().contains("announced size"));
    send(&emulator, &puts[1], &vec![0; MIN_PART]);
    assert_eq!(confirm(&emulator, &file_id, "CREATED").status, 200);
}

#[test]
fn a_part_url_is_good_for_its_part_alone() {
    let emulator = emulator();
    let (_, puts) = register(&emulator, &large(10, 2));
    let refused = |put: &Request, status: u16, code: &str| {
        let answer = send(&emulator, put, b"x");
        assert_eq!((answer.status, answer.xml_code().as_str()), (status, code));
        assert!(emulator.files()[0].parts.iter().all(Option::is_none));
    };
    let mut other = puts[0].clone();
    other.target = other.target.replace("partNumber=1", "partNumber=2");
    refused(&other, 403, "SignatureDoesNotMatch");
    other.target = other.target.replace("partNumber=2&", "");
    refused(&other, 403, "SignatureDoesNotMatch");
    // Neither header was signed.
    let with = |name: &str, value: &str| puts[0].clone().header(name, value);
    refused(
        &with("Content-MD5", &md5_base64(b"x")),
        403,
        "SignatureDoesNotMatch",
    );
    refused(
        &with("Content-Type", "video/mp4"),
        403,
        "SignatureDoesNotMatch",
    );
    let too_large = with("Content-Length", "5368709121").header("Expect", "100-continue");
    refused(&too_large, 400, "EntityTooLarge");
    emulator.fail_next(Operation::PutObject, 503);
    refused(&puts[0], 503, "ServiceUnavailable");
    assert_eq!(send(&emulator, &puts[0], b"x").status, 200);
}

#[test]
fn parts_of_a_file_above_the_limit_leave_only_digests() {
    let builder = Emulator::builder().clock(Hand::new().clock());
    let emulator = builder.body_limit(MIN_PART).start().unwrap();
    let (file_id, puts) = register(&emulator, &large(MIN_PART + 1, 2));
    send(&emulator, &puts[0], &vec![0; MIN_PART]);
    send(&emulator, &puts[1], b"x");
    assert_eq!(confirm(&emulator, &file_id, "CREATED").status, 200);
    let file = emulator.files().remove(0);
    let put = file.put.unwrap();
    assert_eq!(
        (put.size, put.body_kept, put.md5.as_str()),
        (102_401, false, "")
    );
    assert_eq!(file.parts[1].as_ref().unwrap().md5, md5_base64(b"x"));
    assert_eq!(emulator.file_body(&file_id), None);
}
