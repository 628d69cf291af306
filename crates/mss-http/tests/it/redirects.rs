//! Redirects, which nobody follows.

use std::io::Write as _;

use mss_http::{Client, Content, ErrorKind, Outcome, UploadState};

use crate::support::{Act, Server, answer, client, client_with_token, create, file};

const TOKEN: &str = "planted-token-77aa";
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

fn redirect(status: u16, location: &str) -> Act {
    let headers = match location {
        "" => "X-Request-Id: request-1".to_owned(),
        to => format!("X-Request-Id: request-1\nLocation: {to}"),
    };
    Act::answer(&format!("{status} Elsewhere"), &headers, "moved")
}

fn with_token(server: &Server) -> Client {
    client_with_token(server, TOKEN)
}

#[test]
fn f26_no_call_follows_a_redirect_to_another_host() {
    for status in STATUSES {
        let other = Server::script([Act::ok()]);
        let location = format!("{}/there?Signature=secret", other.url());
        let server = Server::script([redirect(status, &location)]);
        for client in [client(&server), with_token(&server)] {
            let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
            for error in [
                confirmed.unwrap_err(),
                client.create_file(&create()).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::UnexpectedRedirect, "{error}");
                assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
                assert_eq!(error.status(), Some(status));
                assert_eq!(error.attempts().len(), 1, "{error}");
                let text = format!("{error} {error:?}");
                assert!(text.contains("127.0.0.1"), "the host is named: {text}");
                for hidden in ["there", "secret", TOKEN] {
                    assert!(!text.contains(hidden), "{hidden} in {text}");
                }
            }
        }
        assert_eq!(server.requests().len(), 4);
        assert_eq!(other.connections(), 0, "{status}");
    }
}

#[test]
fn f26_neither_to_the_same_host_nor_to_nowhere() {
    for location in [
        "/elsewhere",
        "elsewhere",
        "",
        "//",
        "http://",
        "?",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1/",
    ] {
        for status in STATUSES {
            let server = Server::script([redirect(status, location), Act::ok()]);
            let error = client(&server)
                .confirm_file_upload(&file(), UploadState::Created)
                .expect_err(location);
            assert_eq!(error.kind(), ErrorKind::UnexpectedRedirect, "{error}");
            assert!(!error.to_string().contains("password@"), "{error}");
            assert_eq!(server.requests().len(), 1, "{status} {location}");
        }
    }
}

#[test]
fn f26_a_loop_is_left_at_once() {
    let server = Server::acting(|request, _| redirect(308, &format!("/{}", request.line())));
    let error = client(&server)
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedRedirect, "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn f26_the_content_is_not_sent_elsewhere() {
    let other = Server::script([Act::Send(answer("200 OK", "x-obs-request-id: r", ""))]);
    let mut file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    file.write_all(b"hello").unwrap();
    for status in STATUSES {
        let location = format!("{}/there?Signature=secret", other.url());
        let server = Server::acting(move |request, number| match number {
            0 => {
                let url = format!("http://{}/k?Signature=s", request.header("host").unwrap());
                Act::created("f-1", &url)
            }
            _ => redirect(status, &location),
        });
        let client = with_token(&server);
        let content = Content::open(file.path()).unwrap();
        let created = client.create_file(&create()).unwrap();
        let error = client
            .put_content(&created, &create(), &content)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedRedirect, "{error}");
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        assert!(!error.to_string().contains("there"), "{error}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{status}");
        assert_eq!(requests[1].header("x-auth-token"), None);
    }
    assert_eq!(other.connections(), 0);
}
