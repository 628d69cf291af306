//! What stands on the wire.

use http::{Method, Request, Response};
use mss_http::{
    Error, ErrorKind, Idempotency, InvalidInput, Operation, Outcome, Target, UnexpectedAnswer,
    UploadState,
};

use crate::support::{
    Act, PROJECT, Server, builder, client, client_with_token, create, file, keys, once,
};

#[test]
fn a_confirmation_has_the_documented_form() {
    let server = Server::script([Act::ok()]);
    let keys = keys();
    let access_key = keys.access_key().to_owned();
    let builder = builder().credentials(keys).endpoint(server.url());
    let client = builder.build().unwrap();
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    let request = &server.requests()[0];
    let path = "/v1/6a6a1f8354f64dd9b9a614def7b59d83/files/24bad716-87b1-45e5-8912-6102f7693265";
    assert_eq!(request.line(), format!("POST {path}/complete"));
    assert_eq!(request.text(), r#"{"state":"CREATED"}"#);
    let host = server.url();
    for (name, value) in [
        ("host", host.trim_start_matches("http://")),
        ("content-type", "application/json"),
        ("content-length", "19"),
        ("x-project-id", PROJECT),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    let authorization = request.header("authorization").unwrap();
    let start = format!(
        "SDK-HMAC-SHA256 Access={access_key}, \
         SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature="
    );
    assert!(authorization.starts_with(&start), "{authorization}");
    assert_eq!(request.header("x-auth-token"), None);
    for name in ["host", "authorization", "x-sdk-date", "content-length"] {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        assert_eq!(request.head.lines().filter(named).count(), 1, "{name}");
    }
}

/// IAM's tokens are long, and some of its older ones very long.
#[test]
fn a_long_token_arrives_whole() {
    for length in [5_000, 9_000, 20_000] {
        let token = "t".repeat(length);
        let server = Server::script([Act::ok()]);
        let client = client_with_token(&server, &token);
        for _ in 0..2 {
            let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
            confirmed.unwrap_or_else(|error| panic!("{length}: {error}"));
        }
        for request in server.requests() {
            assert_eq!(request.header("x-auth-token"), Some(token.as_str()));
            assert_eq!(request.header("authorization"), None);
        }
        assert_eq!(server.counts(), (2, 1));
    }
}

/// A call that isn't built in, with a body of any size.
struct Custom(usize);

impl Operation for Custom {
    type Response = usize;
    const NAME: &'static str = "Custom";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        target.request(Method::PUT, "custom", vec![b'x'; self.0])
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<usize, UnexpectedAnswer> {
        Ok(answer.body().len())
    }
}

#[test]
fn a_call_of_ones_own_is_sent_like_any_other() {
    let server = Server::script([Act::answer("200 OK", "X-Request-Id: r", "{}")]);
    let client = client(&server);
    for size in [0, 1, 4_000, 9_000, 100_000, 3_000_000] {
        assert_eq!(client.execute(&Custom(size)).unwrap(), 2, "{size}");
        let requests = server.requests();
        let last = requests.last().unwrap();
        assert_eq!(last.line(), format!("PUT /v1/{PROJECT}/custom"));
        assert_eq!(last.body.len(), size);
        assert!(last.header("authorization").is_some());
    }
    assert_eq!(server.connections(), 1);
}

/// The first half of a large request is enough for the outcome to be open.
#[test]
fn f29_a_request_that_was_partly_written_may_have_been_applied() {
    let server = Server::raw(|connection, _| {
        connection.reset();
        let _ = connection.head();
    });
    let error: Error = once(&server).execute(&Custom(30_000_000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_registration_has_the_documented_form() {
    let server = Server::script([Act::created("f-1", "http://127.0.0.1:9/k")]);
    client(&server).create_file(&create()).unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.line(), format!("POST /v1/{PROJECT}/files"));
    assert_eq!(
        request.text(),
        r#"{"file_name":"clip.mp4","file_md5":"BwcHBwcHBwcHBwcHBwcHBw==","file_size":5,"file_type":"mp4","asset_id":"942e65a5fd219a2e01fb08d881cfadb9","asset_file_category":"MAIN"}"#
    );
}
