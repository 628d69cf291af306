//! Name and password.

use std::thread;

use mss_emulator::{Emulator, Fault, Operation};
use mss_http::{Client, CredentialSource, ErrorKind, IamPassword, Secret, TokenScope};

use super::{another, builder, client, confirm, failure};
use crate::support::{Act, Server};

const IAM: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

fn login(password: &str) -> IamPassword {
    let scope = TokenScope::ProjectName("cn-north-4".to_owned());
    IamPassword::new("tester", Secret::new(password), "emulated", scope).unwrap()
}

fn source(password: &str) -> CredentialSource {
    CredentialSource::iam_password(login(password))
}

/// A client of the emulator that learns its project with its token.
fn emulated(emulator: &Emulator, password: &str) -> Client {
    let builder = Client::builder().endpoint(emulator.url());
    let source = login(password).iam_endpoint(emulator.url()).unwrap();
    let source = CredentialSource::iam_password(source);
    builder
        .credential_source(source)
        .variables(super::these(&[]))
        .build()
        .unwrap()
}

fn logins(emulator: &Emulator) -> usize {
    let requests = emulator.requests();
    let login = |it: &&mss_emulator::RequestView| it.operation == Some(Operation::CreateToken);
    requests.iter().filter(login).count()
}

#[test]
fn the_token_works_and_brings_the_project() {
    let emulator = Emulator::builder().start().unwrap();
    let client = emulated(&emulator, emulator.password());
    client.create_file(&another()).unwrap();
    client.create_file(&another()).unwrap();
    assert_eq!(logins(&emulator), 1);

    let variables = [(IAM, emulator.url())];
    for scope in [
        TokenScope::ProjectId(emulator.project_id().parse().unwrap()),
        TokenScope::ProjectName("cn-north-4".to_owned()),
    ] {
        let password = Secret::new(emulator.password());
        let login = IamPassword::new("tester", password, "emulated", scope).unwrap();
        let source = CredentialSource::iam_password(login);
        let builder = builder(emulator.url(), source, &variables);
        let client = builder.project_id(emulator.project_id()).build().unwrap();
        client.create_file(&another()).unwrap();
    }
}

#[test]
fn f16_a_token_that_has_to_be_renewed_is_renewed_once() {
    let emulator = Emulator::builder().start().unwrap();
    let client = emulated(&emulator, emulator.password());
    client.create_file(&another()).unwrap();
    emulator.expire_tokens();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.create_file(&another()).unwrap());
        }
    });
    assert_eq!(logins(&emulator), 2);
}

#[test]
fn f12_a_wrong_password_is_tried_once_by_everybody() {
    let emulator = Emulator::builder().start().unwrap();
    let clients: Vec<_> = (0..4)
        .map(|_| emulated(&emulator, "planted-wrong"))
        .collect();
    thread::scope(|scope| {
        for client in clients.iter().cycle().take(32) {
            scope.spawn(move || {
                for _ in 0..4 {
                    let error = client.create_file(&another()).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Authentication);
                    let text = format!("{error} {error:?}");
                    assert!(
                        text.contains("The username or password is wrong."),
                        "{text}"
                    );
                    assert!(!text.contains("planted"), "{text}");
                }
            });
        }
    });
    assert_eq!(logins(&emulator), 1);
    let error = emulated(&emulator, "planted-wrong")
        .create_file(&another())
        .unwrap_err();
    assert!(
        error.to_string().contains("not tried again for 300 s"),
        "{error}"
    );
    // Another password is another login.
    emulated(&emulator, emulator.password())
        .create_file(&another())
        .unwrap();
    assert_eq!(logins(&emulator), 2);
}

#[test]
fn f37_what_may_pass_is_tried_again_and_opens_no_fuse() {
    let emulator = Emulator::builder().start().unwrap();
    let fault = Fault::status(503).on(Operation::CreateToken).times(2);
    emulator.inject(fault).unwrap();
    emulated(&emulator, emulator.password())
        .create_file(&another())
        .unwrap();
    assert_eq!(logins(&emulator), 3);

    // What may have been heard isn't said again: each time may count as a failure.
    let fault = Fault::reset().on(Operation::CreateToken).before_answer();
    emulator.inject(fault).unwrap();
    let error = emulated(&emulator, emulator.password())
        .create_file(&another())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    assert_eq!(logins(&emulator), 4);
    emulated(&emulator, emulator.password())
        .create_file(&another())
        .unwrap();
}

#[test]
fn a_refusal_whose_text_breaks_off_is_one_all_the_same() {
    let headers = "HTTP/1.1 401 Unauthorized\r\nX-IAM-Trace-Id: t\r\nContent-Length: 999\r\n\r\n{";
    let iam = Server::script([Act::SendAndClose(headers.into())]);
    for _ in 0..2 {
        let error = failure(source("cut off"), &[(IAM, &iam.url())]);
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    }
    assert_eq!(iam.requests().len(), 1);
}

#[test]
fn a_page_of_a_proxy_says_nothing_about_the_password() {
    let page = Act::answer(
        "401 Unauthorized",
        "Content-Type: text/html",
        "<html>canary",
    );
    let iam = Server::script([page]);
    for _ in 0..2 {
        let error = failure(source("behind a proxy"), &[(IAM, &iam.url())]);
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(iam.requests().len(), 2);
}

#[test]
fn f65_a_password_that_is_repeated_is_not_shown() {
    let iam = Server::acting(|request, _| {
        let body = serde_json::json!({"error_code": "IAM.0001", "error_msg": request.text()});
        Act::answer("400 Bad Request", "", body.to_string())
    });
    let variables = [(IAM, &*iam.url())];
    let error = failure(source(r#"pla"nted\pass word"#), &variables);
    let text = format!("{error} {error:?} {:?}", login("planted"));
    assert!(
        text.contains("answered 400 IAM.0001: ") && text.contains("***"),
        "{text}"
    );
    assert!(!text.contains("nted"), "{text}");
}

#[test]
fn f17_answers_without_a_token_are_refused_and_open_no_fuse() {
    let good = r#"{"token":{"expires_at":"2999-01-01T00:00:00.000000Z"}}"#;
    let answer = |body: &str| Act::answer("201 Created", "X-Subject-Token: planted-token", body);
    let iam = Server::script([
        Act::answer("201 Created", "", good),
        answer("<html>planted</html>"),
        answer(r#"{"token":{"expires_at":"2001-01-01T00:00:00Z"}}"#),
        answer(good),
    ]);
    let variables = [(IAM, &*iam.url())];
    for (kind, expected) in [
        (ErrorKind::UnexpectedResponse, "no usable X-Subject-Token"),
        (ErrorKind::UnexpectedResponse, "no usable token.expires_at"),
        (ErrorKind::InvalidCredentials, "expired at 2001-01-01"),
    ] {
        let error = failure(source("odd"), &variables);
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), kind, "{text}");
        assert!(
            text.contains(expected) && !text.contains("planted"),
            "{text}"
        );
    }
    let service = Server::script([Act::ok()]);
    confirm(&client(&service.url(), source("odd"), &variables)).unwrap();
    let token = service.requests()[0]
        .header("x-auth-token")
        .map(str::to_owned);
    assert_eq!(token.as_deref(), Some("planted-token"));
}
