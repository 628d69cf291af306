//! The project's id, from IAM.

use std::thread;

use mss_emulator::{Builder, Emulator, Operation};
use mss_http::{Client, ClientBuilder, Credentials, ErrorKind, Outcome, Token};

use super::{another, these};
use crate::support::{Act, Server, keys};

const IAM: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

fn emulator(builder: Builder) -> Emulator {
    builder.start().unwrap()
}

/// A client that knows its region and not its project.
fn builder(emulator: &Emulator) -> ClientBuilder {
    let variables = these(&[(IAM, emulator.url())]);
    let builder = Client::builder()
        .region("cn-north-4")
        .endpoint(emulator.url());
    builder.variables(variables)
}

fn with_keys(emulator: &Emulator) -> Client {
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    builder(emulator).credentials(keys).build().unwrap()
}

fn asked(emulator: &Emulator) -> usize {
    let requests = emulator.requests();
    let same = |it: &&mss_emulator::RequestView| it.operation == Some(Operation::ListProjects);
    requests.iter().filter(same).count()
}

#[test]
fn the_regions_project_is_asked_for_once() {
    let emulator = emulator(Emulator::builder());
    for _ in 0..2 {
        let client = with_keys(&emulator);
        client.create_file(&another()).unwrap();
        client.create_file(&another()).unwrap();
    }
    assert_eq!(asked(&emulator), 1);
    // A token can be anybody's, so what one client learns is its own.
    for count in [2, 3] {
        let token = Token::new(emulator.token()).unwrap();
        let client = builder(&emulator).token(token).build().unwrap();
        client.create_file(&another()).unwrap();
        client.create_file(&another()).unwrap();
        assert_eq!(asked(&emulator), count);
    }
}

#[test]
fn many_calls_ask_once() {
    let emulator = emulator(Emulator::builder());
    let client = with_keys(&emulator);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| client.create_file(&another()).unwrap());
        }
    });
    assert_eq!(asked(&emulator), 1);
}

#[test]
fn no_project_and_several_say_what_to_do() {
    let none: [(&str, &str); 0] = [];
    let several = [
        ("project-1", "cn-north-4"),
        ("other", "cn-east-3"),
        ("project-2", "cn-north-4"),
    ];
    for (emulator, expected) in [
        (
            emulator(Emulator::builder().projects(none)),
            "knows no project called cn-north-4",
        ),
        (
            emulator(Emulator::builder().projects(several)),
            "knows 2 projects called cn-north-4, project-1, project-2",
        ),
    ] {
        let error = with_keys(&emulator).create_file(&another()).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert_eq!(error.outcome(), Outcome::NotApplied);
        assert!(text.contains(expected), "{text}");
        assert!(
            text.contains("project_id or HUAWEICLOUD_SDK_PROJECT_ID"),
            "{text}"
        );
        assert!(text.contains("(request id "), "{text}");
    }
}

#[test]
fn without_a_region_nobody_can_be_asked() {
    let emulator = emulator(Emulator::builder());
    let builder = Client::builder()
        .endpoint(emulator.url())
        .credentials(keys());
    let client = builder.variables(these(&[])).build().unwrap();
    let error = client.create_file(&another()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(
        error
            .to_string()
            .contains("without a region IAM can't be asked"),
        "{error}"
    );
    assert!(emulator.requests().is_empty());
}

#[test]
fn f35_what_iam_answers_otherwise_leaves_the_call_unsent() {
    for (act, kind, count) in [
        (Act::status(403), ErrorKind::PermissionDenied, 1),
        (Act::status(503), ErrorKind::Server, 3),
        (Act::close(), ErrorKind::Disconnected, 3),
        (
            Act::answer("200 OK", "", "<html>"),
            ErrorKind::UnexpectedResponse,
            1,
        ),
        (
            Act::answer("200 OK", "", "{}"),
            ErrorKind::UnexpectedResponse,
            1,
        ),
    ] {
        let iam = Server::script([act]);
        let service = Server::script([Act::ok()]);
        let builder = Client::builder()
            .region("cn-north-4")
            .endpoint(service.url());
        let builder = builder
            .credentials(keys())
            .variables(these(&[(IAM, &iam.url())]));
        let error = builder
            .build()
            .unwrap()
            .create_file(&another())
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.operation(), "ListProjects");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert_eq!(iam.requests().len(), count);
        assert!(service.requests().is_empty());
        let request = &iam.requests()[0];
        assert_eq!(request.line(), "GET /v3/projects?name=cn-north-4");
        assert_eq!(request.header("x-project-id"), None);
    }
}
