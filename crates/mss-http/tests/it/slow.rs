//! Servers that take their time.

use std::time::Duration;

use mss_http::{CallOptions, Error, ErrorKind, Outcome, UploadState};

use crate::support::{Act, Server, assert_near, client, create, file, ok, timed};

const BUDGET: Duration = Duration::from_millis(300);

/// Head and body byte by byte would take seconds.
fn slow_acts() -> [(&'static str, Act); 3] {
    let head = b"HTTP/1.1 200 OK\r\nX-Request-Id: request-1\r\n".to_vec();
    let slow_head = Act::Drip {
        start: Vec::new(),
        slowly: [&head[..], &b"X-Slow: y\r\n".repeat(50)].concat(),
    };
    let slow_body = Act::Drip {
        start: [&head[..], b"Content-Length: 1000\r\n\r\n"].concat(),
        slowly: vec![b' '; 1000],
    };
    [
        ("silence", Act::Silence),
        ("slow head", slow_head),
        ("slow body", slow_body),
    ]
}

#[track_caller]
fn assert_timeout(error: &Error, what: &str) {
    assert_eq!(error.kind(), ErrorKind::Timeout, "{what}: {error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{what}: {error}");
}

#[test]
fn f30_an_attempt_ends_on_time_whatever_drips() {
    for (what, act) in slow_acts() {
        let server = Server::script([act]);
        let options = CallOptions::new().attempt_timeout(BUDGET).max_attempts(1);
        let client = client(&server).with_options(options).unwrap();
        let (result, time) = timed(|| client.confirm_file_upload(&file(), UploadState::Created));
        assert_timeout(&result.expect_err(what), what);
        assert_near(time, BUDGET);
        assert_eq!(server.counts(), (1, 1), "{what}");
    }
}

#[test]
fn f30_the_time_for_all_attempts_wins_over_retries() {
    for (what, act) in slow_acts() {
        let server = Server::script([act]);
        let options = CallOptions::new().total_timeout(BUDGET).max_attempts(100);
        let client = client(&server).with_options(options).unwrap();
        let (result, time) = timed(|| client.confirm_file_upload(&file(), UploadState::Created));
        assert_timeout(&result.expect_err(what), what);
        assert_near(time, BUDGET);
    }
}

#[test]
fn f30_a_slow_registration_is_not_repeated() {
    for (what, act) in slow_acts() {
        let server = Server::script([act]);
        let options = CallOptions::new().attempt_timeout(BUDGET);
        let client = client(&server).with_options(options).unwrap();
        let (result, time) = timed(|| client.create_file(&create()));
        assert_timeout(&result.expect_err(what), what);
        assert_near(time, BUDGET);
        assert_eq!(server.counts(), (1, 1), "{what}");
    }
}

#[test]
fn f30_a_confirmation_is_repeated_after_a_silent_attempt() {
    let server = Server::script([Act::Silence, Act::ok()]);
    let options = CallOptions::new().attempt_timeout(BUDGET);
    let client = client(&server).with_options(options).unwrap();
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(server.counts(), (2, 2));
}

#[test]
fn f30_a_refusal_with_a_slow_body_is_a_refusal() {
    let server = Server::script([Act::Drip {
        start:
            b"HTTP/1.1 400 Bad Request\r\nX-Request-Id: request-1\r\nContent-Length: 1000\r\n\r\n"
                .to_vec(),
        slowly: vec![b'x'; 1000],
    }]);
    let options = CallOptions::new().attempt_timeout(BUDGET);
    let client = client(&server).with_options(options).unwrap();
    let (result, time) = timed(|| client.confirm_file_upload(&file(), UploadState::Created));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_near(time, BUDGET);
}

/// The next call isn't the worse for the one that ran out of time.
#[test]
fn f30_a_late_answer_is_nobodys() {
    let server = Server::raw(|connection, number| {
        while connection.request().is_some() {
            if number == 0 {
                std::thread::sleep(2 * BUDGET);
            }
            if !connection.send(ok()) {
                return;
            }
        }
    });
    let client = client(&server);
    let hasty = CallOptions::new().attempt_timeout(BUDGET).max_attempts(1);
    let hasty = client.with_options(hasty).unwrap();
    let error = hasty
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_timeout(&error, "late");
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(server.counts(), (2, 2));
}
