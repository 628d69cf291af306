//! TLS and proxies of the command. What certificates and proxies do is the client's business; here
//! is what its options lead to.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    thread::{self, JoinHandle},
};

use mss_emulator::{Emulator, Operation};
use support::{Done, Session, redacted};

/// The variables for a service that only a proxy knows.
fn elsewhere() -> Session {
    Session::new()
        .set("METASTUDIO_ENDPOINT", "https://metastudio.test")
        .set("HUAWEICLOUD_SDK_PROJECT_ID", "p")
        .set("HUAWEICLOUD_SDK_AK", "AK")
        .set("HUAWEICLOUD_SDK_SK", "planted-secret-key")
}

fn confirm(session: &Session, options: &[&str]) -> Done {
    let command = ["confirm", "file-1", "--max-attempts", "1"];
    session.run(command.iter().chain(options).copied())
}

/// A proxy that refuses one connection, and says what it was asked.
fn refusing_proxy() -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(socket.read(&mut byte).unwrap(), 1);
            asked.push(byte[0]);
        }
        socket.write_all(b"HTTP/1.1 403 No\r\n\r\n").unwrap();
        String::from_utf8(asked).unwrap()
    });
    (address, proxy)
}

#[test]
fn f25_calls_go_through_the_given_proxy() {
    let _guard = redacted(None);
    let (address, proxy) = refusing_proxy();
    let url = format!("http://{address}");
    let done = confirm(&elsewhere(), &["--proxy", &url]);
    insta::assert_snapshot!("proxy_refused", done.text());
    let asked = proxy.join().unwrap();
    assert!(asked.starts_with("CONNECT metastudio.test:443 "), "{asked}");
}

#[test]
fn f25_no_proxys_password_stands_on_the_command_line() {
    let _guard = redacted(None);
    let done = confirm(&elsewhere(), &["--proxy", "http://user:planted@host:1"]);
    insta::assert_snapshot!("proxy_with_password", done.text());
    let socks = confirm(&elsewhere(), &["--proxy", "socks5://host:1"]);
    insta::assert_snapshot!("proxy_socks", socks.text());
}

#[test]
fn f25_none_is_no_proxy() {
    let done = confirm(&elsewhere(), &["--proxy", "none", "--json"]);
    assert_eq!(done.json()["error"]["kind"], "resolve", "{}", done.text());
}

#[test]
fn f23_files_that_are_of_no_use_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let _guard = redacted(Some(directory.path()));
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("empty.pem"), "").unwrap();
    let missing = confirm(&elsewhere(), &["--ca-file", &path("missing.pem")]);
    insta::assert_snapshot!("ca_file_missing", missing.text());
    let empty = confirm(&elsewhere(), &["--client-cert", &path("empty.pem")]);
    insta::assert_snapshot!("client_cert_empty", empty.text());
    let keyed = confirm(&elsewhere(), &["--client-key", &path("empty.pem")]);
    assert_eq!(keyed.code, 2, "{}", keyed.text());
}

#[test]
fn each_start_that_checks_no_certificates_warns() {
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::at(&emulator);
    let loud = "--danger-accept-invalid-certs";
    for _ in 0..2 {
        let done = confirm(&session, &[loud]);
        let first = done.stderr.lines().next().unwrap_or_default();
        assert!(first.contains("warning") && first.contains(loud), "{first}");
    }
    let careful = confirm(&session, &[]);
    assert!(!careful.stderr.contains("warning"), "{}", careful.text());
}

/// A command to copy goes the same way.
#[test]
fn the_options_stand_in_what_is_to_be_done_next() {
    let emulator = Emulator::builder().start().unwrap();
    emulator.fail_next(Operation::ConfirmFileUpload, 500);
    let options = ["--proxy", "none", "--danger-accept-invalid-certs", "--json"];
    let done = confirm(&Session::at(&emulator), &options);
    let next = &done.json()["error"]["next"][0];
    let command = "metastudio confirm file-1 --state CREATED --proxy none \
                   --danger-accept-invalid-certs";
    assert_eq!(next, command, "{}", done.text());
}
