//! Errors that say why a signature was refused, over real sockets.

use mss_core::explain::{Cause, Line, Obstacle, Part};
use mss_emulator::Emulator;
use mss_http::{Client, Content, Credentials, ErrorKind, UploadState};

use crate::support::{
    ACCESS_KEY, Act, Server, builder, client, client_with_token, create, file, once,
};

const TOKEN: &str = "planted-security-token-0123456789-abcdefghij";

/// A gateway that says this with status 401.
fn refusing(message: &str) -> Server {
    let body = format!(r#"{{"error_code":"APIGW.0301","error_msg":{message:?}}}"#);
    Server::script([Act::answer("401 Unauthorized", "X-Request-Id: r", body)])
}

fn refusal(client: &Client) -> mss_http::Error {
    let state = UploadState::Created;
    client.confirm_file_upload(&file(), state).unwrap_err()
}

#[test]
fn f11_a_wrong_secret_key_is_named_after_one_request() {
    let emulator = Emulator::builder().start().unwrap();
    let keys = Credentials::new(emulator.access_key(), "planted-wrong-secret").unwrap();
    let client = Client::builder()
        .endpoint(emulator.url())
        .project_id(emulator.project_id())
        .credentials(keys.with_security_token(TOKEN).unwrap())
        .build()
        .unwrap();
    let first = refusal(&client);
    assert_eq!(first.kind(), ErrorKind::Authentication);
    let report = first.explanation().unwrap();
    assert_eq!(report.causes(), [Cause::Key]);
    let parts: Vec<_> = report.lines().iter().map(Line::part).collect();
    assert!(
        parts.contains(&&Part::Header("x-security-token".into())),
        "{report}"
    );
    // Those that aren't even tried say the same.
    let later = refusal(&client);
    assert!(later.attempts().is_empty());
    assert_eq!(later.explanation(), first.explanation());
    assert_eq!(emulator.requests().len(), 1);
    let shown = format!("{report}{report:?}{first:?}{later:?}");
    assert!(!shown.contains("planted"), "{shown}");
}

#[test]
fn f15_nonsense_in_place_of_a_canonical_request_is_not_comparable() {
    let long = format!("canonicalRequest:{}", "POST|/|".repeat(8_000));
    let pairs = format!("canonicalRequest:POST|/||{}", "host:h|".repeat(8_000));
    for (message, obstacle) in [
        ("canonicalRequest:", Obstacle::NothingShown),
        ("canonicalRequest:||||||||", Obstacle::Malformed),
        ("canonicalRequest:POST|/v1/|", Obstacle::Malformed),
        ("verify aksk signature fail", Obstacle::NothingShown),
        (&long, Obstacle::Malformed),
        (&pairs, Obstacle::Malformed),
    ] {
        let server = refusing(message);
        let error = refusal(&own(&server));
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let report = error.explanation().unwrap();
        assert_eq!(
            report.causes(),
            [Cause::NotComparable(obstacle)],
            "{report}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(60_000).collect();
    for (kind, body, obstacle) in [
        (
            "text/html",
            b"<html>canonicalRequest:POST|/".to_vec(),
            Obstacle::NotTheGateway,
        ),
        ("application/json", bytes, Obstacle::NothingShown),
        ("application/json", Vec::new(), Obstacle::NothingShown),
    ] {
        let headers = format!("Content-Type: {kind}");
        let server = Server::script([Act::answer("401 Unauthorized", &headers, body)]);
        let error = refusal(&own(&server));
        let report = error.explanation().unwrap();
        assert_eq!(
            report.causes(),
            [Cause::NotComparable(obstacle)],
            "{report}"
        );
    }
}

/// A client with a key of its own: one that was refused isn't tried again, whoever asks.
fn own(server: &Server) -> Client {
    let keys = Credentials::new(
        ACCESS_KEY,
        format!("secret of {}", server.url()).replace(' ', "-"),
    );
    let builder = builder().credentials(keys.unwrap()).endpoint(server.url());
    builder.build().unwrap()
}

#[test]
fn f65_a_token_that_is_said_back_is_not_shown() {
    let token = "planted-user-token-0123456789-abcdefghij";
    let message = format!("Incorrect IAM authentication information: decrypt token fail {token}");
    let server = refusing(&message);
    let error = refusal(&client_with_token(&server, token));
    let report = error.explanation().unwrap();
    assert_eq!(report.causes(), [Cause::Token]);
    let shown = format!("{report}{report:?}{error:?}");
    assert!(!shown.contains("planted"), "{shown}");
}

#[test]
fn other_failures_have_nothing_to_explain() {
    for status in [400, 403, 404, 429, 500] {
        let server = Server::script([Act::status(status)]);
        assert!(refusal(&once(&server)).explanation().is_none(), "{status}");
    }
    let server = Server::script([Act::close()]);
    assert!(refusal(&once(&server)).explanation().is_none());
}

#[test]
fn f46_the_stores_string_to_sign_is_compared_with_the_put() {
    let secret = "planted-signature-0123456789";
    for (md5, cause) in [
        ("BwcHBwcHBwcHBwcHBwcHBw==", Cause::SignedUrl),
        ("AAAAAAAAAAAAAAAAAAAAAA==", Cause::ContentMd5),
    ] {
        let shown =
            format!("PUT\n{md5}\nvideo/mp4\n1893456000\n/b/k?x-obs-security-token={secret}");
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>{secret}</Message><StringToSign>\
             {shown}</StringToSign></Error>"
        );
        let store = Server::script([Act::answer("403 Forbidden", "x-obs-request-id: o", body)]);
        let url = format!(
            "{}/b/k?AccessKeyId=AK&Expires=1893456000&Signature={secret}&x-obs-security-token={secret}",
            store.url()
        );
        let service = Server::script([Act::created("f1", &url)]);
        let client = client(&service);
        let created = client.create_file(&create()).unwrap();
        let content = Content::from_bytes(b"12345".as_slice()).unwrap();
        let error = client
            .put_content(&created, &create(), &content)
            .unwrap_err();
        let report = error.explanation().unwrap();
        assert_eq!(report.causes(), [cause], "{report}");
        assert_eq!(report.code(), Some("SignatureDoesNotMatch"));
        let shown = format!("{report}{report:?}{error:?}");
        assert!(!shown.contains(&secret[..12]), "{shown}");
    }
}
