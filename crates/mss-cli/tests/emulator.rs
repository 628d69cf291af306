//! `metastudio emulator`, as far as it needs no process of its own.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
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
    while_it_runs(vec![], environment, says_how, str::to_owned)
}

/// Starts it and does something when it is ready.
fn while_it_runs<R>(
    options: Vec<OsString>,
    environment: impl Fn(&str) -> Option<std::ffi::OsString> + Send + Sync + 'static,
    is_ready: impl Fn(&str) -> bool,
    work: impl FnOnce(&str) -> R,
) -> R {
    let (sender, receiver) = mpsc::channel();
    let stop = Stop::new();
    let to_stop = stop.clone();
    let running = thread::spawn(move || {
        let arguments = ["metastudio", "emulator", "--port", "0"].map(OsString::from);
        run(
            arguments.into_iter().chain(options),
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
    let settings = random_keys();
    let _outer = settings.bind_to_scope();
    let _guard = redacted(None);
    insta::assert_snapshot!("announcement", announcement(None));
    insta::assert_snapshot!(
        "with_a_given_key",
        announcement(Some("a-key-of-the-environment"))
    );
}

/// Filters for what is made up at each start.
fn random_keys() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("(=)[A-Z2-7]{20,}", "$1[random]");
    settings
}

#[test]
fn with_tls_it_says_what_to_trust() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    fs::write(&path, "of the run before").unwrap();
    let options = vec!["--tls".into(), "--ca-file".into(), path.clone().into()];
    let said = while_it_runs(
        options,
        |_| None,
        |said| said.contains("--ca-file") && said.ends_with('\n'),
        str::to_owned,
    );
    let settings = random_keys();
    let _outer = settings.bind_to_scope();
    let _guard = redacted(Some(directory.path()));
    insta::assert_snapshot!("with_tls", said);
    let pem = fs::read_to_string(&path).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    assert!(!pem.contains("PRIVATE KEY"));
}

#[test]
fn a_ca_file_of_its_own_goes_with_it() {
    let path = while_it_runs(
        vec!["--tls".into(), "--json".into()],
        |_| None,
        |said| said.ends_with('\n'),
        |said| {
            let said: serde_json::Value = serde_json::from_str(said).unwrap();
            assert!(said["url"].as_str().unwrap().starts_with("https://"));
            let path = PathBuf::from(said["ca_file"].as_str().unwrap());
            let pem = fs::read_to_string(&path).unwrap();
            assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
            path
        },
    );
    assert!(!path.exists(), "{path:?}");
}

#[test]
fn a_ca_file_that_can_not_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let _guard = redacted(Some(directory.path()));
    let path = directory.path().join("none").join("ca.pem");
    let options = ["emulator", "--port", "0", "--tls", "--ca-file"].map(OsString::from);
    let done = Session::new().run(options.into_iter().chain([path.into()]));
    insta::assert_snapshot!("no_ca_file", done.text());
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
    let options = [
        "--json",
        "--fail",
        "put:reset@7,times=all",
        "--fail",
        "confirm:503",
    ];
    let page = while_it_runs(
        options.map(OsString::from).into(),
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
