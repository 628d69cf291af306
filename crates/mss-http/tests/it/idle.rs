//! Kept connections that end, or aren't clean, when the next call wants them.

use std::{
    sync::{Mutex, mpsc},
    thread,
};

use mss_http::{ErrorKind, Outcome, UploadState};

use crate::support::{
    PATIENCE, Server, answer, client_with_token, create, file, locked, ok, ok_with, once, timed,
};

/// A server that ends its first connection when told to, after one answer.
fn ends_when_told(answer: Vec<u8>, reset: bool) -> (Server, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel();
    let told = Mutex::new(told);
    let server = Server::raw(move |connection, number| {
        while connection.request().is_some() && connection.send(&answer) {
            if number == 0 {
                let _ = locked(&told).recv_timeout(PATIENCE);
                if reset {
                    connection.reset();
                }
                return;
            }
        }
    });
    (server, tell)
}

fn created() -> Vec<u8> {
    let body = r#"{"file_id":"f-1","upload_url":"http://127.0.0.1:1/k?Signature=s"}"#;
    answer("200 OK", "X-Request-Id: created", body)
}

#[test]
fn f27_an_idle_connection_that_was_closed_is_not_noticed_by_the_caller() {
    for reset in [false, true] {
        let (server, tell) = ends_when_told(ok(), reset);
        // One attempt only: nothing may hide behind a retry.
        let client = once(&server);
        let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
        confirm().unwrap();
        tell.send(()).unwrap();
        server.wait_for_ends(1);
        confirm().unwrap();
        assert_eq!(server.counts(), (2, 2), "reset {reset}");
        confirm().unwrap();
        assert_eq!(server.counts(), (3, 2), "reset {reset}");
    }
}

#[test]
fn f27_a_registration_survives_it_too() {
    for reset in [false, true] {
        let (server, tell) = ends_when_told(created(), reset);
        let client = client_with_token(&server, "token");
        client.create_file(&create()).unwrap();
        tell.send(()).unwrap();
        server.wait_for_ends(1);
        client.create_file(&create()).unwrap();
        assert_eq!(server.counts(), (2, 2), "reset {reset}");
    }
}

/// Two connections are kept, and the server ends each when a second request arrives on it.
fn stale_pair(answer: Vec<u8>, reset: bool) -> Server {
    let both = std::sync::Barrier::new(2);
    Server::raw(move |connection, number| {
        let mut requests = 0;
        while connection.request().is_some() {
            requests += 1;
            if number < 2 {
                if requests == 2 {
                    if reset {
                        connection.reset();
                    }
                    return;
                }
                both.wait();
            }
            if !connection.send(&answer) {
                return;
            }
        }
    })
}

#[test]
fn f28_a_stale_connection_costs_one_more_request_on_a_fresh_one() {
    for reset in [false, true] {
        let server = stale_pair(ok(), reset);
        let client = client_with_token(&server, "token");
        let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
        thread::scope(|scope| {
            scope.spawn(|| confirm().unwrap());
            scope.spawn(|| confirm().unwrap());
        });
        assert_eq!(server.counts(), (2, 2));
        let (confirmed, time) = timed(confirm);
        confirmed.unwrap();
        // The other kept connection isn't tried: it's as old.
        assert_eq!(server.counts(), (4, 3), "reset {reset}");
        assert_eq!(server.requests()[3].connection, 2);
        assert!(time.as_millis() < 100, "no back-off here, took {time:?}");
    }
}

#[test]
fn f28_a_registration_is_not_repeated_even_then() {
    for reset in [false, true] {
        let server = stale_pair(created(), reset);
        let client = client_with_token(&server, "token");
        thread::scope(|scope| {
            scope.spawn(|| client.create_file(&create()).unwrap());
            scope.spawn(|| client.create_file(&create()).unwrap());
        });
        let error = client.create_file(&create()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(server.counts(), (3, 2), "reset {reset}");
    }
}

#[test]
fn f33_bytes_behind_an_answer_are_no_answer_to_the_next_request() {
    for body in ["", "{}"] {
        let first = answer("200 OK", "X-Request-Id: first", body);
        let forged = ok_with("forged");
        let server = Server::raw(move |connection, number| {
            while connection.request().is_some() {
                let bytes = match number {
                    0 => [&first[..], &forged].concat(),
                    _ => ok_with("second"),
                };
                if !connection.send(bytes) {
                    return;
                }
            }
        });
        let client = once(&server);
        let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
        assert_eq!(confirm().unwrap().request_id, "first");
        assert_eq!(confirm().unwrap().request_id, "second");
        assert_eq!(server.counts(), (2, 2));
    }
}

#[test]
fn f33_bytes_that_come_later_are_no_answer_either() {
    let (tell, told) = mpsc::channel();
    let (sent, when_sent) = mpsc::channel();
    let told = Mutex::new(told);
    let server = Server::raw(move |connection, number| {
        let id = if number == 0 { "first" } else { "second" };
        while connection.request().is_some() && connection.send(ok_with(id)) {
            if number == 0 {
                let _ = locked(&told).recv_timeout(PATIENCE);
                connection.send(ok_with("forged"));
                let _ = sent.send(());
            }
        }
    });
    let client = once(&server);
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    assert_eq!(confirm().unwrap().request_id, "first");
    tell.send(()).unwrap();
    when_sent.recv_timeout(PATIENCE).unwrap();
    assert_eq!(confirm().unwrap().request_id, "second");
    assert_eq!(server.counts(), (2, 2));
}
