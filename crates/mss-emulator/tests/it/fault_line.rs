//! Faults of the line, seen from a socket: which bytes get through, and what comes then.

use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use serde_json::json;

use crate::support::{
    Connection, Request, call, confirm, emulator, fields, register, show_asset, wait_until,
};

const CONTENT: &[u8] = &[b'x'; 100_000];

/// What a client gets to read, and how that ends.
fn read_all(connection: &mut Connection) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut bytes = Vec::new();
    let end = connection.0.read_to_end(&mut bytes);
    (bytes, end.map(|_| ()).map_err(|error| error.kind()))
}

/// Sends a request, and reads what comes back.
fn exchange(emulator: &Emulator, request: &Request) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut connection = Connection::open(emulator.local_addr());
    // In one go, so that it is the reading that hears of a reset.
    let bytes = [request.head(), request.body.clone()].concat();
    connection.0.write_all(&bytes).unwrap();
    read_all(&mut connection)
}

fn confirmation(emulator: &Emulator, file_id: &str) -> Request {
    let path = format!("/files/{file_id}/complete");
    call(emulator, &path, &json!({"state": "CREATED"}))
}

fn state(emulator: &Emulator) -> FileState {
    emulator.files()[0].state
}

#[test]
fn a_reset_within_the_content() {
    for after in [0, 1, 50_000, 99_999, 100_000] {
        let emulator = emulator();
        let file = register(&emulator, CONTENT);
        let put = Fault::reset().on(Operation::PutObject);
        let id = emulator.inject(put.after_body_bytes(after)).unwrap();
        let mut connection = Connection::open(emulator.local_addr());
        connection.0.write_all(&file.put.head()).unwrap();
        let up_to = usize::try_from(after).unwrap();
        if let Some(last) = up_to.checked_sub(1) {
            // One byte before its point nothing happens.
            connection.0.write_all(&CONTENT[..last]).unwrap();
            connection.0.write_all(&CONTENT[last..up_to]).unwrap();
        }
        let (bytes, end) = read_all(&mut connection);
        assert_eq!((bytes.len(), end), (0, Err(ErrorKind::ConnectionReset)));
        assert_eq!(emulator.fired(id), 1);
        assert_eq!(emulator.files()[0].put, None);
        // It was for once; the next one gets through.
        assert_eq!(file.put.send(&emulator).status, 200);
    }
}

#[test]
fn one_byte_before_its_point_nothing_happens() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let reset = Fault::reset().on(Operation::PutObject);
    let id = emulator.inject(reset.after_body_bytes(1000)).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&file.put.head()).unwrap();
    connection.0.write_all(&CONTENT[..999]).unwrap();
    wait_until(|| emulator.requests().len() == 2);
    let patience = Some(Duration::from_millis(200));
    connection.0.set_read_timeout(patience).unwrap();
    let silence = connection.0.read(&mut [0]).unwrap_err().kind();
    assert_eq!(silence, ErrorKind::WouldBlock);
    assert_eq!(emulator.fired(id), 0);
    connection.0.write_all(b"x").unwrap();
    wait_until(|| emulator.fired(id) == 1);
    assert_eq!(read_all(&mut connection).1, Err(ErrorKind::ConnectionReset));
}

#[test]
fn a_place_in_the_whole_request_counts_its_head() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let head = file.put.head();
    let after = head.len() as u64 + 10;
    let reset = Fault::reset().on(Operation::PutObject);
    let id = emulator.inject(reset.after_request_bytes(after)).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&head).unwrap();
    connection.0.write_all(&CONTENT[..9]).unwrap();
    let patience = Some(Duration::from_millis(200));
    connection.0.set_read_timeout(patience).unwrap();
    connection.0.read(&mut [0]).unwrap_err();
    assert_eq!(emulator.fired(id), 0);
    connection.0.write_all(b"x").unwrap();
    assert_eq!(read_all(&mut connection).1, Err(ErrorKind::ConnectionReset));
    assert_eq!(emulator.fired(id), 1);
}

#[test]
fn a_close_is_no_reset_and_reads_on() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let close = Fault::close().on(Operation::PutObject);
    emulator.inject(close.after_body_bytes(10)).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&file.put.head()).unwrap();
    connection.0.write_all(&CONTENT[..10]).unwrap();
    assert_eq!(connection.0.read(&mut [0]).unwrap(), 0);
    // Were it closed for good, the first of these would be answered with a reset.
    for piece in CONTENT[10..].chunks(30_000) {
        connection.0.write_all(piece).unwrap();
    }
    assert_eq!(read_all(&mut connection), (vec![], Ok(())));
    assert_eq!(emulator.files()[0].put, None);
}

#[test]
fn a_request_that_is_lost_after_its_last_byte_is_not_applied() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    file.put.send(&emulator);
    let lost = Fault::reset().on(Operation::ConfirmFileUpload);
    emulator.inject(lost.after_request()).unwrap();
    let (bytes, end) = exchange(&emulator, &confirmation(&emulator, &file.file_id));
    assert_eq!((bytes, end), (vec![], Err(ErrorKind::ConnectionReset)));
    assert_eq!(state(&emulator), FileState::Creating);
    let log = emulator.requests();
    let last = log.last().unwrap();
    assert_eq!(last.operation, Some(Operation::ConfirmFileUpload));
    assert_eq!(last.status, None);
}

#[test]
fn an_answer_that_is_lost_was_applied() {
    for (fault, end) in [
        (Fault::reset(), Err(ErrorKind::ConnectionReset)),
        (Fault::close(), Ok(())),
        (Fault::slow_close(Duration::from_millis(50)), Ok(())),
    ] {
        let emulator = emulator();
        let file = register(&emulator, b"x");
        file.put.send(&emulator);
        let lost = fault.on(Operation::ConfirmFileUpload).before_answer();
        let id = emulator.inject(lost).unwrap();
        let request = confirmation(&emulator, &file.file_id);
        assert_eq!(exchange(&emulator, &request), (vec![], end));
        assert_eq!(state(&emulator), FileState::Created);
        assert_eq!(emulator.requests().last().unwrap().status, Some(200));
        assert_eq!(emulator.fired(id), 1);
    }
}

#[test]
fn an_answer_is_cut_at_the_byte() {
    let emulator = emulator();
    let request = no_such_file(&emulator);
    emulator.inject(Fault::close().after_answer()).unwrap();
    let (whole, end) = exchange(&emulator, &request);
    assert_eq!(end, Ok(()));
    let body = whole.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    assert!(whole.len() > body + 10);
    let reset = Err(ErrorKind::ConnectionReset);
    let cases = [
        (Fault::reset().after_answer_bytes(1), 1, reset),
        (Fault::truncate(17), 17, Ok(())),
        (
            Fault::reset().after_answer_bytes(whole.len() as u64),
            whole.len(),
            reset,
        ),
        (Fault::close().after_answer_body_bytes(0), body, Ok(())),
        (
            Fault::truncate(0).after_answer_body_bytes(10),
            body + 10,
            Ok(()),
        ),
    ];
    for (fault, bytes, end) in cases {
        let id = emulator.inject(fault).unwrap();
        let seen = exchange(&emulator, &request);
        assert_eq!((seen.0.len(), seen.1), (bytes, end));
        assert_eq!(emulator.fired(id), 1);
    }
}

/// A confirmation for a file that isn't there, so it changes nothing.
fn no_such_file(emulator: &Emulator) -> Request {
    call(
        emulator,
        "/files/none/complete",
        &json!({"state": "CREATED"}),
    )
}

#[test]
fn what_lies_beyond_the_end_of_an_exchange_does_not_happen_and_stays() {
    let emulator = emulator();
    let far = [
        Fault::reset().after_body_bytes(1_000_000),
        Fault::reset().after_request_bytes(1_000_000),
        Fault::reset().after_answer_bytes(1_000_000),
        Fault::reset().after_answer_body_bytes(1_000_000),
        Fault::bandwidth(1).after_body_bytes(1_000_000),
    ];
    for fault in far {
        let id = emulator.inject(fault).unwrap();
        let mut connection = Connection::open(emulator.local_addr());
        for asset in ["a", "b"] {
            let created = call(
                &emulator,
                "/files",
                &fields(b"x", "mp4", &format!("{asset}{id}")),
            );
            assert_eq!(connection.call(&created).status, 200);
        }
        assert_eq!(emulator.fired(id), 0);
        let views = emulator.faults();
        assert!(views[0].pending());
        emulator.clear_faults();
    }
}

#[test]
fn a_kept_connection_is_lost_after_the_answer() {
    for (fault, end) in [
        (Fault::reset(), Err(ErrorKind::ConnectionReset)),
        (Fault::close(), Ok(())),
        (Fault::slow_close(Duration::from_millis(20)), Ok(())),
    ] {
        let emulator = emulator();
        emulator.inject(fault.after_answer()).unwrap();
        let mut connection = Connection::open(emulator.local_addr());
        assert_eq!(connection.call(&no_such_file(&emulator)).status, 404);
        assert_eq!(read_all(&mut connection), (vec![], end));
    }
}

#[test]
fn a_new_connection_is_refused_in_every_way() {
    let emulator = emulator();
    let reset = emulator.inject(Fault::reset().on_connect()).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    assert_eq!(read_all(&mut connection).1, Err(ErrorKind::ConnectionReset));
    assert_eq!(emulator.fired(reset), 1);

    emulator.inject(Fault::close().on_connect()).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    assert_eq!(read_all(&mut connection), (vec![], Ok(())));

    // A connection that is there already has nothing to fear.
    let mut kept = Connection::open(emulator.local_addr());
    assert_eq!(kept.call(&no_such_file(&emulator)).status, 404);
    let late = Fault::latency(Duration::from_millis(300)).on_connect();
    emulator.inject(late).unwrap();
    assert_eq!(kept.call(&no_such_file(&emulator)).status, 404);
    let start = Instant::now();
    assert_eq!(no_such_file(&emulator).send(&emulator).status, 404);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(emulator.faults().iter().all(|fault| !fault.pending()));
}

#[test]
fn a_black_hole_keeps_the_connection_and_says_nothing() {
    let places: [fn(Fault) -> Fault; 4] = [
        Fault::on_connect,
        |fault| fault.after_body_bytes(0),
        Fault::before_answer,
        Fault::after_request,
    ];
    for place in places {
        let emulator = emulator();
        let id = emulator.inject(place(Fault::black_hole())).unwrap();
        let mut connection = Connection::open(emulator.local_addr());
        let request = no_such_file(&emulator);
        connection.0.write_all(&request.head()).unwrap();
        connection.0.write_all(&request.body).unwrap();
        wait_until(|| emulator.fired(id) == 1);
        let patience = Some(Duration::from_millis(100));
        connection.0.set_read_timeout(patience).unwrap();
        let silence = connection.0.read(&mut [0]).unwrap_err().kind();
        assert_eq!(silence, ErrorKind::WouldBlock);
        // Others don't notice, and it doesn't hold up the end.
        assert_eq!(request.send(&emulator).status, 404);
        let start = Instant::now();
        drop(emulator);
        assert!(start.elapsed() < Duration::from_secs(4));
    }
}

#[test]
fn black_holes_let_go_when_the_client_does() {
    let emulator = emulator();
    let id = emulator.inject(Fault::black_hole().always()).unwrap();
    let head = no_such_file(&emulator).head();
    // More than there can be connections at a time.
    for number in 1..=600 {
        let mut connection = Connection::open(emulator.local_addr());
        connection.0.write_all(&head).unwrap();
        wait_until(|| emulator.fired(id) == number);
    }
}

/// How the sending of a large content ends when nobody reads it, or hardly anybody.
fn stuck(fault: Fault) -> ErrorKind {
    let emulator = emulator();
    let content = vec![0; 64 * 1024 * 1024];
    let file = register(&emulator, &content);
    let id = emulator.inject(fault.on(Operation::PutObject)).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&file.put.head()).unwrap();
    let patience = Some(Duration::from_millis(300));
    connection.0.set_write_timeout(patience).unwrap();
    let end = connection.0.write_all(&content).unwrap_err().kind();
    assert_eq!(emulator.fired(id), 1);
    end
}

#[test]
fn a_client_that_sends_much_gets_stuck() {
    for fault in [Fault::black_hole(), Fault::bandwidth(1000)] {
        assert_eq!(stuck(fault), ErrorKind::WouldBlock);
    }
}

#[test]
fn late_in_either_direction() {
    let delay = Duration::from_millis(200);
    let places: [fn(Fault) -> Fault; 6] = [
        |fault| fault,
        |fault| fault.after_body_bytes(1),
        Fault::after_request,
        Fault::before_answer,
        |fault| fault.after_answer_bytes(20),
        |fault| fault.after_answer_body_bytes(0),
    ];
    for place in places {
        let emulator = emulator();
        let id = emulator.inject(place(Fault::latency(delay))).unwrap();
        let start = Instant::now();
        let answer = no_such_file(&emulator).send(&emulator);
        assert!(start.elapsed() >= delay);
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (404, "MSS.00000002")
        );
        assert_eq!(emulator.fired(id), 1);
    }
}

#[test]
fn an_answer_comes_in_slices() {
    let emulator = emulator();
    let slices = Fault::slice(40, Duration::from_millis(30));
    let id = emulator.inject(slices.before_answer()).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    let request = no_such_file(&emulator);
    connection.0.write_all(&request.head()).unwrap();
    connection.0.write_all(&request.body).unwrap();
    let start = Instant::now();
    let mut block = [0; 1000];
    let first = connection.0.peek(&mut block).unwrap();
    assert_eq!(first % 40, 0);
    assert_eq!(connection.read().status, 404);
    // There are more than five slices in it.
    assert!(start.elapsed() >= Duration::from_millis(5 * 30));
    assert_eq!(emulator.fired(id), 1);
    // The next answer on the same connection comes as usual.
    assert_eq!(connection.call(&request).status, 404);
}

#[test]
fn both_directions_keep_to_the_bandwidth() {
    let emulator = emulator();
    let file = register(&emulator, &CONTENT[..20_000]);
    let slow = Fault::bandwidth(40_000).on(Operation::PutObject);
    let put = emulator.inject(slow).unwrap();
    let start = Instant::now();
    assert_eq!(file.put.send(&emulator).status, 200);
    assert!(start.elapsed() >= Duration::from_millis(450));
    assert_eq!(emulator.fired(put), 1);
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);

    let asset = show_asset(&emulator, "asset-0");
    let url = asset["files"][0]["download_url"].as_str().unwrap();
    let target = url.strip_prefix(emulator.url()).unwrap();
    let download = Request::new("GET", target, "").header("Host", "x");
    assert_eq!(download.send(&emulator).body.len(), 20_000);

    let slow = Fault::bandwidth(1_000).before_answer();
    emulator.inject(slow).unwrap();
    let start = Instant::now();
    assert_eq!(no_such_file(&emulator).send(&emulator).status, 404);
    // An answer of more than 200 bytes; behind the last 50 nothing is waited for.
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_fault_leaves_other_operations_and_files_alone() {
    let emulator = emulator();
    let (one, other) = (register(&emulator, b"x"), register(&emulator, b"y"));
    let aimed = Fault::reset().on(Operation::PutObject).file(&other.file_id);
    let id = emulator.inject(aimed.times(2)).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    assert_eq!(connection.call(&one.put).status, 200);
    assert_eq!(
        connection
            .call(&confirmation(&emulator, &one.file_id))
            .status,
        200
    );
    let too_early = confirmation(&emulator, &other.file_id);
    assert_eq!(connection.call(&too_early).status, 400);
    assert_eq!(emulator.fired(id), 0);
    connection.0.write_all(&other.put.head()).unwrap();
    assert_eq!(read_all(&mut connection).1, Err(ErrorKind::ConnectionReset));
    for (count, is_cut) in [(2, true), (2, false)] {
        let (answer, end) = exchange(&emulator, &other.put.clone().header("Connection", "close"));
        assert_eq!((answer.is_empty(), end.is_err()), (is_cut, is_cut));
        assert_eq!(emulator.fired(id), count);
    }
}

#[test]
fn faults_come_in_the_order_in_which_they_were_injected() {
    let emulator = emulator();
    emulator.fail_next(Operation::ShowAsset, 503);
    let second = Fault::truncate(0);
    emulator.inject(second).unwrap();
    emulator.fail_next(Operation::ShowAsset, 500);
    let show = |path: &str| {
        let mut request = call(&emulator, path, &json!({})).without("authorization");
        "GET".clone_into(&mut request.method);
        request.signed(emulator.access_key(), emulator.secret_key())
    };
    assert_eq!(show("/digital-assets/a").send(&emulator).status, 503);
    assert_eq!(
        exchange(&emulator, &show("/digital-assets/a")),
        (vec![], Ok(()))
    );
    assert_eq!(show("/digital-assets/a").send(&emulator).status, 500);
    assert_eq!(show("/digital-assets/a").send(&emulator).status, 404);
}

#[test]
fn cleared_faults_do_not_happen() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let late = Fault::reset()
        .on(Operation::PutObject)
        .after_body_bytes(50_000);
    let id = emulator.inject(late.always()).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&file.put.head()).unwrap();
    wait_until(|| emulator.requests().len() == 2);
    emulator.clear_faults();
    connection.0.write_all(CONTENT).unwrap();
    assert_eq!(connection.read().status, 200);
    assert_eq!(emulator.fired(id), 0);
    assert!(emulator.faults().is_empty());
}
