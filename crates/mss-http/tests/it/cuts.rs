//! Connections that break at every point of an exchange.

use mss_http::{Client, Error, ErrorKind, Outcome, UploadState};

use crate::support::{Connection, Server, client, create, file, ok, quick};

/// Where the server breaks off.
#[derive(Debug, Clone, Copy)]
enum Cut {
    AfterHeaders,
    InRequestBody,
    AfterRequest,
    AfterStatusLine,
    InHeaders,
    InBody,
}

const CUTS: [Cut; 6] = [
    Cut::AfterHeaders,
    Cut::InRequestBody,
    Cut::AfterRequest,
    Cut::AfterStatusLine,
    Cut::InHeaders,
    Cut::InBody,
];

impl Cut {
    /// Goes with the exchange up to the cut.
    fn play(self, connection: &mut Connection) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match connection.read_exactly(1) {
                Some(byte) => head.extend(byte),
                None => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let partial: &[u8] = match self {
            Self::AfterHeaders => return,
            Self::InRequestBody => {
                connection.read_exactly(9);
                return;
            }
            Self::AfterRequest => b"",
            Self::AfterStatusLine => b"HTTP/1.1 200 OK\r\n",
            Self::InHeaders => b"HTTP/1.1 200 OK\r\nX-Request-Id: request-1\r\nContent-Le",
            Self::InBody => {
                b"HTTP/1.1 200 OK\r\nX-Request-Id: request-1\r\nContent-Length: 100\r\n\r\n{\"a\":"
            }
        };
        let body = connection.body(&head).unwrap();
        connection.note(head, body);
        connection.send(partial);
    }
}

fn server(cut: Cut, reset: bool, cuts: usize) -> Server {
    Server::raw(move |connection, number| {
        if number >= cuts {
            while connection.request().is_some() && connection.send(ok()) {}
            return;
        }
        if reset {
            connection.reset();
        }
        cut.play(connection);
    })
}

fn twice(server: &Server) -> Client {
    let options = quick(std::time::Duration::from_secs(10)).max_attempts(2);
    client(server).with_options(options).unwrap()
}

#[track_caller]
fn assert_unknown(error: &Error, attempts: usize, what: &str) {
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{what}: {error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{what}: {error}");
    assert_eq!(error.attempts().len(), attempts, "{what}: {error}");
    for attempt in error.attempts() {
        assert_eq!(attempt.outcome, Outcome::Unknown, "{what}: {attempt:?}");
    }
}

#[test]
fn f29_a_confirmation_is_repeated_and_stays_unknown() {
    for cut in CUTS {
        for reset in [false, true] {
            let what = format!("{cut:?}, reset {reset}");
            let server = server(cut, reset, usize::MAX);
            let confirmed = twice(&server).confirm_file_upload(&file(), UploadState::Created);
            assert_unknown(&confirmed.expect_err(&what), 2, &what);
            assert_eq!(server.connections(), 2, "{what}");
            for request in server.requests() {
                assert_eq!(request.text(), r#"{"state":"CREATED"}"#, "{what}");
            }
        }
    }
}

#[test]
fn f29_a_confirmation_succeeds_after_one_cut() {
    for cut in CUTS {
        for reset in [false, true] {
            let what = format!("{cut:?}, reset {reset}");
            let server = server(cut, reset, 1);
            let confirmed = twice(&server).confirm_file_upload(&file(), UploadState::Created);
            assert_eq!(confirmed.expect(&what).request_id, "request-1", "{what}");
            assert_eq!(server.connections(), 2, "{what}");
        }
    }
}

#[test]
fn f29_a_registration_is_never_repeated() {
    for cut in CUTS {
        for reset in [false, true] {
            let what = format!("{cut:?}, reset {reset}");
            let server = server(cut, reset, usize::MAX);
            let error = client(&server).create_file(&create()).expect_err(&what);
            assert_unknown(&error, 1, &what);
            assert_eq!(server.connections(), 1, "{what}");
        }
    }
}

#[test]
fn f29_a_status_that_was_read_is_reported() {
    let server = server(Cut::InBody, false, usize::MAX);
    let error = client(&server).create_file(&create()).unwrap_err();
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.request_id(), Some("request-1"));
}
