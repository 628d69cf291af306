//! Too many calls, and how long to stay away.

use std::time::Duration;

use mss_http::{CallOptions, ErrorKind, Outcome, UploadState};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::support::{Act, Server, client, create, file, timed};

const LIMIT: &str = r#"{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: policy api over ratelimit,limit:10,time:1 minute"}"#;

fn throttled(retry_after: &str) -> Act {
    let headers = match retry_after {
        "" => String::new(),
        value => format!("Retry-After: {value}"),
    };
    Act::answer("429 Too Many Requests", &headers, LIMIT)
}

fn confirm(server: &Server, total: u64) -> (Result<(), mss_http::Error>, Duration) {
    let options = CallOptions::new().total_timeout(Duration::from_secs(total));
    let client = client(server).with_options(options).unwrap();
    timed(|| {
        let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
        confirmed.map(drop)
    })
}

#[test]
fn f36_waits_as_told() {
    let server = Server::script([throttled("2"), Act::ok()]);
    let (result, time) = confirm(&server, 10);
    result.unwrap();
    assert!(time >= Duration::from_secs(2), "{time:?}");
    assert!(time < Duration::from_secs(4), "{time:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    // A signature is as old as its date, so each attempt has its own.
    for name in ["x-sdk-date", "authorization"] {
        assert_ne!(requests[0].header(name), requests[1].header(name));
    }
}

#[test]
fn f36_waits_until_a_date() {
    let at = OffsetDateTime::now_utc() + Duration::from_secs(2);
    let date = at.format(&Rfc2822).unwrap().replace("+0000", "GMT");
    let server = Server::script([throttled(&date), Act::ok()]);
    let (result, time) = confirm(&server, 10);
    result.unwrap();
    // A date has whole seconds.
    assert!(time >= Duration::from_millis(900), "{time:?}");
    assert!(time < Duration::from_secs(4), "{time:?}");
}

#[test]
fn f36_what_asks_for_nothing_waits_a_little() {
    let values = [
        "",
        "0",
        "-1",
        "1e9",
        "inf",
        "NaN",
        "soon",
        "1.5",
        "Mon, 01 Jan 2001 00:00:00 GMT",
    ];
    std::thread::scope(|scope| {
        for value in values {
            scope.spawn(move || {
                let server = Server::script([throttled(value), Act::ok()]);
                let (result, time) = confirm(&server, 10);
                result.expect(value);
                assert!(time < Duration::from_millis(1500), "{value}: {time:?}");
                assert_eq!(server.requests().len(), 2, "{value}");
            });
        }
    });
}

#[test]
fn f36_what_asks_for_more_than_there_is_ends_at_once() {
    let tomorrow = 24 * 60 * 60;
    for (value, total, expected) in [
        ("2", 1, 2),
        ("60", 60, 60),
        ("1000000000", 60, tomorrow),
        ("99999999999999999999999999", 60, tomorrow),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 60, tomorrow),
    ] {
        let server = Server::script([throttled(value), Act::ok()]);
        let (result, time) = confirm(&server, total);
        let error = result.expect_err(value);
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(expected)));
        assert!(
            error.message().contains("limit:10,time:1 minute"),
            "{error}"
        );
        assert!(time < Duration::from_millis(250), "{value}: {time:?}");
        assert_eq!(server.requests().len(), 1, "{value}");
    }
}

#[test]
fn f36_a_registration_that_was_throttled_was_not_made_and_is_tried_again() {
    let url = "http://127.0.0.1:9/k?Signature=s";
    let server = Server::script([throttled(""), throttled("0"), Act::created("f-1", url)]);
    let created = client(&server).create_file(&create()).unwrap();
    assert_eq!(created.file_id.as_str(), "f-1");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn f36_for_ever_throttled_ends_without_a_busy_loop() {
    let server = Server::script([throttled("0")]);
    let (result, _) = confirm(&server, 10);
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(error.attempts().len(), 3);
    assert_eq!(server.requests().len(), 3);
}
