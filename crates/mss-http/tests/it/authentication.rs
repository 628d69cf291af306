//! A key that is refused is left alone, by all calls of the process.

use std::{
    sync::{Arc, Barrier, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use mss_http::{Client, Credentials, ErrorKind, Outcome, UploadState};

use crate::support::{Act, Server, Service, builder, client, file, keys, locked, quick};

const REFUSED: &str = r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail","request_id":"refused-1"}"#;

fn refusal() -> Act {
    Act::answer("401 Unauthorized", "X-Request-Id: refused-1", REFUSED)
}

#[test]
fn f12_a_wrong_key_fails_once_whoever_calls() {
    let server = Server::script([refusal()]);
    let client = client(&server);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..32 {
                    let error = client
                        .confirm_file_upload(&file(), UploadState::Created)
                        .unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
                    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
                    assert!(error.to_string().contains("verify aksk"), "{error}");
                }
            });
        }
    });
    assert_eq!(server.requests().len(), 1);
}

/// A gateway that locks keys, and a thousand calls.
#[test]
fn f12_a_wrong_secret_and_a_thousand_calls_are_one_failure() {
    let service = Service::new();
    let access_key = service.emulator.access_key();
    let keys = Credentials::new(access_key, "not-its-secret-key").unwrap();
    let builder = Client::builder().endpoint(service.emulator.url());
    let builder = builder.project_id(service.emulator.project_id());
    let client = builder.credentials(keys).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..32 {
                    let error = client
                        .confirm_file_upload(&file(), UploadState::Created)
                        .unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
                }
            });
        }
    });
    let failures = service.emulator.authentication_failures();
    let failed: u64 = failures.iter().map(|it| it.failures).sum();
    assert_eq!((failed, service.requests()), (1, 1));
    // Whoever has the right secret is let in at once.
    let error = service
        .client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[test]
fn f12_later_calls_say_what_was_answered_first_and_when_to_come_back() {
    let server = Server::script([refusal()]);
    let client = client(&server);
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    let first = confirm().unwrap_err();
    assert_eq!((first.status(), first.retry_after()), (Some(401), None));
    let later = confirm().unwrap_err();
    assert!(later.attempts().is_empty());
    let wait = later.retry_after().unwrap().as_secs();
    assert!((290..=300).contains(&wait), "{wait} s");
    let text = later.to_string();
    for part in [
        "ConfirmFileUpload of file 24bad716-87b1-45e5-8912-6102f7693265: not tried",
        "refused before: status 401 APIGW.0301, Incorrect IAM",
        "request id refused-1",
        "(not applied; nothing was sent); come back in",
    ] {
        assert!(text.contains(part), "{part} isn't in: {text}");
    }
}

/// Other clients with the same key are the same key; another secret is another one.
#[test]
fn f12_clients_share_what_is_known_of_a_key() {
    let server = Server::script([refusal(), Act::ok()]);
    let keys = keys();
    let of = |keys: &Credentials| {
        let client = builder().credentials(keys.clone()).endpoint(server.url());
        client.build().unwrap()
    };
    let confirm = |client: &Client| client.confirm_file_upload(&file(), UploadState::Created);
    confirm(&of(&keys)).unwrap_err();
    confirm(&of(&keys)).unwrap_err();
    assert_eq!(server.requests().len(), 1);
    let corrected = Credentials::new(keys.access_key(), "another-secret-key").unwrap();
    confirm(&of(&corrected)).unwrap();
    confirm(&of(&keys)).unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn f12_a_key_that_goes_bad_stops_what_is_not_yet_sent() {
    const THREADS: usize = 32;
    let good = Arc::new(Barrier::new(THREADS));
    // All are in flight when the first of them is refused.
    let server = Server::acting(move |_, number| {
        if number < THREADS {
            return Act::ok();
        }
        if number < 2 * THREADS {
            good.wait();
        }
        refusal()
    });
    let client = client(&server);
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    for _ in 0..THREADS {
        confirm().unwrap();
    }
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..10).for_each(|_| drop(confirm().unwrap_err())));
        }
    });
    assert_eq!(server.requests().len(), 2 * THREADS);
}

/// Until a call was accepted, one is in flight at a time.
#[test]
fn f12_before_a_key_is_proven_calls_follow_each_other() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::acting(move |_, number| {
        if number == 0 {
            let _ = locked(&wait).recv();
        }
        Act::ok()
    });
    let client = client(&server);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client
                    .confirm_file_upload(&file(), UploadState::Created)
                    .unwrap();
            });
        }
        server.wait_for_requests(1);
        let options = quick(Duration::from_millis(300));
        let impatient = client.with_options(options).unwrap();
        let started = Instant::now();
        let error = impatient
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert!(started.elapsed() >= Duration::from_millis(300));
        assert_eq!(server.requests().len(), 1);
        drop(go);
    });
    assert_eq!(server.requests().len(), 8);
}

/// A login page, a refusal of the permission, an outage: none of them is about the key.
#[test]
fn f12_what_says_nothing_of_the_key_holds_nobody() {
    for (status, body) in [
        ("401 Unauthorized", "<html>please log in</html>"),
        ("403 Forbidden", REFUSED),
        ("401 Unauthorized", r#"{"error_code":"MSS.00000001"}"#),
        ("400 Bad Request", REFUSED),
    ] {
        let server = Server::script([Act::answer(status, "X-Request-Id: r", body)]);
        let client = client(&server);
        for _ in 0..3 {
            client
                .confirm_file_upload(&file(), UploadState::Created)
                .unwrap_err();
        }
        assert_eq!(server.requests().len(), 3, "{status} {body}");
    }
}
