//! Create, put, confirm, and what can be seen of it.

use std::collections::HashSet;

use md5::{Digest, Md5};
use mss_emulator::{Emulator, FileState};
use serde_json::json;

use crate::support::{
    Hand, Request, call, confirm, emulator, fields, hex, md5_base64, register, unsigned,
};

#[test]
fn a_file_becomes_created() {
    let emulator = emulator();
    let content = b"moving pictures";
    let file = register(&emulator, content);

    let put = file.put.send(&emulator);
    assert_eq!((put.status, put.body.len()), (200, 0));
    assert_eq!(put.header("content-length"), Some("0"));
    let etag = format!("\"{}\"", hex(&Md5::digest(content)));
    assert_eq!(put.header("etag"), Some(etag.as_str()));
    for name in ["x-obs-request-id", "x-obs-id-2", "x-request-id", "date"] {
        assert!(put.header(name).is_some(), "{name}");
    }

    let confirmed = confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!((confirmed.status, confirmed.body.len()), (200, 0));
    assert_eq!(confirmed.header("content-length"), Some("0"));
    assert_eq!(
        confirmed.header("date"),
        Some("Fri, 02 Jan 2026 03:04:05 GMT")
    );

    let files = emulator.files();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].file_id, file.file_id);
    assert_eq!(files[0].state, FileState::Created);
    assert_eq!(files[0].state, "CREATED");
    let put = files[0].put.as_ref().unwrap();
    assert_eq!((put.size, &put.md5), (15, &md5_base64(content)));
    assert!(put.body_kept);
    assert_eq!(emulator.file_body(&file.file_id).unwrap(), content);

    let requests = emulator.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|seen| (seen.method.as_str(), seen.status, seen.file_id.as_deref()))
        .collect();
    let id = Some(file.file_id.as_str());
    assert_eq!(
        seen,
        [
            ("POST", Some(200), id),
            ("PUT", Some(200), id),
            ("POST", Some(200), id)
        ]
    );
    let ids: HashSet<_> = requests.iter().map(|seen| &seen.request_id).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(
        Some(requests[2].request_id.as_str()),
        confirmed.header("x-request-id")
    );
    assert!(requests.iter().all(|seen| !seen.path.contains('?')));
}

#[test]
fn the_ids_look_like_the_vendors() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let lengths: Vec<_> = file.file_id.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_eq!(file.file_id.as_bytes()[14], b'4');
    assert!(b"89ab".contains(&file.file_id.as_bytes()[19]));
}

#[test]
fn a_token_is_the_other_way_in() {
    let emulator = emulator();
    let created = unsigned(
        &emulator,
        "/files",
        fields(b"x", "png", "asset").to_string(),
    )
    .without("X-Sdk-Date")
    .header("X-Auth-Token", emulator.token())
    .send(&emulator);
    assert_eq!(created.status, 200, "{created:?}");
}

#[test]
fn its_own_pages_need_no_key() {
    let emulator = emulator();
    let get = |path: &str| {
        Request::new("GET", path, "")
            .header("Host", "x")
            .send(&emulator)
    };
    assert_eq!(get("/_emulator/health").json(), json!({"status": "ok"}));
    assert_eq!(get("/_emulator/files").json(), json!({"files": []}));

    let file = register(&emulator, b"x");
    let listed = get("/_emulator/files").json();
    assert_eq!(listed["files"][0]["file_id"], file.file_id);
    assert_eq!(listed["files"][0]["state"], "CREATING");
    assert_eq!(listed["files"][0]["put"], json!(null));
    file.put.send(&emulator);
    let one = get(&format!("/_emulator/files/{}", file.file_id)).json();
    assert_eq!(
        one,
        json!({
            "file_id": file.file_id,
            "file_name": "clip.mp4",
            "file_size": 1,
            "file_md5": md5_base64(b"x"),
            "file_type": "mp4",
            "asset_id": "asset-0",
            "category": "MAIN",
            "app_user_id": null,
            "state": "CREATING",
            "put": {"size": 1, "md5": md5_base64(b"x"), "body_kept": true},
        })
    );
    assert_eq!(get("/_emulator/files/none").status, 404);
    assert_eq!(get("/_emulator").status, 404);
    // Looking is no request of a client.
    assert_eq!(emulator.requests().len(), 2);
}

#[test]
fn an_asset_has_one_main_file_at_a_time() {
    let emulator = emulator();
    let create = |category: &str| {
        let mut fields = fields(b"x", "mp4", "asset");
        fields["asset_file_category"] = category.into();
        call(&emulator, "/files", &fields).send(&emulator)
    };
    let first = create("MAIN").json()["file_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = create("MAIN");
    assert_eq!(second.status, 400);
    assert!(second.error_msg().contains("MAIN"), "{second:?}");
    assert_eq!(create("COVER").status, 200);
    assert_eq!(confirm(&emulator, &first, "CANCELLED").status, 200);
    assert_eq!(create("MAIN").status, 200);
    assert_eq!(create("MAIN").status, 400);
}

#[test]
fn content_above_the_limit_leaves_only_its_digest() {
    let emulator = Emulator::builder()
        .clock(Hand::new().clock())
        .body_limit(1000)
        .start()
        .unwrap();
    let at_limit = register(&emulator, &[7; 1000]);
    let above = register(&emulator, &[7; 1001]);
    for file in [&at_limit, &above] {
        assert_eq!(file.put.send(&emulator).status, 200);
        assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
    }
    assert!(emulator.file_body(&at_limit.file_id).is_some());
    assert!(emulator.file_body(&above.file_id).is_none());
    let put = emulator.files()[1].put.clone().unwrap();
    assert_eq!((put.size, put.body_kept), (1001, false));
    assert_eq!(put.md5, md5_base64(&[7; 1001]));
}

#[test]
fn debug_shows_no_secret() {
    let builder = Emulator::builder()
        .access_key("PLANTED-AK")
        .secret_key("PLANTED-SK")
        .token("PLANTED-TOKEN");
    let before = format!("{builder:?} {builder:#?}");
    let emulator = builder.clock(Hand::new().clock()).start().unwrap();
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    let shown = format!(
        "{before} {emulator:?} {:?} {:?}",
        emulator.files(),
        emulator.requests()
    );
    for secret in ["PLANTED", "Signature", "AccessKeyId"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
