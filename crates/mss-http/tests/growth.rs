//! A client that is used for long, or often, costs no more than one that was used briefly: memory,
//! threads and descriptors.
//!
//! A program of its own with one test, since they are counted for the whole process.
//! `METASTUDIO_GROWTH` sets by how much the rounds are multiplied: 20 makes 100,000 calls, 1,000
//! clients and 1,000 cancelled uploads.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]
#![allow(clippy::print_stdout, reason = "the figures, for who asks for them")]

mod support;

use std::{
    env, fs, thread,
    time::{Duration, Instant},
};

use mss_http::{
    CallOptions, CancelHandle, Client, ErrorKind, Progress, Source, Stage, Upload, UploadState,
};
use support::{PATIENCE, Server, answer, asset, client, client_with_token, file, ok};

const CALLS: usize = 5000;
const CLIENTS: usize = 50;
const UPLOADS: usize = 50;

/// What an allocator may keep for itself. A leak of 100 bytes a call is 10 MB in the long run.
const NOISE_KB: usize = 4096;

#[derive(Debug, Clone, Copy)]
struct Usage {
    memory_kb: usize,
    threads: usize,
    descriptors: usize,
}

impl Usage {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|it| it.strip_prefix(name));
            let number = line.unwrap().split_whitespace().next();
            number.unwrap().parse().unwrap()
        };
        Self {
            memory_kb: field("VmRSS:"),
            threads: field("Threads:"),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
        }
    }

    fn is_above(self, before: Self) -> bool {
        self.memory_kb > before.memory_kb + NOISE_KB
            || self.threads > before.threads
            || self.descriptors > before.descriptors
    }
}

/// Does `work` a few times, to fill what is filled once, and then many times, which must cost
/// nothing. What ends on other threads, the server's among them, is waited for.
fn stays_flat(what: &str, rounds: usize, mut work: impl FnMut()) {
    (0..rounds.div_ceil(10).max(20)).for_each(|_| work());
    let before = settled(|_| false);
    (0..rounds).for_each(|_| work());
    let after = settled(|now| !now.is_above(before));
    println!("{what}, {rounds} times: {before:?}, then {after:?}");
    assert!(
        !after.is_above(before),
        "{what}: {before:?}, then {after:?}"
    );
}

/// The usage once it is `good`, or has stayed the same for a while.
fn settled(good: impl Fn(Usage) -> bool) -> Usage {
    const STEADY: usize = 20;
    let began = Instant::now();
    let (mut last, mut same) = (Usage::now(), 0);
    while !good(last) && same < STEADY && began.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(10));
        let now = Usage::now();
        let steady = (now.threads, now.descriptors) == (last.threads, last.descriptors);
        same = if steady { same + 1 } else { 0 };
        last = now;
    }
    last
}

/// Answers all the calls of an upload, and remembers none.
fn forgetful() -> Server {
    Server::raw(|connection, _| {
        while let Some(head) = connection.head() {
            if connection.body(&head).is_none() {
                return;
            }
            let line = head.lines().next().unwrap_or_default();
            let host = head.lines().find_map(|it| it.strip_prefix("host: "));
            let reply = if line.ends_with("/files HTTP/1.1") {
                let host = host.unwrap_or_default();
                let body =
                    format!(r#"{{"file_id":"f-1","upload_url":"http://{host}/k?Signature=s"}}"#);
                answer("200 OK", "X-Request-Id: created", body)
            } else if line.starts_with("PUT ") {
                answer("200 OK", "x-obs-request-id: stored", "")
            } else {
                ok()
            };
            if !connection.send(reply) {
                return;
            }
        }
    })
}

fn confirm(client: &Client) {
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
}

fn cancelled_upload(client: &Client) {
    let handle = CancelHandle::new();
    let options = CallOptions::new().cancel(&handle);
    let client = client.with_options(options).unwrap();
    let tell = |progress: Progress| {
        if progress.stage == Stage::Put {
            handle.cancel();
        }
    };
    let source = Source::bytes("clip.mp4", vec![7; 100_000]);
    let upload = Upload::new(source, asset()).progress(&tell);
    let error = client.upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
}

#[test]
fn calls_clients_and_cancelled_uploads_leave_nothing_behind() {
    let times = env::var("METASTUDIO_GROWTH").map_or(1, |it| it.parse().unwrap());
    let server = forgetful();
    let kept = client_with_token(&server, "token");
    stays_flat("calls", CALLS * times, || confirm(&kept));
    stays_flat("clients", CLIENTS * times, || confirm(&client(&server)));
    stays_flat("cancelled uploads", UPLOADS * times, || {
        cancelled_upload(&kept);
    });
}
