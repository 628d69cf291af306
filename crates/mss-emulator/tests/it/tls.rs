//! TLS, and what can be wrong about it.

use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Fault, Tls, TlsCertificate};
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::{
    support::{Connection, Hand, Request, confirm, register, wait_until},
    tls_client::{Client, Secured, call, open},
};

fn start(tls: Tls) -> Emulator {
    Emulator::builder()
        .clock(Hand::new().clock())
        .tls(tls)
        .start()
        .unwrap()
}

fn health() -> Request {
    Request::new("GET", "/_emulator/health", "").header("Host", "x")
}

/// Why the connection can't be used.
fn refusal(mut connection: Secured) -> String {
    let sent = connection.write_all(&health().head());
    let refused = sent.and_then(|()| connection.read_exact(&mut [0]));
    refused.unwrap_err().to_string()
}

#[test]
fn an_upload_goes_over_tls_from_beginning_to_end() {
    let emulator = start(Tls::new());
    let port = emulator.local_addr().port();
    assert_eq!(emulator.url(), format!("https://127.0.0.1:{port}"));
    // Takes the URL only if it begins with the emulator's.
    let file = register(&emulator, &vec![b'x'; 3_000_000]);
    assert_eq!(file.put.send(&emulator).status, 200);
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
    assert_eq!(emulator.file_body(&file.file_id).unwrap().len(), 3_000_000);
}

#[test]
fn every_name_of_this_machine_and_both_versions_are_good() {
    let emulator = start(Tls::new());
    for host in ["127.0.0.1", "::1", "localhost"] {
        for version in [&TLS12, &TLS13] {
            let client = Client {
                host,
                versions: &[version],
                ..Client::of(&emulator)
            };
            let mut connection = client.open(&emulator);
            for _ in 0..2 {
                assert_eq!(call(&mut connection, &health()).status, 200, "{host}");
            }
        }
    }
}

#[test]
fn the_address_that_it_listens_on_is_one_of_its_names() {
    let address: SocketAddr = "127.0.0.2:0".parse().unwrap();
    let builder = Emulator::builder().bind(address).tls(Tls::new());
    let emulator = builder.start().unwrap();
    let client = Client {
        host: "127.0.0.2",
        ..Client::of(&emulator)
    };
    let answer = call(&mut client.open(&emulator), &health());
    assert_eq!(answer.status, 200);
}

#[test]
fn a_certificate_that_is_wrong_is_wrong_in_the_way_that_was_ordered() {
    for (certificate, reason) in [
        (TlsCertificate::Expired, "certificate expired"),
        (TlsCertificate::NotYetValid, "certificate not valid yet"),
        (TlsCertificate::OtherHost, "certificate not valid for name"),
        (TlsCertificate::SelfSigned, "UnknownIssuer"),
    ] {
        let emulator = start(Tls::new().certificate(certificate));
        let refused = refusal(open(&emulator));
        assert!(refused.contains(reason), "{certificate:?}: {refused}");
        assert!(emulator.requests().is_empty());
    }
    // The certificate is as good as any, but for the name.
    let emulator = start(Tls::new().certificate(TlsCertificate::OtherHost));
    let client = Client {
        host: "other.example",
        ..Client::of(&emulator)
    };
    assert_eq!(call(&mut client.open(&emulator), &health()).status, 200);
}

#[test]
fn each_emulator_has_a_ca_of_its_own() {
    let (one, other) = (start(Tls::new()), start(Tls::new()));
    let client = Client {
        ca_pem: other.ca_pem().unwrap(),
        ..Client::of(&one)
    };
    let refused = refusal(client.open(&one));
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    assert_eq!(call(&mut open(&one), &health()).status, 200);
}

#[test]
fn a_client_certificate_is_demanded_on_request() {
    let emulator = start(Tls::new().demand_client_certificate(true));
    let foreign = start(Tls::new());
    for versions in [[&TLS12], [&TLS13]] {
        let client = |certificate| Client {
            certificate,
            versions: &versions,
            ..Client::of(&emulator)
        };
        let none = refusal(client(None).open(&emulator));
        assert!(none.contains("received fatal alert"), "{none}");
        let wrong = refusal(client(foreign.client_certificate()).open(&emulator));
        assert!(wrong.contains("received fatal alert"), "{wrong}");
        let mut right = client(emulator.client_certificate()).open(&emulator);
        assert_eq!(call(&mut right, &health()).status, 200);
    }
}

#[test]
fn the_private_key_of_a_client_is_not_shown() {
    let emulator = start(Tls::new());
    let certificate = emulator.client_certificate().unwrap();
    let key = certificate.key_pem().lines().nth(1).unwrap();
    assert!(key.len() > 40);
    for shown in [format!("{certificate:?}"), format!("{emulator:#?}")] {
        assert!(!shown.contains(key), "{shown}");
    }
}

#[test]
fn without_tls_there_are_no_certificates() {
    let emulator = Emulator::builder().start().unwrap();
    assert!(emulator.ca_pem().is_none());
    assert!(emulator.client_certificate().is_none());
}

#[test]
fn a_handshake_stalls_where_it_was_ordered() {
    for bytes in [0, 1, 100] {
        let emulator = start(Tls::new().stall_after(bytes));
        let mut connection = open(&emulator);
        let mut hello = Vec::new();
        connection.conn.write_tls(&mut hello).unwrap();
        connection.sock.write_all(&hello).unwrap();
        connection.sock.read_exact(&mut vec![0; bytes]).unwrap();
        let patience = Some(Duration::from_millis(200));
        connection.sock.set_read_timeout(patience).unwrap();
        let silence = connection.sock.read(&mut [0]).unwrap_err().kind();
        assert_eq!(silence, ErrorKind::WouldBlock, "after {bytes}");
        let start = Instant::now();
        emulator.shutdown();
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(connection.sock.read(&mut [0]).unwrap_or(0), 0);
    }
}

#[test]
fn a_server_that_does_not_read_is_a_fault_of_the_connection() {
    let emulator = start(Tls::new());
    let silent = Fault::black_hole().on_connect();
    let id = emulator.inject(silent).unwrap();
    let mut connection = open(&emulator);
    let patience = Some(Duration::from_millis(200));
    connection.sock.set_read_timeout(patience).unwrap();
    let silence = connection.write_all(b"x").unwrap_err().kind();
    assert_eq!(silence, ErrorKind::WouldBlock);
    wait_until(|| emulator.fired(id) == 1);
    assert_eq!(call(&mut open(&emulator), &health()).status, 200);
}

#[test]
fn what_does_not_speak_tls_hears_no_http() {
    let emulator = start(Tls::new());
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&health().head()).unwrap();
    let mut answer = Vec::new();
    connection.0.read_to_end(&mut answer).unwrap();
    // An alert, fatal.
    assert_eq!(answer.first(), Some(&0x15), "{answer:?}");
    assert!(answer.len() < 10, "{answer:?}");
    assert_eq!(call(&mut open(&emulator), &health()).status, 200);
}

#[test]
fn a_connection_ends_with_a_farewell() {
    let emulator = start(Tls::new());
    let mut connection = open(&emulator);
    let last = health().header("Connection", "close");
    assert_eq!(call(&mut connection, &last).status, 200);
    // Without close_notify this would be an error.
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}
