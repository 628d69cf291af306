//! Names and ports that lead nowhere.

use std::time::Duration;

use mss_http::{CallOptions, Client, ErrorKind, Outcome, Token, UploadState};

use crate::support::{
    Act, Blackhole, PROJECT, Server, assert_near, builder, closed_port, create, file, timed,
};

#[test]
fn f20_a_name_that_does_not_exist_is_named() {
    let client = builder()
        .endpoint("https://nowhere.invalid")
        .build()
        .unwrap();
    let (result, time) = timed(|| client.confirm_file_upload(&file(), UploadState::Created));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Resolve, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert!(error.to_string().contains("nowhere.invalid"), "{error}");
    assert_eq!(error.attempts().len(), 3, "{error}");
    assert!(time < Duration::from_millis(5250), "{time:?}");
}

#[test]
fn f21_a_refused_port_is_tried_again_with_pauses() {
    let endpoint = format!("http://127.0.0.1:{}", closed_port().unwrap());
    let client = builder().endpoint(endpoint).build().unwrap();
    for error in [
        client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err(),
        client.create_file(&create()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert_eq!(error.attempts().len(), 3, "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

/// The name has two addresses on most machines, and on the first one nobody listens.
#[test]
fn f21_all_addresses_of_a_name_are_tried() {
    let server = Server::script([Act::ok()]);
    let endpoint = format!("http://localhost:{}", server.address().port());
    let client = builder().endpoint(endpoint).build().unwrap();
    let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
    confirmed.unwrap();
    assert_eq!(server.counts(), (1, 1));
}

#[test]
fn f21_a_blackhole_ends_with_the_time_for_connecting() {
    let blackhole = Blackhole::new();
    let budget = Duration::from_millis(300);
    let options = CallOptions::new().connect_timeout(budget).max_attempts(1);
    let builder = builder().endpoint(blackhole.url()).options(options);
    let client = builder.build().unwrap();
    let (result, time) = timed(|| client.create_file(&create()));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert!(error.to_string().contains("connect"), "{error}");
    assert_near(time, budget);
}

/// Threads that hang in `connect` are bounded, and don't keep calls to other hosts waiting.
#[test]
fn f21_many_calls_into_a_blackhole_leave_room_for_others() {
    let blackhole = Blackhole::new();
    let server = Server::script([Act::ok()]);
    let budget = Duration::from_millis(500);
    let options = CallOptions::new().connect_timeout(budget).max_attempts(1);
    // With a token: of a key that nobody knows only one call at a time is made.
    let token = Token::new("token").unwrap();
    let lost = Client::builder().project_id(PROJECT).token(token);
    let lost = lost.endpoint(blackhole.url()).options(options);
    let lost = lost.build().unwrap();
    let other = builder().endpoint(server.url()).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                let (result, time) = timed(|| lost.create_file(&create()));
                assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
                assert!(time < 2 * budget, "{time:?}");
            });
        }
        let (confirmed, time) = timed(|| other.confirm_file_upload(&file(), UploadState::Created));
        confirmed.unwrap();
        assert!(time < budget, "{time:?}");
    });
}

#[test]
fn f22_a_port_without_tls_gets_nothing_of_the_request() {
    let server = Server::raw(|connection, _| {
        // Long enough for a request, if one came in the clear.
        let seen = connection.read_exactly(16).unwrap_or_default();
        assert!(!seen.starts_with(b"POST"), "the request came in the clear");
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let endpoint = format!("https://{}", server.address());
    let client = builder().endpoint(endpoint).build().unwrap();
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(server.connections(), 1, "another try would meet the same");
}

#[test]
fn f24_a_handshake_that_stalls_ends_with_the_time_for_connecting() {
    let server = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    let budget = Duration::from_millis(300);
    let options = CallOptions::new().connect_timeout(budget).max_attempts(1);
    let endpoint = format!("https://{}", server.address());
    let builder = builder().endpoint(endpoint).options(options);
    let (result, time) = timed(|| builder.build().unwrap().create_file(&create()));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_near(time, budget);
}
