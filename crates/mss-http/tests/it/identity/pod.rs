//! The agent of a pod.

use std::fs;

use mss_emulator::{Emulator, Operation};
use mss_http::{CredentialSource, ErrorKind};
use tempfile::tempdir;

use super::{accepting_from, client, confirm, failure, json, keys, token_file, works};
use crate::support::{Act, Server};

const URI: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

#[test]
fn its_keys_work() {
    let emulator = Emulator::builder().start().unwrap();
    let directory = tempdir().unwrap();
    // The file may end in a line end, the header may not.
    let file = token_file(directory.path(), &format!("{}\n", emulator.pod_token()));
    let variables = [(URI, &*emulator.pod_url()), (TOKEN_FILE, &*file)];
    works(&emulator, CredentialSource::pod(), &variables);
    let asked: Vec<_> = emulator.requests().iter().map(|it| it.operation).collect();
    assert_eq!(
        asked,
        [Some(Operation::PodKeys), Some(Operation::CreateFile)]
    );
}

#[test]
fn the_token_is_read_anew_each_time() {
    let directory = tempdir().unwrap();
    let path = directory.path().to_owned();
    token_file(&path, "token-0");
    let agent = Server::acting(move |_, number| {
        token_file(&path, "token-1");
        json(keys(number, time::Duration::HOUR))
    });
    let service = accepting_from(1);
    let url = format!("{}/v1/credentials", agent.url());
    let file = directory.path().join("token");
    let variables = [(URI, &*url), (TOKEN_FILE, file.to_str().unwrap())];
    confirm(&client(&service.url(), CredentialSource::pod(), &variables)).unwrap();
    let requests = agent.requests();
    assert_eq!(requests.len(), 2);
    for (number, request) in requests.iter().enumerate() {
        assert_eq!(request.line(), "POST /v1/credentials");
        assert_eq!(
            request.header("authorization"),
            Some(&*format!("token-{number}"))
        );
        assert_eq!(request.text(), "{}");
    }
}

#[test]
fn the_token_does_not_travel_in_clear() {
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), "token");
    for url in [
        "http://10.0.0.1/v1",
        "http://agent.example.com/v1",
        "ftp://127.0.0.1",
        "no",
    ] {
        let error = failure(CredentialSource::pod(), &[(URI, url), (TOKEN_FILE, &file)]);
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
        assert!(error.to_string().contains(&format!("{URI} ")), "{error}");
    }
    // No redirect is followed with it.
    let other = Server::script([json(keys(0, time::Duration::HOUR))]);
    let location = format!("Location: {}/canary", other.url());
    let agent = Server::script([Act::answer("307 Temporary Redirect", &location, "")]);
    let error = failure(
        CredentialSource::pod(),
        &[(URI, &agent.url()), (TOKEN_FILE, &file)],
    );
    assert_eq!(error.kind(), ErrorKind::UnexpectedRedirect, "{error}");
    assert_eq!(other.connections(), 0);
}

#[test]
fn what_is_not_set_or_not_to_be_read_is_named() {
    let directory = tempdir().unwrap();
    let error = failure(CredentialSource::pod(), &[]);
    assert!(
        error
            .to_string()
            .contains(&format!("{URI} and {TOKEN_FILE} are not set")),
        "{error}"
    );
    let agent = Server::script([json(keys(0, time::Duration::HOUR))]);
    let url = agent.url();
    let error = failure(CredentialSource::pod(), &[(URI, &url)]);
    assert!(
        error
            .to_string()
            .contains(&format!("{URI} is set, {TOKEN_FILE} is not")),
        "{error}"
    );
    let error = failure(CredentialSource::pod(), &[(TOKEN_FILE, "x")]);
    assert!(
        error
            .to_string()
            .contains(&format!("{TOKEN_FILE} is set, {URI} is not")),
        "{error}"
    );

    let path = directory.path();
    fs::write(path.join("empty"), " \n").unwrap();
    fs::write(path.join("binary"), b"\xff\xfe").unwrap();
    fs::write(path.join("huge"), "x".repeat(65 * 1024)).unwrap();
    fs::write(path.join("lines"), "canary\nsecond").unwrap();
    fs::create_dir(path.join("directory")).unwrap();
    for (name, expected) in [
        ("missing", "can't be read: "),
        ("empty", "is empty"),
        ("binary", "isn't text"),
        ("huge", "is longer than 64 KiB"),
        ("directory", "it is no regular file"),
        ("lines", "can't stand in a header"),
    ] {
        let file = path.join(name);
        let error = failure(
            CredentialSource::pod(),
            &[(URI, &url), (TOKEN_FILE, file.to_str().unwrap())],
        );
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
        assert!(
            text.contains(expected) && text.contains(TOKEN_FILE),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
    }
    assert!(agent.requests().is_empty());
}

#[test]
#[cfg(unix)]
fn f43_a_pipe_without_a_writer_holds_nobody() {
    let directory = tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    let variables = [
        (URI, "http://127.0.0.1:9"),
        (TOKEN_FILE, pipe.to_str().unwrap()),
    ];
    let error = failure(CredentialSource::pod(), &variables);
    assert!(
        error.to_string().contains("it is no regular file"),
        "{error}"
    );
}

#[test]
fn f65_a_refusal_that_repeats_the_token_does_not_show_it() {
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), r#"Bearer pla"nted\token"#);
    let agent = Server::acting(|request, _| {
        let token = request.header("authorization").unwrap();
        let body = serde_json::json!({"error": {"code": 403, "message": token, "title": "x"}});
        let headers = format!("X-Request-Id: {token}");
        Act::answer("403 Forbidden", &headers, body.to_string())
    });
    let error = failure(
        CredentialSource::pod(),
        &[(URI, &agent.url()), (TOKEN_FILE, &file)],
    );
    let text = format!("{error} {error:?}");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(text.contains("answered 403: ***"), "{text}");
    assert!(!text.contains("nted"), "{text}");
    assert_eq!(agent.requests().len(), 1);
}
