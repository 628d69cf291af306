//! `metastudio emulator`, as far as it needs no process of its own.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{io::Write, sync::mpsc, thread};

use mss_cli::{Reaction, Stop, Surroundings, run};
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
    let (sender, receiver) = mpsc::channel();
    let stop = Stop::new();
    let to_stop = stop.clone();
    let running = thread::spawn(move || {
        run(
            ["metastudio", "emulator", "--port", "0"],
            Surroundings {
                environment: &|name| {
                    let secret_key = secret_key.filter(|_| name == "HUAWEICLOUD_SDK_SK");
                    secret_key.map(Into::into)
                },
                stdin: &mut std::io::empty(),
                stdout: &mut Sender(sender),
                stderr: &mut std::io::sink(),
                stop: &stop,
                terminal: false,
            },
        )
    });
    let mut said = String::new();
    while !(said.contains("METASTUDIO_TOKEN=") && said.ends_with('\n')) {
        said += str::from_utf8(&receiver.recv().unwrap()).unwrap();
    }
    assert_eq!(to_stop.signal(), Reaction::Stopping);
    assert_eq!(running.join().unwrap(), 0);
    said
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
