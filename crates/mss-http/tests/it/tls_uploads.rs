//! Uploads over TLS, and stores that refuse early.

use mss_http::{Stage, Upload};

use crate::{
    support::{
        Act, Authority, Call, Connection, Server, answer, asset, confirmed, metastudio_over,
    },
    tls::{THIS_MACHINE, trusting},
};

fn content(size: usize) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), vec![b'x'; size]).unwrap();
    file
}

#[test]
fn an_upload_goes_over_tls() {
    let authority = Authority::new();
    let server = metastudio_over(Some(authority.server(&THIS_MACHINE)), |_, _, _| None);
    let client = trusting(&server, &authority);
    let source = content(3 << 20);
    client.upload(Upload::new(source.path(), asset())).unwrap();
    let requests = server.requests();
    let put = &requests[1];
    assert_eq!(put.header("expect"), Some("100-continue"));
    assert_eq!(put.body.len(), 3 << 20);
    assert_eq!(confirmed(&server), ["CREATED"]);
}

/// Answers CreateFile, and leaves the PUT, of which only the head was read, to the test.
fn store(
    authority: &Authority,
    put: impl Fn(&mut Connection, &str) + Send + Sync + 'static,
) -> Server {
    let tls = authority.server(&THIS_MACHINE);
    Server::over(Some(tls), move |connection, _| {
        while let Some(head) = connection.head() {
            if head.starts_with("PUT ") {
                put(connection, &head);
                connection.note(head, Vec::new());
                return;
            }
            let Some(body) = connection.body(&head) else {
                return;
            };
            let request = connection.note(head, body);
            let act = match Call::of(&request) {
                Call::Create => {
                    let host = request.header("host").unwrap();
                    Act::created("file-1", &format!("https://{host}/k?Signature=s"))
                }
                _ => Act::ok(),
            };
            connection.perform(&act);
        }
    })
}

/// The server says no before it has read anything, and closes.
#[test]
fn f46_an_early_refusal_of_a_content_is_told_over_tls_too() {
    let authority = Authority::new();
    let refusal = answer(
        "403 Forbidden",
        "x-obs-request-id: r",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>words</Message></Error>",
    );
    let server = store(&authority, move |connection, _| {
        connection.send(&refusal);
    });
    let client = trusting(&server, &authority);
    let source = content(8 << 20);
    let error = client
        .upload(Upload::new(source.path(), asset()))
        .unwrap_err();
    assert_eq!(error.status(), Some(403), "{error}");
    assert_eq!(error.error_code(), Some("SignatureDoesNotMatch"), "{error}");
    assert_eq!(error.upload().unwrap().stage, Stage::Put);
    assert_eq!(confirmed(&server), ["FAILED"]);
}

/// The same after the content is on its way, so that the close meets bytes that nobody reads.
#[test]
fn f46_a_refusal_in_the_middle_of_a_content_is_told_over_tls_too() {
    let authority = Authority::new();
    let refusal = answer(
        "403 Forbidden",
        "x-obs-request-id: r",
        "<Error><Code>AccessDenied</Code><Message>words</Message></Error>",
    );
    let server = store(&authority, move |connection, head| {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
        connection.part_of_body(head, 100_000);
        connection.send(&refusal);
    });
    let client = trusting(&server, &authority);
    let source = content(8 << 20);
    let error = client
        .upload(Upload::new(source.path(), asset()))
        .unwrap_err();
    assert_eq!(error.status(), Some(403), "{error}");
    assert_eq!(error.error_code(), Some("AccessDenied"), "{error}");
}

#[test]
fn f47_a_store_that_never_says_continue_gets_the_content_over_tls_too() {
    let authority = Authority::new();
    let stored = answer("200 OK", "x-obs-request-id: stored", "");
    let server = store(&authority, move |connection, head| {
        if connection.body(head).is_some() {
            connection.send(&stored);
        }
    });
    let client = trusting(&server, &authority);
    let source = content(200_000);
    client.upload(Upload::new(source.path(), asset())).unwrap();
    assert_eq!(confirmed(&server), ["CREATED"]);
}
