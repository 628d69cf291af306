//! Where a content may be sent.

use std::io::Write as _;

use mss_http::{Cleanup, ErrorKind, Outcome, Stage, Upload, UploadState};

use crate::support::{Act, Request, Server, asset, builder, client, create};

const FORBIDDEN: [&str; 6] = [
    "https://evil.invalid/k?Signature=hidden",
    "http://evil.invalid/k?Signature=hidden",
    "http://b.obs.cn-north-4.myhuaweicloud.com/k?Signature=hidden",
    "https://b.myhuaweicloud.com.evil.invalid/k?Signature=hidden",
    "https://evilmyhuaweicloud.com/k?Signature=hidden",
    "http://10.255.255.1/k?Signature=hidden",
];

/// What can't be a URL for a PUT at all.
const USELESS: [&str; 7] = [
    "",
    "file:///etc/passwd",
    "ftp://b.obs.myhuaweicloud.com/hidden",
    "https://user:hidden@b.obs.myhuaweicloud.com/k",
    "https:///hidden",
    "/hidden",
    "https://b.obs.myhuaweicloud.com/hidden\\r\\nX: y",
];

#[test]
fn f39_a_url_that_leads_elsewhere_is_refused_and_the_files_id_is_told() {
    for url in FORBIDDEN.into_iter().chain(USELESS) {
        let server = Server::script([Act::created("file-39", url)]);
        let error = client(&server).create_file(&create()).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains("file-39"), "{url}: {text}");
        assert!(!text.contains("hidden"), "{text}");
        assert_eq!(server.requests().len(), 1, "{url}");
    }
}

#[test]
fn f39_an_answer_without_a_usable_id_is_refused() {
    for id in ["", "..", "a/b", "a b", "a\\nb", "文件"] {
        let server = Server::script([Act::created(id, "http://127.0.0.1:9/hidden")]);
        let error = client(&server).create_file(&create()).expect_err(id);
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[test]
fn f39_an_upload_sends_nothing_there_and_says_failed() {
    let mut source = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    source.write_all(b"hello").unwrap();
    for url in FORBIDDEN.into_iter().chain(USELESS) {
        let server = Server::script([Act::created("file-39", url), Act::ok()]);
        let error = client(&server)
            .upload(Upload::new(source.path(), asset()))
            .expect_err(url);
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        let failure = error.upload().unwrap();
        assert_eq!(failure.stage, Stage::Create);
        assert_eq!(failure.file_id.as_ref().unwrap().as_str(), "file-39");
        assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
        let requests = server.requests();
        let bodies: Vec<_> = requests.iter().map(Request::text).skip(1).collect();
        assert_eq!(bodies, [r#"{"state":"FAILED"}"#], "{url}");
        assert!(requests[1].line().ends_with("/files/file-39/complete"));
    }
}

#[test]
fn f39_other_hosts_can_be_allowed() {
    let server = Server::script([Act::created("f", "https://b.obs.example.com/k")]);
    let create = |suffix: &str| {
        let builder = builder().endpoint(server.url());
        let client = builder.upload_host_suffixes([suffix]).build().unwrap();
        client.create_file(&create())
    };
    create(".example.com").unwrap();
    create("example.com").unwrap();
    for other in [".other.com", "", ".", "ample.com"] {
        create(other).expect_err(other);
    }
}
