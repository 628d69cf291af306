//! `metastudio emulator`, as far as it needs no process of its own.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
    thread,
};

use mss_cli::{Reaction, Screen, Stop, Surroundings, run};
use mss_http::Variables;
use support::{Session, redacted};

/// Sends on what is written.
struct Sender(mpsc::Sender<Vec<u8>>);

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Whoever listened may have heard enough.
        let _ = self.0.send(bytes.to_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts it, stops it when it has said how to use it, and returns that.
fn announcement(secret_key: Option<&'static str>) -> String {
    let environment = move |name: &str| {
        let secret_key = secret_key.filter(|_| name == "HUAWEICLOUD_SDK_SK");
        secret_key.map(Into::into)
    };
    let says_how = |said: &str| said.contains("METASTUDIO_TOKEN=") && said.ends_with('\n');
    while_it_runs(&[], environment, says_how, str::to_owned)
}

/// Starts it and does something when it is ready.
fn while_it_runs<R>(
    options: &'static [&'static str],
    environment: impl Fn(&str) -> Option<std::ffi::OsString> + Send + Sync + 'static,
    is_ready: impl Fn(&str) -> bool,
    work: impl FnOnce(&str) -> R,
) -> R {
    let (sender, receiver) = mpsc::channel();
    let stop = Stop::new();
    let to_stop = stop.clone();
    let running = thread::spawn(move || {
        let arguments = ["metastudio", "emulator", "--port", "0"];
        run(
            arguments.iter().chain(options),
            Surroundings {
                environment: Variables::new(environment),
                stdin: &mut std::io::empty(),
                stdout: &mut Sender(sender),
                stderr: &mut std::io::sink(),
                stop: &stop,
                terminal: false,
                screen: &Screen::none(),
            },
        )
    });
    let mut said = String::new();
    while !is_ready(&said) {
        said += str::from_utf8(&receiver.recv().unwrap()).unwrap();
    }
    let done = work(&said);
    assert_eq!(to_stop.signal(), Reaction::Stopping);
    assert_eq!(running.join().unwrap(), 0);
    done
}

#[test]
fn it_says_how_to_use_it() {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("(=)[A-Z2-7]{20,}", "$1[random]");
    let _outer = settings.bind_to_scope();
    let _guard = redacted(None);
    insta::assert_snapshot!("announcement", announcement(None));
    insta::assert_snapshot!(
        "with_a_given_key",
        announcement(Some("a-key-of-the-environment"))
    );
}

#[test]
fn other_machines_are_kept_out_unless_allowed() {
    let _guard = redacted(None);
    let done = Session::new().run(["emulator", "--host", "0.0.0.0", "--port", "0"]);
    insta::assert_snapshot!("not_loopback", done.text());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let _guard = redacted(None);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = Session::new().run(["emulator", "--port", &port, "--json"]);
    insta::assert_snapshot!("port_taken", done.text());
}

#[test]
fn what_shall_go_wrong_is_known_from_the_start() {
    let options = &[
        "--json",
        "--fail",
        "put:reset@7,times=all",
        "--fail",
        "confirm:503",
    ];
    let page = while_it_runs(
        options,
        |_| None,
        |said| said.ends_with('\n'),
        |said| {
            let address = said.split("http://").nth(1).unwrap();
            let address = address.split('"').next().unwrap();
            let mut connection = TcpStream::connect(address).unwrap();
            let request = "GET /_emulator/faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            connection.write_all(request.as_bytes()).unwrap();
            let mut page = String::new();
            connection.read_to_string(&mut page).unwrap();
            page
        },
    );
    let (_, faults) = page.split_once("\r\n\r\n").unwrap();
    insta::assert_snapshot!("faults", faults);
}

#[test]
fn a_fault_without_meaning_is_named() {
    let _guard = redacted(None);
    let done = Session::new().run(["emulator", "--port", "0", "--fail", "put:explode"]);
    insta::assert_snapshot!("no_such_fault", done.text());
}
