//! A clock that is wrong: corrected once, by the gateway and nobody else.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use mss_emulator::Emulator;
use mss_http::{
    BatchItem, CallOptions, Client, CredentialSource, Credentials, ErrorKind, Outcome, UploadState,
};
use time::{Duration, OffsetDateTime};

use crate::support::{Act, Server, Service, client, file, locked, timed};

/// An emulator whose clock is this much ahead of the machine's.
fn ahead(offset: Duration) -> Service {
    let clock = move || OffsetDateTime::now_utc() + offset;
    Service::of(Emulator::builder().clock(Arc::new(clock)))
}

#[test]
fn f13_a_wrong_clock_is_corrected_by_one_repeat() {
    for offset in [
        Duration::minutes(20),
        Duration::minutes(-20),
        Duration::days(3650),
        Duration::days(-3650),
    ] {
        let service = ahead(offset);
        // Any answer but 401 says that the signature was accepted.
        for calls in 1..=3 {
            let error = service
                .client
                .confirm_file_upload(&file(), UploadState::Created)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{offset}: {error}");
            assert_eq!(service.requests(), calls + 1, "{offset}");
        }
    }
}

#[test]
fn f13_many_calls_at_once_find_the_same_clock() {
    let service = ahead(Duration::hours(5));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let error = service
                    .client
                    .confirm_file_upload(&file(), UploadState::Created)
                    .unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
            });
        }
    });
    assert_eq!(service.requests(), 17, "one call found it out for all");
}

#[test]
fn f13_several_clients_of_a_key_find_the_same_clock() {
    let service = ahead(Duration::minutes(40));
    thread::scope(|scope| {
        for _ in 0..8 {
            let keys =
                Credentials::new(service.emulator.access_key(), service.emulator.secret_key());
            let builder = Client::builder().endpoint(service.emulator.url());
            let builder = builder.project_id(service.emulator.project_id());
            let client = builder.credentials(keys.unwrap()).build().unwrap();
            scope.spawn(move || {
                let error = client
                    .confirm_file_upload(&file(), UploadState::Created)
                    .unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
            });
        }
    });
    assert_eq!(service.requests(), 9);
}

/// Keys for an hour that look as if they had ended two hours ago.
#[test]
fn f13_temporary_keys_survive_a_clock_that_is_fast() {
    let lifetime = Emulator::builder().key_lifetime(std::time::Duration::from_secs(3600));
    let service =
        Service::of(lifetime.clock(Arc::new(|| OffsetDateTime::now_utc() - Duration::hours(3))));
    let source = CredentialSource::metadata_at(service.emulator.url()).unwrap();
    let builder = Client::builder().endpoint(service.emulator.url());
    let builder = builder.project_id(service.emulator.project_id());
    let client = builder.credential_source(source).build().unwrap();
    for _ in 0..2 {
        let error = client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
}

/// The clock may change again; each call corrects it once at most.
#[test]
fn f14_a_clock_that_jumps_is_followed() {
    let offset = Arc::new(Mutex::new(Duration::ZERO));
    let seen = Arc::clone(&offset);
    let clock = move || OffsetDateTime::now_utc() + *locked(&seen);
    let service = Service::of(Emulator::builder().clock(Arc::new(clock)));
    let mut expected = 0;
    for (hours, requests) in [(0, 1), (1, 2), (1, 1), (-1, 2), (0, 2)] {
        *locked(&offset) = Duration::hours(hours);
        let error = service
            .client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        expected += requests;
        assert_eq!(service.requests(), expected, "{hours} h");
    }
}

/// Nothing is lost, and nobody waits by a clock that jumps. No more threads than that: each may have
/// a request under way when it happens, and more than five failures lock a key.
#[test]
fn f14_a_clock_that_jumps_during_a_batch_costs_a_few_repeats() {
    const CALLS: usize = 400;
    const THREADS: usize = 4;
    let asked = Arc::new(AtomicUsize::new(0));
    let clock = move || {
        let has_jumped = asked.fetch_add(1, Ordering::Relaxed) > CALLS / 2;
        OffsetDateTime::now_utc() + Duration::hours(if has_jumped { 3 } else { 0 })
    };
    let service = Service::of(Emulator::builder().clock(Arc::new(clock)));
    let items = (0..CALLS).map(|number| {
        let file = format!("file-{number}").parse().unwrap();
        BatchItem::new(file, UploadState::Created)
    });
    let (results, time) = timed(|| service.client.batch().concurrency(THREADS).run_all(items));
    let results: Vec<_> = results.unwrap().map(Result::unwrap).collect();
    assert_eq!(results.len(), CALLS);
    for it in &results {
        let error = it.result.as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    }
    let repeats = service.requests() - CALLS;
    assert!((1..=THREADS).contains(&repeats), "{repeats}");
    assert!(time.as_secs() < 30, "{time:?}");
}

#[test]
fn f13_a_server_that_always_says_expired_is_asked_twice() {
    let server = Server::acting(|request, _| {
        let date = request.header("x-sdk-date").unwrap_or_default();
        let message = format!(
            "Incorrect IAM authentication information: calc aksk signature fail:signature \
             expired, signature time:{date},server time:20200101T000000Z"
        );
        let body = format!(r#"{{"error_code":"APIGW.0301","error_msg":"{message}"}}"#);
        Act::answer("401 Unauthorized", "X-Request-Id: r", body)
    });
    let error = client(&server)
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!((server.requests().len(), error.attempts().len()), (2, 2));
}

/// The repeat is the same call in another form, so it is none of the attempts.
#[test]
fn f13_the_repeat_costs_no_attempt() {
    let server = Server::acting(|request, number| match number {
        0 => {
            let date = request.header("x-sdk-date").unwrap_or_default();
            let message = format!(
                "calc aksk signature fail:signature expired, signature time:{date},server \
                 time:20300101T000000Z"
            );
            let body = format!(r#"{{"error_code":"APIGW.0301","error_msg":"{message}"}}"#);
            Act::answer("401 Unauthorized", "X-Request-Id: r", body)
        }
        1 => Act::status(503),
        _ => Act::ok(),
    });
    let options = CallOptions::new().max_attempts(2);
    let client = client(&server).with_options(options).unwrap();
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn f13_a_proxys_page_corrects_nothing() {
    let old = "Date: Wed, 01 Jan 2020 00:00:00 GMT";
    for (status, body) in [
        ("401 Unauthorized", "<html>signature expired</html>"),
        ("407 Proxy Authentication Required", "{}"),
        ("403 Forbidden", r#"{"error_code":"APIGW.0301"}"#),
    ] {
        let server = Server::script([Act::answer(status, old, body), Act::ok()]);
        let client = client(&server);
        let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
        confirm().unwrap_err();
        confirm().unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{status}");
        let year = &requests[1].header("x-sdk-date").unwrap()[..4];
        let now = OffsetDateTime::now_utc().year().to_string();
        assert_eq!(year, now, "{status}");
    }
}
