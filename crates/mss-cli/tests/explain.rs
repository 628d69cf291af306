//! `metastudio explain`

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{fmt::Write as _, fs, path::PathBuf};

use mss_emulator::Emulator;
use support::{Done, Session, redacted, settings};
use tempfile::TempDir;

const DATE: &str = "20260102T030405Z";
const URL: &str = "https://h.example/v1/p/files?b=2&a=1";
const TOKEN: &str = "PlantedSecurityToken0123456789";
/// The hash of `{}`.
const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// What the gateway says of the request that is described by [`described`].
fn said() -> String {
    format!(
        "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:\
         POST|/v1/p/files/|a=1&b=2|content-type:application/json|host:h.example|x-sdk-date:{DATE}|\
         x-security-token:{TOKEN}||content-type;host;x-sdk-date;x-security-token|{HASH}"
    )
}

fn body() -> String {
    format!(
        r#"{{"error_code":"APIGW.0301","error_msg":"{}","request_id":"r"}}"#,
        said()
    )
}

fn described(file: &str) -> Vec<String> {
    let header = "--header=Content-Type: application/json";
    let all = ["explain", file, "POST", URL, header, "--body", "{}"];
    all.map(str::to_owned).to_vec()
}

fn session() -> Session {
    Session::new().set("HUAWEICLOUD_SDK_SECURITY_TOKEN", TOKEN)
}

/// A directory with one file.
fn saved(bytes: impl AsRef<[u8]>) -> (TempDir, String) {
    let directory = TempDir::new().unwrap();
    let path: PathBuf = directory.path().join("error.txt");
    fs::write(&path, bytes).unwrap();
    (directory, path.display().to_string())
}

fn explain(bytes: impl AsRef<[u8]>) -> Done {
    let (_directory, path) = saved(bytes);
    session().run(described(&path))
}

#[test]
fn without_a_request_the_gateways_side_is_shown() {
    let _guard = settings().bind_to_scope();
    let (_directory, path) = saved(body());
    let done = Session::new().run(["explain", &path]);
    insta::assert_snapshot!("servers_side", done.text());
}

#[test]
fn f11_the_same_on_both_sides_means_the_key() {
    let _guard = settings().bind_to_scope();
    let done = explain(body());
    insta::assert_snapshot!("key", done.text());
}

#[test]
fn what_a_proxy_changed_is_named() {
    let _guard = settings().bind_to_scope();
    let changed = body().replace("application/json", "application/json;charset=utf8");
    let (_directory, path) = saved(changed);
    let done = session().run(described(&path).into_iter().chain(["--json".to_owned()]));
    assert_eq!(done.code, 0);
    insta::assert_snapshot!("header_json", done.text());
}

#[test]
fn a_log_on_stdin_does_as_well() {
    let log: &'static str = format!("10:00 a\n10:01 ERROR {} b\n10:02 c\n", body()).leak();
    let done = session().stdin(log).run(described("-"));
    assert!(
        done.stdout
            .starts_with("cause: everything that was signed is the same"),
        "{}",
        done.text()
    );
    let done = session().stdin(log).run(["explain"]);
    assert_eq!(done.code, 1, "{}", done.text());
}

#[test]
fn the_date_is_the_gateways_unless_it_is_given() {
    let (_directory, path) = saved(body());
    let with_date = described(&path)
        .into_iter()
        .chain(["--date=20260102T030406Z".to_owned()]);
    let done = session().run(with_date);
    let named = "cause: the header x-sdk-date was changed on its way\nwhat to do: These may be two";
    assert!(done.stdout.starts_with(named), "{}", done.text());
}

#[test]
fn the_body_is_hashed_as_the_algorithm_does() {
    // Of no body, by SM3.
    let hash = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b";
    let (_directory, path) = saved(body().replace(HASH, hash));
    let header = "--header=Content-Type: application/json";
    for (name, cause) in [
        ("SDK-HMAC-SM3", "everything that was signed is the same"),
        ("V11-HMAC-SHA256", "the body has another hash"),
        ("SDK-HMAC-SHA256", "the body has another hash"),
    ] {
        let done = session().run(["explain", &path, "POST", URL, header, "--algorithm", name]);
        let wanted = format!("cause: {cause}");
        assert!(done.stdout.starts_with(&wanted), "{name}: {}", done.text());
    }
    let done = session().run(["explain", &path, "POST", URL, "--algorithm", "SM2"]);
    assert_eq!(done.code, 2, "{}", done.text());
}

#[test]
fn other_causes_need_no_request() {
    for (text, cause) in [
        (
            "calc aksk signature fail:signature expired, signature time:20260102T000000Z,server \
             time:20260102T002000Z",
            "this machine's clock is 20 min 0 s slow",
        ),
        (
            "Incorrect IAM authentication information: decrypt token fail",
            "the token isn't valid",
        ),
    ] {
        let (_directory, path) = saved(text);
        let done = Session::new().run(["explain", &path]);
        assert_eq!(done.code, 0, "{}", done.text());
        assert!(
            done.stdout.starts_with(&format!("cause: {cause}")),
            "{}",
            done.text()
        );
    }
}

#[test]
fn the_object_stores_error_is_compared_with_the_put() {
    let _guard = settings().bind_to_scope();
    let (_directory, path) = saved(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.</Message>\
         <StringToSign>PUT\n\nvideo/mp4\n1893456000\n/bucket/key</StringToSign></Error>",
    );
    let alone = Session::new().run(["explain", &path]);
    insta::assert_snapshot!("store_alone", alone.text());
    let url = "https://bucket.obs.example/key?AccessKeyId=AK&Expires=1893456000&Signature=Planted";
    let done = Session::new().run(["explain", &path, "PUT", url, "--header=Content-Type: a/b"]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(
        done.stdout
            .starts_with("cause: Content-Type is another one"),
        "{}",
        done.text()
    );
    assert!(!done.text().contains("Planted"), "{}", done.text());
}

#[test]
fn f15_anything_may_be_in_the_file() {
    let megabytes =
        b"line with \x1b[31mred\x1b[0m \xff\xfe canonicalRequest:POST|/|\n".repeat(200_000);
    assert!(megabytes.len() > 10_000_000);
    let escapes = body().replace("h.example", "h\x1b[2J\x07.example");
    for bytes in [
        (0..=255).cycle().take(100_000).collect(),
        megabytes,
        escapes.into_bytes(),
        b"canonicalRequest:".repeat(100_000),
        b"{".repeat(100_000),
        b"<Error>".repeat(100_000),
    ] {
        let done = explain(&bytes);
        assert!(done.code == 0 || done.code == 1, "{}", done.text());
        assert!(!done.stdout.contains(['\x1b', '\x07']), "{}", done.text());
        assert!(done.stdout.len() < 100_000);
    }
}

#[test]
fn wrong_use_is_refused() {
    let _guard = redacted(None);
    let cases: [(&str, &[&str], i32); 4] = [
        ("method without URL", &["explain", "-", "POST"], 2),
        ("body without request", &["explain", "-", "--body", "{}"], 2),
        (
            "stdin twice",
            &["explain", "-", "POST", URL, "--body-file", "-"],
            2,
        ),
        ("no such file", &["explain", "/no/such/file"], 4),
    ];
    let mut all = String::new();
    for (name, arguments, code) in cases {
        let session = session().stdin("canonicalRequest:x");
        let done = session.run(arguments);
        assert_eq!(done.code, code, "{name}: {}", done.text());
        write!(all, "{name}: {}", done.stderr).unwrap();
    }
    insta::assert_snapshot!("wrong_use", all);
}

#[test]
fn f65_no_token_is_shown() {
    for text in [
        said(),
        body(),
        body().replace(TOKEN, &format!("{TOKEN}x")),
        body().replace('|', "||"),
    ] {
        let (_directory, path) = saved(&text);
        for arguments in [vec!["explain".to_owned(), path.clone()], described(&path)] {
            for json in [None, Some("--json".to_owned())] {
                let done = session().run(arguments.iter().cloned().chain(json));
                assert!(!done.text().contains(TOKEN), "{}", done.text());
            }
        }
    }
}

/// What was refused on the spot is explained without asking.
#[test]
fn f11_a_failed_command_explains_itself() {
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::at(&emulator).set("HUAWEICLOUD_SDK_SK", "wrong-planted-key");
    let id = "24bad716-87b1-45e5-8912-6102f7693265";
    let done = session.run(["confirm", id, "--state", "FAILED", "--json"]);
    assert_eq!(done.code, 3, "{}", done.text());
    let explanation = &done.json()["error"]["explanation"];
    assert_eq!(explanation["causes"][0]["kind"], "key");
    let lines: Vec<_> = done.stderr.lines().collect();
    assert!(
        lines[0].starts_with("metastudio: ConfirmFileUpload of file"),
        "{}",
        done.text()
    );
    assert!(
        lines[1].starts_with("cause: everything that was signed is the same"),
        "{}",
        done.text()
    );
    assert!(!done.text().contains("planted"), "{}", done.text());
    assert_eq!(emulator.requests().len(), 1);
    // Of many files one says it for all.
    let directory = TempDir::new().unwrap();
    let files: Vec<_> = (0..3)
        .map(|number| {
            let path = directory.path().join(format!("{number}.bin"));
            fs::write(&path, "content").unwrap();
            path.display().to_string()
        })
        .collect();
    let other = session.set("HUAWEICLOUD_SDK_SK", "another-planted-key");
    let options = ["--asset-id", "a", "--category", "OTHER"];
    let upload = std::iter::once("upload").chain(files.iter().map(String::as_str));
    let done = other.run(upload.chain(options));
    assert_eq!(done.code, 3, "{}", done.text());
    assert_eq!(done.stderr.matches("cause: ").count(), 1, "{}", done.text());
}

#[test]
fn the_commands_own_json_tells_its_cause() {
    let emulator = Emulator::builder().start().unwrap();
    let wrong = Session::at(&emulator).set("HUAWEICLOUD_SDK_SK", "not-its-secret");
    let refused = wrong.run(["confirm", "f", "--json"]);
    assert_eq!(refused.code, 3, "{}", refused.text());
    let (_directory, path) = saved(&refused.stdout);
    let done = Session::new().run(["explain", &path]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(
        done.stdout.contains("the secret keys differ"),
        "{}",
        done.stdout
    );
    let as_json = Session::new().run(["explain", &path, "--json"]);
    assert_eq!(as_json.json(), refused.json()["error"]["explanation"]);

    // The words for a person are whole, too.
    let (_directory, path) = saved(&refused.stderr);
    let done = Session::new().run(["explain", &path]);
    assert!(done.stdout.contains("POST"), "{}", done.text());
    assert!(!done.stdout.contains("cut or garbled"), "{}", done.text());
}

#[test]
fn nothing_is_nothing_to_explain() {
    for bytes in ["", " \n\t\n"] {
        let (_directory, path) = saved(bytes);
        let done = Session::new().run(["explain", &path]);
        assert_eq!(done.code, 2, "{}", done.text());
        assert!(
            done.stderr.contains("nothing to explain"),
            "{}",
            done.text()
        );
    }
}
