//! Faults of the line under TLS: they count bytes of HTTP, and cut the socket below.

use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Fault, FileState, Operation, Tls};
use serde_json::json;

use crate::{
    support::{Hand, Request, call, read, register},
    tls_client::{self, Secured, open},
};

const CONTENT: &[u8] = &[b'x'; 100_000];

fn emulator() -> Emulator {
    let builder = Emulator::builder().clock(Hand::new().clock());
    builder.tls(Tls::new()).start().unwrap()
}

fn confirmation(emulator: &Emulator) -> Request {
    let file = register(emulator, CONTENT);
    assert_eq!(file.put.send(emulator).status, 200);
    let path = format!("/files/{}/complete", file.file_id);
    call(emulator, &path, &json!({"state": "CREATED"}))
}

/// What a client gets to read, and how that ends.
fn exchange(emulator: &Emulator, request: &Request) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut connection = open(emulator);
    let all = [request.head(), request.body.clone()].concat();
    connection.write_all(&all).unwrap();
    read_all(&mut connection)
}

fn read_all(connection: &mut Secured) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut bytes = Vec::new();
    let end = connection.read_to_end(&mut bytes);
    (bytes, end.map(|_| ()).map_err(|error| error.kind()))
}

#[test]
fn an_answer_gets_as_far_as_was_ordered() {
    let whole = {
        let emulator = emulator();
        let request = confirmation(&emulator).header("Connection", "close");
        exchange(&emulator, &request).0.len()
    };
    // The emulator says what a keeping client wouldn't hear.
    let whole = whole - "Connection: close\r\n".len();
    for (fault, end) in [
        (Fault::reset(), ErrorKind::ConnectionReset),
        (Fault::close(), ErrorKind::UnexpectedEof),
    ] {
        for bytes in [0, 1, 20, whole] {
            let emulator = emulator();
            let request = confirmation(&emulator);
            let fault = fault.clone().on(Operation::ConfirmFileUpload);
            let fault = fault.after_answer_bytes(bytes as u64);
            let id = emulator.inject(fault).unwrap();
            let (read, ended) = exchange(&emulator, &request);
            assert_eq!(ended, Err(end), "{bytes}");
            // A reset may overtake what came before it.
            if end == ErrorKind::UnexpectedEof {
                assert_eq!(read.len(), bytes);
            }
            assert!(read.len() <= bytes);
            assert_eq!(emulator.fired(id), 1, "{bytes}");
            assert_eq!(emulator.files()[0].state, FileState::Created);
        }
    }
}

#[test]
fn a_reset_within_the_content() {
    for after in [0, 1, 50_000, 100_000] {
        let emulator = emulator();
        let file = register(&emulator, CONTENT);
        let put = Fault::reset().on(Operation::PutObject);
        let id = emulator.inject(put.after_body_bytes(after)).unwrap();
        let mut connection = open(&emulator);
        connection.write_all(&file.put.head()).unwrap();
        let up_to = usize::try_from(after).unwrap();
        connection.write_all(&CONTENT[..up_to]).unwrap();
        let (read, end) = read_all(&mut connection);
        assert_eq!((read.len(), end), (0, Err(ErrorKind::ConnectionReset)));
        assert_eq!(emulator.fired(id), 1);
        assert_eq!(emulator.files()[0].put, None);
        assert_eq!(file.put.send(&emulator).status, 200);
    }
}

#[test]
fn a_slow_answer_comes_piece_by_piece() {
    let emulator = emulator();
    let request = confirmation(&emulator);
    let pause = Duration::from_millis(40);
    let slow = Fault::slice(30, pause).on(Operation::ConfirmFileUpload);
    let id = emulator.inject(slow.before_answer()).unwrap();
    let mut connection = open(&emulator);
    let start = Instant::now();
    connection.write_all(&request.head()).unwrap();
    connection.write_all(&request.body).unwrap();
    let mut piece = [0; 1000];
    // Each piece is a record of its own.
    assert_eq!(connection.read(&mut piece).unwrap(), 30);
    assert_eq!(connection.read(&mut piece).unwrap(), 30);
    assert!(start.elapsed() >= pause);
    assert_eq!(emulator.fired(id), 1);
}

#[test]
fn a_bandwidth_holds_up_the_content() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let slow = Fault::bandwidth(500_000).on(Operation::PutObject);
    emulator.inject(slow).unwrap();
    let start = Instant::now();
    assert_eq!(file.put.send(&emulator).status, 200);
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_held_back_go_ahead() {
    let emulator = emulator();
    let file = register(&emulator, CONTENT);
    let put = file.put.clone().header("Expect", "100-continue");
    let silent = Fault::no_continue().on(Operation::PutObject);
    let id = emulator.inject(silent).unwrap();
    let mut connection = open(&emulator);
    connection.write_all(&put.head()).unwrap();
    let patience = Some(Duration::from_millis(200));
    connection.sock.set_read_timeout(patience).unwrap();
    let silence = connection.read(&mut [0]).unwrap_err().kind();
    assert_eq!(silence, ErrorKind::WouldBlock);
    assert_eq!(emulator.fired(id), 1);
    let patience = Some(Duration::from_secs(20));
    connection.sock.set_read_timeout(patience).unwrap();
    connection.write_all(CONTENT).unwrap();
    assert_eq!(read(&mut connection).status, 200);
    // Where nothing was ordered it is heard.
    let mut connection = open(&emulator);
    connection.write_all(&put.head()).unwrap();
    let mut go_ahead = [0; 25];
    connection.read_exact(&mut go_ahead).unwrap();
    assert_eq!(&go_ahead, b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn a_connection_that_is_reset_before_its_handshake() {
    let emulator = emulator();
    let reset = Fault::reset().on_connect();
    let id = emulator.inject(reset).unwrap();
    let refused = open(&emulator).write_all(b"x").unwrap_err().kind();
    assert!(
        matches!(refused, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        "{refused}"
    );
    assert_eq!(emulator.fired(id), 1);
    let health = Request::new("GET", "/_emulator/health", "").header("Host", "x");
    assert_eq!(tls_client::call(&mut open(&emulator), &health).status, 200);
}
