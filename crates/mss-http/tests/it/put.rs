//! The PUT of a content on its own.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mss_http::{
    CallOptions, Client, Content, ContentMd5, CreateFile, CreatedFile, Error, ErrorKind, Outcome,
    StoredContent, Upload,
};

use crate::support::{Act, Connection, Server, answer, assert_near, asset, client, timed};

const STALL: Duration = Duration::from_millis(300);

fn stored() -> Vec<u8> {
    answer("200 OK", "x-obs-request-id: stored-1\nETag: \"e\"", "")
}

fn xml(status: &str, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>words</Message></Error>");
    answer(status, "x-obs-request-id: refused-1", body)
}

/// A server whose connection number 0 hands out a URL, and whose other ones a test plays.
fn server(play: impl Fn(&mut Connection, usize) + Send + Sync + 'static) -> Server {
    Server::raw(move |connection, number| {
        if number > 0 {
            play(connection, number);
        } else if let Some(request) = connection.request() {
            let host = request.header("host").unwrap();
            let url = format!("http://{host}/key?AccessKeyId=a&Expires=1&Signature=s%2F%3D");
            let act = Act::created("file-1", &url);
            // Then it closes, so that the PUT makes a connection of its own.
            connection.perform(&act);
        }
    })
}

struct Put {
    client: Client,
    content: Content<'static>,
    create: CreateFile,
    created: CreatedFile,
    bytes: Vec<u8>,
    _file: tempfile::NamedTempFile,
}

impl Put {
    fn new(server: &Server, size: usize, options: CallOptions) -> Self {
        let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
        let mut file = tempfile::NamedTempFile::with_suffix(".mp3").unwrap();
        file.write_all(&bytes).unwrap();
        let content = Content::open(file.path()).unwrap();
        let md5: ContentMd5 = content.md5().clone();
        let create = CreateFile::new("a.mp3", content.size(), md5, asset()).unwrap();
        let client = client(server).with_options(options).unwrap();
        let created = client.create_file(&create).unwrap();
        server.wait_for_ends(1);
        Self {
            client,
            content,
            create,
            created,
            bytes,
            _file: file,
        }
    }

    fn send(&mut self) -> Result<StoredContent, Error> {
        let Self {
            client,
            content,
            create,
            created,
            ..
        } = self;
        client.put_content(created, create, content)
    }
}

#[test]
fn a_put_has_the_prescribed_form_and_nothing_of_the_keys() {
    for (size, expect) in [
        (1, None),
        (1 << 20, None),
        ((1 << 20) + 1, Some("100-continue")),
    ] {
        let server = server(move |connection, _| {
            let head = connection.head().unwrap();
            if expect.is_some() {
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            }
            let body = connection.body(&head).unwrap();
            connection.note(head, body);
            connection.send(stored());
        });
        let mut put = Put::new(&server, size, CallOptions::new());
        let stored = put.send().unwrap();
        assert_eq!(stored.request_id, "stored-1");
        assert_eq!(stored.etag.as_deref(), Some("\"e\""));
        let request = &server.requests()[1];
        let target = "/key?AccessKeyId=a&Expires=1&Signature=s%2F%3D";
        assert_eq!(request.line(), format!("PUT {target}"));
        assert!(request.body == put.bytes, "{size}: other bytes arrived");
        for (name, value) in [
            ("content-md5", Some(put.content.md5().as_str())),
            ("content-type", Some("audio/mp3")),
            ("content-length", Some(size.to_string().as_str())),
            ("expect", expect),
            ("transfer-encoding", None),
            ("authorization", None),
            ("x-auth-token", None),
            ("x-project-id", None),
            ("x-sdk-date", None),
        ] {
            assert_eq!(request.header(name), value, "{size} {name}");
        }
    }
}

#[test]
fn f45_a_put_that_breaks_off_begins_again() {
    for cut in [0_usize, 500_000, 999_000, usize::MAX] {
        let server = server(move |connection, number| {
            let head = connection.head().unwrap();
            if number == 1 {
                connection.part_of_body(&head, cut);
                connection.reset();
                return;
            }
            let body = connection.body(&head).unwrap();
            connection.note(head, body);
            connection.send(stored());
        });
        let mut put = Put::new(&server, 1_000_000, CallOptions::new());
        put.send().unwrap();
        let request = server.requests().pop().unwrap();
        assert!(request.body == put.bytes, "{cut}: other bytes arrived");
        assert_eq!(server.connections(), 3, "{cut}");
    }
}

#[test]
fn f46_a_refusal_before_the_content_is_read_arrives() {
    let server = server(|connection, _| {
        connection.head();
        connection.send(xml("403 Forbidden", "AccessDenied"));
        // The connection stays open, as a store keeps it.
        connection.wait_for_client();
    });
    let mut put = Put::new(&server, 8 << 20, CallOptions::new());
    let (result, time) = timed(|| put.send());
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.error_code(), Some("AccessDenied"));
    assert_eq!(error.request_id(), Some("refused-1"));
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert!(time < STALL, "{time:?}");
    assert_eq!(server.connections(), 2, "it isn't tried again");
}

/// Without asking first, the refusal and the end of the connection come while bytes are sent.
#[test]
fn f46_a_refusal_amid_a_small_content_arrives() {
    for size in [10_000, 200_000, 1 << 20] {
        for _ in 0..10 {
            let server = server(|connection, _| {
                connection.head();
                connection.send(xml("400 Bad Request", "InvalidDigest"));
            });
            let mut put = Put::new(&server, size, CallOptions::new());
            let error = put.send().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Rejected, "{size}: {error}");
            assert_eq!(error.error_code(), Some("InvalidDigest"));
            assert_eq!(server.connections(), 2, "{size}");
        }
    }
}

#[test]
fn f46_a_refusal_amid_a_large_content_arrives() {
    let server = server(|connection, _| {
        let head = connection.head().unwrap();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        connection.part_of_body(&head, 100_000);
        connection.send(xml("403 Forbidden", "QuotaExceeded"));
    });
    let mut put = Put::new(&server, 32 << 20, CallOptions::new());
    let error = put.send().unwrap_err();
    assert_eq!(error.error_code(), Some("QuotaExceeded"), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(server.connections(), 2, "it isn't tried again");
}

#[test]
fn f47_a_success_before_the_content_was_sent_is_none() {
    let server = server(|connection, _| {
        connection.head();
        connection.send(stored());
        connection.wait_for_client();
    });
    let mut put = Put::new(&server, 8 << 20, CallOptions::new());
    let (result, time) = timed(|| put.send());
    let error = result.unwrap_err();
    assert!(time < STALL, "{time:?}");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.connections(), 2, "it isn't tried again");
}

#[test]
fn f47_nor_is_one_amid_the_content() {
    let server = server(|connection, _| {
        let head = connection.head().unwrap();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        connection.part_of_body(&head, 100_000);
        connection.send(stored());
    });
    // More than fits between the two.
    let options = CallOptions::new().max_attempts(1);
    let error = Put::new(&server, 32 << 20, options).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

#[test]
fn f47_other_successes_are_none_of_the_stores() {
    for status in ["201 Created", "204 No Content", "206 Partial"] {
        let server = server(move |connection, _| {
            while connection.request().is_some() && connection.send(answer(status, "", "")) {}
        });
        let error = Put::new(&server, 10, CallOptions::new())
            .send()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(server.connections(), 2, "{status}");
    }
}

#[test]
fn f47_without_a_word_the_content_is_sent_after_a_second() {
    let server = server(|connection, _| {
        connection.request();
        connection.send(stored());
    });
    let mut put = Put::new(&server, 2 << 20, CallOptions::new());
    let (result, time) = timed(|| put.send());
    result.unwrap();
    assert!(time >= Duration::from_secs(1), "{time:?}");
    assert!(server.requests()[1].body == put.bytes);
}

#[test]
fn f48_a_put_without_progress_ends() {
    type Play = fn(&mut Connection);
    let rows: [(&str, Play); 4] = [
        ("nothing is read", |connection| {
            connection.read_exactly(100);
            std::thread::sleep(4 * STALL);
        }),
        ("no answer", |connection| {
            connection.request();
            connection.wait_for_client();
        }),
        ("the answer's head drips", |connection| {
            connection.request();
            connection.drip(&[b'x'; 200], Duration::from_millis(20));
        }),
        ("the answer's body drips", |connection| {
            connection.request();
            connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 10000\r\n\r\n");
            connection.drip(&[b'x'; 200], Duration::from_millis(20));
        }),
    ];
    for (what, play) in rows {
        let server = server(move |connection, _| play(connection));
        let options = CallOptions::new().stall_timeout(STALL).max_attempts(1);
        // Small enough to be sent without asking, large enough to fill all buffers.
        let mut put = Put::new(&server, 1 << 20, options);
        let (result, time) = timed(|| put.send());
        let error = result.expect_err(what);
        assert!(time < 4 * STALL, "{what}: {time:?}");
        let expected = match what {
            "the answer's body drips" => ErrorKind::PermissionDenied,
            "the answer's head drips" => ErrorKind::Protocol,
            _ => ErrorKind::Timeout,
        };
        assert_eq!(error.kind(), expected, "{what}: {error}");
        let refused = expected == ErrorKind::PermissionDenied;
        assert_eq!(
            error.outcome(),
            if refused {
                Outcome::NotApplied
            } else {
                Outcome::Unknown
            },
            "{what}: {error}"
        );
        if expected == ErrorKind::Timeout {
            assert_near(time, STALL);
        }
    }
}

/// Slow is not stalled: bytes that move keep a PUT alive, though it takes twice the time in which
/// some must move. That time is long here, because a busy machine makes pauses of its own.
#[test]
fn f48_a_slow_reader_is_waited_for() {
    const STALL: Duration = Duration::from_millis(1500);
    let server = server(|connection, _| {
        let head = connection.head().unwrap();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        for _ in 0..24 {
            connection.part_of_body(&head, 2 << 20);
            std::thread::sleep(STALL / 12);
        }
        connection.send(stored());
    });
    let options = CallOptions::new().stall_timeout(STALL).max_attempts(1);
    let mut put = Put::new(&server, 48 << 20, options);
    let (result, time) = timed(|| put.send());
    result.unwrap();
    assert!(time >= 2 * STALL, "{time:?}");
}

/// A service whose object store answers the first PUT like this and takes the second.
fn first_put(first: Vec<u8>) -> Server {
    let puts = AtomicUsize::new(0);
    Server::acting(move |request, _| {
        let host = request.header("host").unwrap();
        if request.line().ends_with("/files") {
            return Act::created("file-1", &format!("http://{host}/k?Signature=s"));
        }
        if !request.line().starts_with("PUT ") {
            return Act::ok();
        }
        match puts.fetch_add(1, Ordering::Relaxed) {
            0 => Act::Send(first.clone()),
            _ => Act::Send(answer("200 OK", "x-obs-request-id: o", "")),
        }
    })
}

fn source() -> tempfile::NamedTempFile {
    let mut source = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    source.write_all(b"content").unwrap();
    source
}

#[test]
fn bytes_that_did_not_arrive_as_announced_are_sent_again() {
    for code in ["IncompleteBody", "RequestTimeout"] {
        let body = format!("<Error><Code>{code}</Code></Error>");
        let server = first_put(answer("400 Bad Request", "", body));
        let source = source();
        let upload = Upload::new(source.path(), asset());
        client(&server).upload(upload).unwrap();
        assert_eq!(server.requests().len(), 4, "{code}");
    }
}

#[test]
fn f36_the_stores_retry_after_is_honoured() {
    let busy = answer("503 Busy", "Retry-After: 3600", "");
    let server = first_put(busy);
    let source = source();
    let upload = Upload::new(source.path(), asset());
    let error = client(&server).upload(upload).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    let puts = server.requests();
    let puts = puts.iter().filter(|it| it.line().starts_with("PUT "));
    assert_eq!(puts.count(), 1);
}

#[test]
fn f34_a_success_without_an_id_of_the_store_is_none() {
    let page = answer("200 OK", "Content-Type: text/html", "<html>Sign in</html>");
    let server = first_put(page);
    let source = source();
    let upload = Upload::new(source.path(), asset());
    let error = client(&server).upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert_eq!(server.requests().len(), 3, "created, put, FAILED");
}
