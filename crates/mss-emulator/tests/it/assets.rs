//! Assets, what they take, and deletion.

use mss_emulator::Operation;
use serde_json::{Value, json};

use crate::support::{
    Request, bare, call, confirm, create_asset, emulator, fields, md5_base64, register, show_asset,
    unsigned,
};

#[test]
fn an_asset_is_shown_as_it_was_created() {
    let emulator = emulator();
    let body = json!({
        "asset_name": "Trailer",
        "asset_type": "VIDEO",
        "asset_description": "d",
        "tags": ["a", "b"],
        "supported_service": ["LIVE_2D"],
        "system_properties": [{"action": "ADD", "key": "MATERIAL_VIDEO", "value": "Yes"}],
        "is_need_generate_cover": true,
        "asset_order": -1,
        "review_config": {},
        "unknown": 1,
    });
    let created = unsigned(&emulator, "/digital-assets", body.to_string())
        .header("X-App-UserId", "tester-01")
        .signed(emulator.access_key(), emulator.secret_key())
        .send(&emulator);
    assert_eq!(created.status, 200, "{created:?}");
    let created = created.json();
    let asset_id = created["asset_id"].as_str().unwrap();
    assert_eq!(
        show_asset(&emulator, asset_id),
        json!({
            "project_id": emulator.project_id(),
            "asset_id": asset_id,
            "produce_id": created["produce_id"],
            "asset_name": "Trailer",
            "asset_type": "VIDEO",
            "asset_state": "CREATING",
            "asset_description": "d",
            "app_user_id": "tester-01",
            "create_time": "2026-01-02T03:04:05Z",
            "update_time": "2026-01-02T03:04:05Z",
            "tags": ["a", "b"],
            "supported_service": ["LIVE_2D"],
            "system_properties": [{"action": "ADD", "key": "MATERIAL_VIDEO", "value": "Yes"}],
            "asset_order": -1,
            "files": [],
        })
    );
    let asset = &emulator.assets()[0];
    assert_eq!(asset.asset_id, asset_id);
    assert_eq!(asset.asset_name.as_deref(), Some("Trailer"));
    assert_eq!(
        (asset.asset_type.as_deref(), asset.state.as_str()),
        (Some("VIDEO"), "CREATING")
    );
    let listed = Request::new("GET", "/_emulator/assets", "").header("Host", "x");
    assert_eq!(
        listed.send(&emulator).json()["assets"][0]["asset_id"],
        asset_id
    );
}

#[test]
fn each_limit_of_create_digital_asset() {
    let emulator = emulator();
    let create = |name: &str, value: &Value| {
        let mut body = json!({"asset_name": "n", "asset_type": "IMAGE"});
        body[name] = value.clone();
        call(&emulator, "/digital-assets", &body).send(&emulator)
    };
    for (name, value) in [
        ("asset_name", json!(null)),
        ("asset_name", json!("n".repeat(257))),
        ("asset_type", json!(null)),
        ("asset_type", json!("SCENE")),
        ("asset_description", json!("d".repeat(4097))),
        ("asset_description", json!(1)),
        ("tags", json!(vec!["t"; 51])),
        ("tags", json!(["t".repeat(129)])),
        ("tags", json!([1])),
        ("supported_service", json!(["VIDEO_3D"])),
        ("is_need_generate_cover", json!("yes")),
        ("asset_order", json!(1.5)),
    ] {
        let answer = create(name, &value);
        assert_eq!(answer.status, 400, "{name}: {value}");
        let expected = format!("Invalid parameter [{name}: ");
        assert!(answer.error_msg().starts_with(&expected), "{answer:?}");
    }
    assert!(emulator.assets().is_empty());
    for (name, value) in [
        ("asset_name", json!("")),
        ("asset_name", json!("影".repeat(256))),
        ("asset_description", json!("d".repeat(4096))),
        ("tags", json!(vec!["t".repeat(128); 50])),
    ] {
        assert_eq!(create(name, &value).status, 200, "{name}: {value}");
    }
}

#[test]
fn the_content_can_be_read_from_the_download_url() {
    let emulator = emulator();
    let file = register(&emulator, b"content");
    let shown = show_asset(&emulator, "asset-0");
    assert!(shown["files"][0].get("download_url").is_none());
    file.put.send(&emulator);
    confirm(&emulator, &file.file_id, "CREATED");
    let shown = show_asset(&emulator, "asset-0");
    let shown = &shown["files"][0];
    let url = shown["download_url"].as_str().unwrap();
    assert_eq!(
        *shown,
        json!({
            "file_id": file.file_id,
            "file_name": "clip.mp4",
            "file_md5": md5_base64(b"content"),
            "file_size": 7,
            "file_type": "mp4",
            "asset_file_category": "MAIN",
            "download_url": url,
            "state": "CREATED",
        })
    );
    let mut get = Request::new("GET", url.strip_prefix(emulator.url()).unwrap(), "");
    get = get.header("Host", emulator.local_addr().to_string());
    assert_eq!(get.send(&emulator).body, b"content");
    // It is for reading only.
    get.method = "PUT".to_owned();
    assert_eq!(get.send(&emulator).xml_code(), "SignatureDoesNotMatch");
    get.method = "GET".to_owned();
    bare(&emulator, "DELETE", &format!("/files/{}", file.file_id));
    assert_eq!(get.send(&emulator).xml_code(), "NoSuchKey");
}

#[test]
fn an_assets_state_follows_its_main_file() {
    let emulator = emulator();
    let asset_id = create_asset(&emulator, "VIDEO");
    let state = || emulator.assets()[0].state.clone();
    let create = |category: &str| {
        let mut fields = fields(b"x", "mp4", &asset_id);
        fields["asset_file_category"] = category.into();
        let created = call(&emulator, "/files", &fields).send(&emulator).json();
        created["file_id"].as_str().unwrap().to_owned()
    };
    let cover = create("COVER");
    confirm(&emulator, &cover, "FAILED");
    assert_eq!(state(), "CREATING");
    for end in ["FAILED", "CANCELLED"] {
        let main = create("MAIN");
        assert_eq!(state(), "CREATING");
        confirm(&emulator, &main, end);
        let expected = if end == "FAILED" {
            "FAILED"
        } else {
            "CREATING"
        };
        assert_eq!(state(), expected);
    }
}

#[test]
fn created_assets_take_the_documented_files() {
    let emulator = emulator();
    let image = create_asset(&emulator, "IMAGE");
    let video = create_asset(&emulator, "VIDEO");
    let common = create_asset(&emulator, "COMMON_FILE");
    let create = |asset_id: &str, category: &str, file_type: &str, size: u64| {
        let mut fields = fields(b"x", file_type, asset_id);
        fields["asset_file_category"] = category.into();
        fields["file_size"] = size.into();
        call(&emulator, "/files", &fields).send(&emulator)
    };
    for (asset_id, category, file_type, size, field) in [
        (&image, "COVER", "png", 1, "asset_file_category"),
        (&video, "PAGE", "mp4", 1, "asset_file_category"),
        (&image, "MAIN", "mp4", 1, "file_type"),
        (&video, "MAIN", "png", 1, "file_type"),
        (&image, "MAIN", "png", 52_428_801, "file_size"),
    ] {
        let answer = create(asset_id, category, file_type, size);
        assert_eq!(answer.status, 400, "{category} {file_type}");
        let expected = format!("Invalid parameter [{field}: ");
        assert!(answer.error_msg().starts_with(&expected), "{answer:?}");
    }
    for (asset_id, category, file_type, size) in [
        (&image, "MAIN", "PNG", 52_428_800),
        (&image, "TEMPORARY", "mp4", 1),
        (&video, "COVER", "anything", 1),
        (&common, "PAGE", "anything", 1),
        (&common, "MAIN", "anything", 5_368_709_120),
    ] {
        assert_eq!(create(asset_id, category, file_type, size).status, 200);
    }
    let mut large = fields(b"x", "mov", &video);
    large["file_size"] = json!(5_368_709_121_u64);
    let refused = call(&emulator, "/large-files", &large).send(&emulator);
    assert!(refused.error_msg().contains("[file_size: "), "{refused:?}");
}

#[test]
fn a_deleted_file_is_gone() {
    let emulator = emulator();
    let file = register(&emulator, b"content");
    file.put.send(&emulator);
    confirm(&emulator, &file.file_id, "CREATED");
    let delete = || bare(&emulator, "DELETE", &format!("/files/{}", file.file_id));
    let deleted = delete();
    assert_eq!((deleted.status, deleted.body.len()), (200, 0));
    assert!(deleted.header("x-request-id").is_some());
    let seen = emulator.requests().pop().unwrap();
    assert_eq!(seen.file_id.as_deref(), Some(file.file_id.as_str()));

    assert_eq!(
        (delete().status, delete().error_code().as_str()),
        (404, "MSS.00000002")
    );
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 404);
    assert_eq!(file.put.send(&emulator).xml_code(), "NoSuchKey");
    assert_eq!(emulator.file_body(&file.file_id), None);
    let left = &emulator.files()[0];
    assert_eq!((left.state.as_str(), &left.put), ("DELETED", &None));
    let shown = show_asset(&emulator, "asset-0");
    assert_eq!(shown["asset_state"], "CREATING");
    assert_eq!(shown["files"][0]["state"], "DELETED");
    // There is room for another main file.
    let again = call(&emulator, "/files", &fields(b"y", "mp4", "asset-0"));
    assert_eq!(again.send(&emulator).status, 200);
}

#[test]
fn an_asset_goes_to_the_bin_or_for_good() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    let asset = |method: &str, query: &str| {
        bare(
            &emulator,
            method,
            &format!("/digital-assets/asset-0{query}"),
        )
    };
    let create = || call(&emulator, "/files", &fields(b"y", "mp4", "asset-0")).send(&emulator);

    assert_eq!(asset("DELETE", "?mode=gentle").status, 400);
    assert_eq!(asset("DELETE", "").status, 200);
    assert_eq!(asset("DELETE", "").status, 200);
    assert_eq!(asset("GET", "").json()["asset_state"], "DELETING");
    assert_eq!(emulator.files()[0].state, "CREATING");
    assert!(create().error_msg().contains("[asset_id: was deleted]"));

    assert_eq!(asset("DELETE", "?mode=force").status, 200);
    for method in ["GET", "DELETE"] {
        assert_eq!(asset(method, "").error_code(), "MSS.00000002");
    }
    assert_eq!(asset("DELETE", "?mode=force").status, 404);
    assert_eq!(emulator.files()[0].state, "DELETED");
    assert_eq!(emulator.assets()[0].state, "DELETED");
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 404);
    assert_eq!(create().status, 400);
}

#[test]
fn an_unknown_asset() {
    let emulator = emulator();
    for method in ["GET", "DELETE"] {
        let answer = bare(&emulator, method, "/digital-assets/none");
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (404, "MSS.00000002")
        );
    }
    // A file makes it known.
    let file = register(&emulator, b"x");
    let shown = show_asset(&emulator, "asset-0");
    assert_eq!(shown["files"][0]["file_id"], file.file_id);
    assert!(shown.get("asset_type").is_none());
    assert_eq!(emulator.assets()[0].asset_name, None);
}

#[test]
fn each_call_can_be_made_to_fail() {
    let emulator = emulator();
    let asset_id = create_asset(&emulator, "VIDEO");
    let asset = format!("/digital-assets/{asset_id}");
    for (operation, method, path) in [
        (Operation::CreateLargeFile, "POST", "/large-files"),
        (Operation::DeleteFile, "DELETE", "/files/none"),
        (Operation::CreateDigitalAsset, "POST", "/digital-assets"),
        (Operation::ShowAsset, "GET", &asset),
        (Operation::DeleteAsset, "DELETE", &asset),
    ] {
        emulator.fail_next(operation, 502);
        assert_eq!(bare(&emulator, method, path).status, 502, "{path}");
        assert_ne!(bare(&emulator, method, path).status, 502, "{path}");
    }
}
