//! Servers that fail, for a moment and for ever.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mss_core::retry::RetryQuota;
use mss_http::{BatchItem, CallOptions, ErrorKind, Outcome, UploadState};

use crate::support::{Act, Server, client, client_with_token, create, file, once};

const STATUSES: [u16; 4] = [500, 502, 503, 504];

#[test]
fn f37_a_confirmation_survives_two_failures() {
    for status in STATUSES {
        for failures in [1, 2] {
            let mut script = vec![Act::status(status); failures];
            script.push(Act::ok());
            let server = Server::script(script);
            client(&server)
                .confirm_file_upload(&file(), UploadState::Created)
                .unwrap();
            assert_eq!(server.requests().len(), failures + 1, "{status}");
        }
    }
}

#[test]
fn f37_a_failure_that_stays_is_reported_with_all_attempts() {
    for status in STATUSES {
        let server = Server::script([Act::status(status)]);
        let error = client(&server)
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(error.error_code(), Some(format!("MSS.{status}").as_str()));
        assert_eq!(error.attempts().len(), 3, "{error}");
        for attempt in error.attempts() {
            assert_eq!(attempt.status, Some(status));
            assert_eq!(attempt.outcome, Outcome::Unknown);
        }
        assert_eq!(server.requests().len(), 3, "{status}");
    }
}

#[test]
fn f37_a_registration_is_made_once_whatever_fails() {
    for status in STATUSES {
        let url = "http://127.0.0.1:9/k?Signature=s";
        let server = Server::script([Act::status(status), Act::created("f-1", url)]);
        let error = client(&server).create_file(&create()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[test]
fn f37_a_registration_is_repeated_when_it_was_surely_not_made() {
    let url = "http://127.0.0.1:9/k?Signature=s";
    let throttled = r#"{"error_code":"APIGW.0308","error_msg":"throttled"}"#;
    for failure in [
        Act::answer("503 Service Unavailable", "", throttled),
        Act::status(408),
        Act::status(429),
    ] {
        let server = Server::script([failure, Act::created("f-1", url)]);
        client(&server).create_file(&create()).unwrap();
        assert_eq!(server.requests().len(), 2);
    }
}

/// Calls in an outage, and the most requests that may come of them.
const CALLS: usize = 200;
const LOAD: usize = CALLS + CALLS / 10;

#[test]
fn f37_an_outage_is_not_made_worse_by_retries() {
    let mut most = 0;
    for act in [Act::status(503), Act::close()] {
        let server = Server::script([act.clone()]);
        let client = client(&server);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                // A clone with options of its own still draws on the common store.
                let options = CallOptions::new().max_attempts(5);
                let client = client.clone().with_options(options).unwrap();
                scope.spawn(move || {
                    for _ in 0..CALLS / 4 {
                        client
                            .confirm_file_upload(&file(), UploadState::Created)
                            .unwrap_err();
                    }
                });
            }
        });
        let requests = server.requests().len();
        assert!((CALLS..=LOAD).contains(&requests), "{requests} for {act:?}");
        most = most.max(requests);
    }
    let [most, calls] = [most, CALLS].map(|it| f64::from(u32::try_from(it).unwrap()));
    println!("figure: retry load in an outage = {:.3}", most / calls);
}

#[test]
fn f37_an_outage_is_not_made_worse_by_batches() {
    let server = Server::script([Act::status(503)]);
    let client = client_with_token(&server, "token");
    for _ in 0..2 {
        let items = (0..CALLS / 2).map(|number| {
            let id = format!("file-{number}").parse().unwrap();
            BatchItem::new(id, UploadState::Created)
        });
        let clone = client.clone();
        for result in clone.batch().run(items).unwrap() {
            assert_eq!(result.unwrap().outcome(), Outcome::Unknown);
        }
    }
    let requests = server.requests().len();
    assert!((CALLS..=LOAD).contains(&requests), "{requests}");
}

#[test]
fn f37_after_an_outage_calls_succeed_at_once_and_bring_retries_back() {
    let store = RetryQuota::CAPACITY as usize;
    let outage = Arc::new(AtomicBool::new(true));
    let fails_once = Arc::new(AtomicBool::new(false));
    let server = Server::acting({
        let (outage, fails_once) = (Arc::clone(&outage), Arc::clone(&fails_once));
        move |_, _| {
            if outage.load(Ordering::SeqCst) || fails_once.swap(false, Ordering::SeqCst) {
                Act::status(503)
            } else {
                Act::ok()
            }
        }
    });
    let client = client_with_token(&server, "token");
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    for _ in 0..store {
        confirm().unwrap_err();
    }
    let spent = server.requests().len();
    confirm().unwrap_err();
    assert_eq!(server.requests().len(), spent + 1, "no retry is left");
    outage.store(false, Ordering::SeqCst);
    for _ in 0..10 {
        confirm().unwrap();
    }
    assert_eq!(server.requests().len(), spent + 11);
    fails_once.store(true, Ordering::SeqCst);
    confirm().unwrap();
    assert_eq!(server.requests().len(), spent + 13);
}

#[test]
fn f38_a_refusal_after_a_lost_answer_settles_nothing() {
    for lost in [
        Act::close(),
        Act::reset(),
        Act::status(500),
        Act::status(504),
    ] {
        for refusal in [400, 404, 409] {
            let server = Server::script([lost.clone(), Act::status(refusal)]);
            let error = client(&server)
                .confirm_file_upload(&file(), UploadState::Created)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
            assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
            assert_eq!(error.status(), Some(refusal), "{error}");
            let outcomes: Vec<_> = error.attempts().iter().map(|a| a.outcome).collect();
            assert_eq!(outcomes, [Outcome::Unknown, Outcome::NotApplied]);
            assert!(error.attempts()[1].message.contains("refused as"));
            assert_eq!(server.requests().len(), 2);
            for request in server.requests() {
                assert_eq!(request.text(), r#"{"state":"CREATED"}"#);
            }
        }
    }
}

#[test]
fn f38_a_refusal_at_first_is_plain() {
    let server = Server::script([Act::status(409)]);
    let error = once(&server)
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}
