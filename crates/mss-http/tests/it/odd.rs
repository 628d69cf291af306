//! Answers that are no proper HTTP, or oddly proper.

use mss_http::{ErrorKind, Outcome, UploadState};

use crate::support::{Server, create, file, ok_with, once};

/// Answers the first request with `bytes` and all later ones, on whatever connection, properly.
fn server(bytes: &'static [u8], close: bool) -> Server {
    Server::raw(move |connection, number| {
        let mut first = number == 0;
        while connection.request().is_some() {
            let answer = if first {
                bytes.to_vec()
            } else {
                ok_with("second")
            };
            if !connection.send(answer) || (first && close) {
                return;
            }
            first = false;
        }
    })
}

#[test]
fn f32_what_is_no_answer_is_an_error_and_ends_its_connection() {
    let rows: [&[u8]; 19] = [
        b"\0\x01\x02\xff no answer at all \r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\x40\0\0\0\0\x02\0\0\0\0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 0\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 0, 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 2x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 099 Too Low\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 99 Too Short\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 Too Long\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/3.0 200 OK\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r\0r\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nX-Request-Id: r\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ];
    for bytes in rows {
        let what = bytes.escape_ascii().to_string();
        let server = server(bytes, false);
        let client = once(&server);
        let error = client
            .confirm_file_upload(&file(), UploadState::Created)
            .expect_err(&what);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{what}: {error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{what}: {error}");
        let second = client.confirm_file_upload(&file(), UploadState::Created);
        assert_eq!(second.expect(&what).request_id, "second", "{what}");
        assert_eq!(server.counts(), (2, 2), "{what}");
    }
}

/// A registration behind such an answer may have happened.
#[test]
fn f32_a_registration_is_not_repeated() {
    let server = server(b"\x16\x03\x01 no answer at all \r\n\r\n", false);
    let error = once(&server).create_file(&create()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn f32_what_is_odd_but_clear_is_understood() {
    let rows: [(&[u8], bool); 11] = [
        (b"HTTP/1.1 200\r\nX-Request-Id: first\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.1 200 \r\nX-Request-Id: first\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\nX-Request-Id: first\nContent-Length: 0\n\n", false),
        (b"HTTP/1.1 200 OK\r\nx-request-ID:first\r\ncontent-length:0\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", false),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Request-Id: first\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX-Request-Id: hint\r\n\r\nHTTP/1.1 200 OK\r\nX-Request-Id: first\r\nContent-Length: 0\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: t\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\n\r\n{}", true),
        (b"HTTP/1.0 200 OK\r\nX-Request-Id: first\r\nContent-Length: 0\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true),
    ];
    for (bytes, close) in rows {
        let what = bytes.escape_ascii().to_string();
        let server = server(bytes, close);
        let client = once(&server);
        for id in ["first", "second"] {
            let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
            assert_eq!(confirmed.expect(&what).request_id, id, "{what}");
        }
    }
}

/// Who sends both lengths means two different ends, and which of them the next proxy takes for
/// the right one nobody knows.
#[test]
fn f32_an_answer_with_two_lengths_ends_its_connection() {
    let rows: [&[u8]; 2] = [
        b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ];
    for bytes in rows {
        let what = bytes.escape_ascii().to_string();
        let server = server(bytes, false);
        let client = once(&server);
        let first = client.confirm_file_upload(&file(), UploadState::Created);
        if let Ok(first) = first {
            assert_eq!(first.request_id, "first", "{what}");
        }
        let second = client.confirm_file_upload(&file(), UploadState::Created);
        assert_eq!(second.expect(&what).request_id, "second", "{what}");
        assert_eq!(server.counts(), (2, 2), "{what}");
    }
}

#[test]
fn f32_statuses_that_nobody_knows_settle_nothing() {
    for (status, kind) in [
        (101, ErrorKind::UnexpectedResponse),
        (299, ErrorKind::UnexpectedResponse),
        (600, ErrorKind::UnexpectedResponse),
        (999, ErrorKind::UnexpectedResponse),
        (399, ErrorKind::UnexpectedRedirect),
        (418, ErrorKind::Rejected),
        (599, ErrorKind::Server),
    ] {
        let answer = format!("HTTP/1.1 {status} W\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n");
        let server = server(answer.leak().as_bytes(), false);
        let error = once(&server)
            .confirm_file_upload(&file(), UploadState::Created)
            .expect_err("no success");
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}
