//! Faults that the service itself carries out, seen as answers.

use std::{
    io::{Read, Write},
    time::Duration,
};

use mss_emulator::{Fault, FileState, Operation};
use serde_json::json;

use crate::support::{Connection, Request, call, confirm, emulator, fields, register};

#[test]
fn a_status_with_all_that_can_stand_in_it() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    let busy = Fault::status(429).retry_after("17").code("APIGW.0308");
    let id = emulator
        .inject(busy.on(Operation::ConfirmFileUpload))
        .unwrap();
    let answer = confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("17"))
    );
    assert_eq!(answer.error_code(), "APIGW.0308");
    assert_eq!(emulator.fired(id), 1);

    let portal = Fault::status(200).body("text/html", "<html>log in</html>");
    emulator.inject(portal.without_request_id()).unwrap();
    let answer = confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "<html>log in</html>")
    );
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.header("x-request-id"), None);

    let elsewhere = Fault::status(307).location("http://127.0.0.1:1/elsewhere");
    emulator.inject(elsewhere).unwrap();
    let answer = confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(answer.status, 307);
    assert_eq!(
        answer.header("location"),
        Some("http://127.0.0.1:1/elsewhere")
    );
    assert_eq!(emulator.files()[0].state, FileState::Creating);
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
}

#[test]
fn a_refusal_that_was_applied_nevertheless() {
    let emulator = emulator();
    let applied = Fault::status(500).applied().always();
    emulator.inject(applied).unwrap();
    let created = call(&emulator, "/files", &fields(b"x", "mp4", "a")).send(&emulator);
    assert_eq!(
        (created.status, created.error_code().as_str()),
        (500, "MSS.00000004")
    );
    let file_id = emulator.files()[0].file_id.clone();
    assert_eq!(emulator.requests()[0].file_id.as_ref(), Some(&file_id));
    // What the service refuses by itself is no fault.
    assert_eq!(confirm(&emulator, &file_id, "BOGUS").status, 400);
    assert_eq!(emulator.faults()[0].fired, 1);
    assert_eq!(confirm(&emulator, &file_id, "FAILED").status, 500);
    assert_eq!(emulator.files()[0].state, FileState::Failed);

    emulator.clear_faults();
    let file = register(&emulator, b"y");
    let late = Fault::store_error("InternalError").applied();
    emulator.inject(late).unwrap();
    let answer = file.put.send(&emulator);
    assert_eq!(
        (answer.status, answer.xml_code().as_str()),
        (500, "InternalError")
    );
    assert!(emulator.files()[1].put.is_some());
}

#[test]
fn errors_of_the_store_come_with_their_status() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    for (code, status) in [
        ("AccessDenied", 403),
        ("SignatureDoesNotMatch", 403),
        ("BadDigest", 400),
        ("IncompleteBody", 400),
        ("RequestTimeout", 400),
        ("InternalError", 500),
        ("SlowDown", 503),
        ("SomethingNew", 500),
    ] {
        emulator.inject(Fault::store_error(code)).unwrap();
        let answer = file.put.send(&emulator);
        assert_eq!((answer.status, answer.xml_code().as_str()), (status, code));
        assert_eq!(emulator.files()[0].put, None);
    }
    assert_eq!(file.put.send(&emulator).status, 200);
}

#[test]
fn a_request_that_is_refused_anyway_uses_no_fault_up() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let put = emulator.inject(Fault::store_error("SlowDown")).unwrap();
    let call = emulator.inject(Fault::status(503)).unwrap();
    let wrong = file.put.clone().replace("content-type", "text/plain");
    assert_eq!(wrong.send(&emulator).xml_code(), "SignatureDoesNotMatch");
    let unsigned = Request::new("POST", "/v1/p/files", "{}").header("Host", "x");
    assert_eq!(unsigned.send(&emulator).status, 401);
    assert_eq!((emulator.fired(put), emulator.fired(call)), (0, 0));
    assert_eq!(file.put.send(&emulator).status, 503);
}

#[test]
fn a_url_that_has_expired_when_it_is_handed_out() {
    let emulator = emulator();
    let expired = Fault::expired().on(Operation::CreateFile);
    let id = emulator.inject(expired).unwrap();
    let refused = call(&emulator, "/files", &json!({})).send(&emulator);
    assert_eq!((refused.status, emulator.fired(id)), (400, 0));
    let late = register(&emulator, b"x");
    assert_eq!(emulator.fired(id), 1);
    let answer = late.put.send(&emulator);
    assert_eq!(answer.xml_code(), "AccessDenied");
    assert!(answer.text().contains("Request has expired"));

    let fresh = register(&emulator, b"x");
    emulator
        .inject(Fault::expired().on(Operation::PutObject))
        .unwrap();
    let answer = fresh.put.send(&emulator);
    assert_eq!(
        (answer.status, answer.xml_code().as_str()),
        (403, "AccessDenied")
    );
    assert!(answer.text().contains("Request has expired"));
    assert_eq!(fresh.put.send(&emulator).status, 200);
}

#[test]
fn a_client_that_waits_for_its_go_ahead() {
    let emulator = emulator();
    let file = register(&emulator, b"content");
    let put = file.put.clone().header("Expect", "100-continue");
    let mut connection = Connection::open(emulator.local_addr());

    // It never comes: the client sends in the end, and all is well.
    let id = emulator.inject(Fault::no_continue()).unwrap();
    connection.0.write_all(&put.head()).unwrap();
    let patience = Some(Duration::from_millis(200));
    connection.0.set_read_timeout(patience).unwrap();
    connection.0.read(&mut [0]).unwrap_err();
    assert_eq!(emulator.fired(id), 1);
    connection
        .0
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    connection.0.write_all(b"content").unwrap();
    assert_eq!(connection.read().status, 200);

    // The next time it does.
    connection.0.write_all(&put.head()).unwrap();
    assert_eq!(connection.read().status, 100);
    connection.0.write_all(b"content").unwrap();
    assert_eq!(connection.read().status, 200);

    // 417, and an early success: neither reads the content.
    for status in [417, 200] {
        let file = register(&emulator, b"content");
        let put = file.put.clone().header("Expect", "100-continue");
        emulator
            .inject(Fault::status(status).on(Operation::PutObject))
            .unwrap();
        let mut connection = Connection::open(emulator.local_addr());
        connection.0.write_all(&put.head()).unwrap();
        assert_eq!(connection.read().status, status);
        assert_eq!(emulator.files().last().unwrap().put, None);
    }
}

#[test]
fn the_place_in_an_answer_does_not_count_the_go_ahead() {
    let emulator = emulator();
    let file = register(&emulator, b"content");
    let put = file.put.clone().header("Expect", "100-continue");
    emulator
        .inject(Fault::truncate(12).on(Operation::PutObject))
        .unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&put.head()).unwrap();
    connection.0.write_all(b"content").unwrap();
    let mut bytes = String::new();
    connection.0.read_to_string(&mut bytes).unwrap();
    assert_eq!(bytes, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200");
}
