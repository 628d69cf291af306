//! Start, stop, and clients that misbehave.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, StartError};
use serde_json::json;

use crate::support::{
    Connection, NOW_BASIC, Request, call, confirm, emulator, fields, register, unsigned, wait_until,
};

fn health() -> Request {
    Request::new("GET", "/_emulator/health", "").header("Host", "x")
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let emulator = emulator();
    let mut connection = Connection::open(emulator.local_addr());
    assert_eq!(connection.call(&health()).status, 200);
    let start = Instant::now();
    emulator.shutdown();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(connection.0.read(&mut [0]).unwrap(), 0);
    // The address is free, and a second shutdown is nothing.
    TcpListener::bind(emulator.local_addr()).unwrap();
    emulator.shutdown();
}

#[test]
fn a_request_under_way_may_finish() {
    let emulator = emulator();
    let mut connection = Connection::open(emulator.local_addr());
    let request = call(&emulator, "/files", &fields(b"x", "mp4", "a"));
    connection.0.write_all(&request.head()).unwrap();
    wait_until(|| emulator.requests().len() == 1);
    thread::scope(|scope| {
        scope.spawn(|| emulator.shutdown());
        // Nobody is let in any more from here on.
        wait_until(|| TcpStream::connect(emulator.local_addr()).is_err());
        connection.0.write_all(&request.body).unwrap();
        assert_eq!(connection.read().status, 200);
    });
    assert_eq!(emulator.files().len(), 1);
}

#[test]
fn a_request_that_does_not_finish_is_given_up_in_bounded_time() {
    let emulator = emulator();
    let mut connection = Connection::open(emulator.local_addr());
    let stuck = call(&emulator, "/files", &json!({}));
    connection.0.write_all(&stuck.head()).unwrap();
    wait_until(|| emulator.requests().len() == 1);
    let start = Instant::now();
    drop(emulator);
    assert!(start.elapsed() < Duration::from_secs(4));
    assert_eq!(connection.0.read(&mut [0]).unwrap(), 0);
}

#[test]
fn wait_ends_with_a_shutdown_from_elsewhere() {
    let emulator = Arc::new(emulator());
    let waiting = thread::spawn({
        let emulator = Arc::clone(&emulator);
        move || emulator.wait()
    });
    emulator.shutdown();
    waiting.join().unwrap();
    assert!(TcpStream::connect(emulator.local_addr()).is_err());
}

#[test]
fn garbage_does_no_harm() {
    let emulator = emulator();
    let long_header = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(200_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "A: a\r\n".repeat(1000));
    let garbage: [&[u8]; 7] = [
        b"\0\x01\x02\xff\xfe\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        long_header.as_bytes(),
        many_headers.as_bytes(),
    ];
    for bytes in garbage {
        let mut connection = Connection::open(emulator.local_addr());
        // The emulator may have hung up before the last byte.
        let _ = connection.0.write_all(bytes);
        let _ = connection.0.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        if let Err(error) = connection.0.read_to_end(&mut answer) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{answer:?}"
        );
        assert_eq!(health().send(&emulator).status, 200);
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn too_large_a_call() {
    let emulator = emulator();
    let announced = Request::new("POST", "/v1/p/files", "")
        .header("Host", "x")
        .header("Expect", "100-continue")
        .header("Content-Length", "1048577");
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&announced.head()).unwrap();
    let answer = connection.read();
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (413, "APIGW.0201")
    );

    let mut chunked = Request::new("POST", "/v1/p/files", "")
        .header("Host", "x")
        .header("Transfer-Encoding", "chunked");
    chunked.body = format!("100001\r\n{}\r\n0\r\n\r\n", "a".repeat(0x10_0001)).into_bytes();
    assert_eq!(chunked.send(&emulator).status, 413);
}

#[test]
fn a_request_as_sent_to_a_proxy() {
    let emulator = emulator();
    let created = call(&emulator, "/files", &fields(b"x", "mp4", "a"));
    let mut absolute = created;
    absolute.target = format!("{}{}", emulator.url(), absolute.target);
    assert_eq!(absolute.send(&emulator).status, 200);
}

#[test]
fn one_connection_for_everything() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let mut connection = Connection::open(emulator.local_addr());
    for _ in 0..3 {
        assert_eq!(connection.call(&file.put).status, 200);
        let refused = unsigned(&emulator, "/files", "{}");
        assert_eq!(connection.call(&refused).status, 401);
    }
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
}

#[test]
fn the_upload_url_names_the_host_that_was_asked() {
    let emulator = emulator();
    let create = |host: &str, asset: &str| {
        let target = format!("/v1/{}/files", emulator.project_id());
        Request::new("POST", &target, fields(b"x", "mp4", asset).to_string())
            .header("Host", host)
            .header("X-Sdk-Date", NOW_BASIC)
            .signed(emulator.access_key(), emulator.secret_key())
            .send(&emulator)
    };
    let answer = create("files.example:8080", "a").json();
    let url = answer["upload_url"].as_str().unwrap();
    assert!(url.starts_with("http://files.example:8080/_obs/"), "{url}");
    assert_eq!(create("evil/path", "b").status, 400);
}

#[test]
fn other_machines_are_let_in_on_request_only() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = Emulator::builder().bind(everywhere).start().unwrap_err();
    assert!(matches!(refused, StartError::NotLoopback(_)), "{refused}");
    let emulator = Emulator::builder()
        .bind(everywhere)
        .allow_remote(true)
        .start()
        .unwrap();
    assert_ne!(emulator.local_addr().port(), 0);
}

#[test]
fn settings_that_can_not_work() {
    for builder in [
        Emulator::builder().project_id(""),
        Emulator::builder().project_id("a/b"),
        Emulator::builder().access_key("a,b"),
        Emulator::builder().secret_key("with\nnewline"),
        Emulator::builder().token("文"),
    ] {
        let refused = builder.start().unwrap_err();
        assert!(matches!(refused, StartError::Invalid { .. }), "{refused}");
    }
    let taken = emulator();
    let refused = Emulator::builder().bind(taken.local_addr()).start();
    assert!(matches!(refused, Err(StartError::Bind { .. })));
}

#[test]
fn each_start_has_its_own_keys() {
    let (one, other) = (emulator(), emulator());
    assert_ne!(one.project_id(), other.project_id());
    assert_ne!(one.access_key(), other.access_key());
    assert_ne!(one.secret_key(), other.secret_key());
    assert_ne!(one.token(), other.token());
    assert_eq!(one.project_id().len(), 32);
}
