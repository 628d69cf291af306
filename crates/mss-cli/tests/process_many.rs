//! Many confirmations as a process: signals and pipes.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStderr, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use rustix::process::Signal;
use support::process::{PATIENCE, SOON, ended, metastudio, service, signal, text};

/// With a token: a key's first calls go one after another until one is accepted.
fn confirm(list: &str, url: &str) -> std::process::Command {
    let mut command = metastudio(&["confirm", "--from", list, "--endpoint", url]);
    command.env("METASTUDIO_TOKEN", "token");
    command
}

/// A list with so many files that are answered, and then so many that may not be.
fn list(quick: usize, slow: usize) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ids.txt");
    let quick = (0..quick).map(|file| ["quick-", &file.to_string(), "\n"].concat());
    let slow = (0..slow).map(|file| ["slow-", &file.to_string(), "\n"].concat());
    fs::write(&path, quick.chain(slow).collect::<String>()).unwrap();
    let path = path.display().to_string();
    (directory, path)
}

/// Waits until it says that it stops; what it says then can be read.
fn stopping(child: &mut Child) -> BufReader<ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("metastudio: stopping") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    stderr
}

fn is_quick(request: &str) -> bool {
    request.contains("/quick-")
}

/// Something that is waited for.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let is_open = self.0.0.lock().unwrap();
        let passed = self.0.1.wait_timeout_while(is_open, PATIENCE, |it| !*it);
        drop(passed.unwrap_or_else(PoisonError::into_inner));
    }
}

#[test]
fn f57_after_a_signal_the_calls_under_way_end_and_no_other_begins() {
    let (_directory, list) = list(3, 100);
    let gate = Gate::default();
    let waits = gate.clone();
    let (url, requests) = service(move |request| {
        if !is_quick(request) {
            waits.pass();
        }
        true
    });
    let child = confirm(&list, &url)
        .args(["--rate", "none", "--jobs", "4"])
        .spawn()
        .unwrap();
    for _ in 0..7 {
        requests.recv_timeout(PATIENCE).unwrap();
    }
    signal(&child, Signal::INT);
    // Long enough to be noticed, and less than the calls get to end.
    std::thread::sleep(Duration::from_millis(300));
    gate.open();
    let output = ended(child);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stdout.starts_with("summary    7 of 103 files CREATED, 96 not sent, "),
        "{stdout}"
    );
    assert!(requests.try_recv().is_err());
    assert!(stderr.contains("metastudio: stopping"), "{stderr}");
    let next = format!("next: metastudio confirm --from {list} --state CREATED --endpoint {url}");
    assert!(stderr.contains(&next), "{stderr}");
}

#[test]
fn f57_a_call_that_does_not_end_is_not_waited_for() {
    let (_directory, list) = list(3, 100);
    let (url, requests) = service(is_quick);
    let child = confirm(&list, &url)
        .args(["--rate", "none", "--jobs", "4", "--json"])
        .spawn()
        .unwrap();
    for _ in 0..7 {
        requests.recv_timeout(PATIENCE).unwrap();
    }
    signal(&child, Signal::TERM);
    let output = ended(child);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(130), "{stdout}");
    let last = stdout.lines().last().unwrap();
    let summary: serde_json::Value = serde_json::from_str(last).unwrap();
    for (field, value) in [
        ("confirmed", 3),
        ("unknown", 4),
        ("not_sent", 96),
        ("exit_code", 130),
    ] {
        assert_eq!(summary[field], value, "{summary}");
    }
}

#[test]
fn f57_the_second_signal_ends_a_batch_at_once() {
    let (_directory, list) = list(1, 100);
    let (url, requests) = service(is_quick);
    let mut child = confirm(&list, &url).spawn().unwrap();
    for _ in 0..2 {
        requests.recv_timeout(PATIENCE).unwrap();
    }
    signal(&child, Signal::INT);
    let mut stderr = stopping(&mut child);
    let started = Instant::now();
    signal(&child, Signal::INT);
    let output = ended(child);
    let stderr = io::read_to_string(&mut stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(started.elapsed() < SOON, "{stderr}");
    assert!(
        stderr.contains("ended at once; what was under way may have been applied"),
        "{stderr}"
    );
    assert!(stderr.contains(&format!("metastudio confirm --from {list}")));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn what_comes_through_a_pipe_is_sent_while_it_is_open() {
    let (url, requests) = service(is_quick);
    let mut child = confirm("-", &url).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for file in 0..3 {
        writeln!(stdin, "quick-{file}").unwrap();
        let request = requests.recv_timeout(PATIENCE).unwrap();
        let path = format!("/v1/p/files/quick-{file}/complete");
        assert!(request.contains(&path), "{request}");
    }
    // Nobody closes it.
    signal(&child, Signal::INT);
    let output = ended(child);
    drop(stdin);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stdout.starts_with("summary    3 of 3 files CREATED, "),
        "{stdout}"
    );
}

/// A journal is good at every moment: killed in the middle again and again, then finished.
#[test]
fn f51_a_killed_batch_is_finished_by_resume() {
    let emulator = Emulator::builder().rate_limit(None).start().unwrap();
    let ids = support::registered(&emulator, 40);
    let slow = Fault::latency(Duration::from_millis(10)).on(Operation::ConfirmFileUpload);
    emulator.inject(slow.always()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = |name| directory.path().join(name).display().to_string();
    let (list, journal) = (path("ids.txt"), path("run.jsonl"));
    fs::write(&list, ids.join("\n")).unwrap();
    let keys = [
        ("HUAWEICLOUD_SDK_AK", emulator.access_key()),
        ("HUAWEICLOUD_SDK_SK", emulator.secret_key()),
    ];
    let first = [
        "confirm",
        "--from",
        &list,
        "--journal",
        &journal,
        "--endpoint",
        emulator.url(),
        "--project-id",
        emulator.project_id(),
    ];
    let resume = ["resume", &journal];
    let pace = ["--rate", "none", "--jobs", "4"];
    let confirmations = || {
        let requests = emulator.requests();
        requests
            .iter()
            .filter(|it| it.path.ends_with("/complete"))
            .count()
    };
    for (round, arguments) in [&first[..], &resume, &resume].into_iter().enumerate() {
        let mut child = metastudio(arguments).args(pace).envs(keys).spawn().unwrap();
        let end = Instant::now() + PATIENCE;
        while confirmations() < 10 * (round + 1) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = metastudio(&resume).args(pace).envs(keys).output().unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("40 of 40 files CREATED"), "{stdout}");
    assert!(
        emulator
            .files()
            .iter()
            .all(|file| file.state == FileState::Created)
    );
    // At most those that were under way at the three ends came twice.
    assert!(confirmations() <= 40 + 3 * 4, "{}", confirmations());
}

#[test]
fn f57_the_journal_is_good_after_two_signals() {
    let (directory, list) = list(1, 20);
    let journal = directory.path().join("run.jsonl").display().to_string();
    let (url, requests) = service(is_quick);
    let mut child = confirm(&list, &url)
        .args(["--journal", &journal])
        .spawn()
        .unwrap();
    for _ in 0..2 {
        requests.recv_timeout(PATIENCE).unwrap();
    }
    signal(&child, Signal::INT);
    let mut stderr = stopping(&mut child);
    signal(&child, Signal::INT);
    ended(child);
    let stderr = io::read_to_string(&mut stderr).unwrap();
    let next = format!("metastudio resume {journal} --endpoint {url}");
    assert!(stderr.contains(&format!("go on with: {next}")), "{stderr}");
    let (url, _requests) = service(|_| true);
    let text_of = fs::read_to_string(&journal).unwrap();
    let line = text_of.lines().next().unwrap();
    let header: serde_json::Value = serde_json::from_str(line).unwrap();
    // The same service at another port, since the first one says nothing.
    let moved = text_of.replacen(header["endpoint"].as_str().unwrap(), &url, 1);
    fs::write(&journal, moved).unwrap();
    let output = metastudio(&["resume", &journal, "--rate", "none"])
        .env("METASTUDIO_TOKEN", "token")
        .output()
        .unwrap();
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(stdout.contains("21 of 21 files CREATED"), "{stdout}");
}

/// Interrupted or killed while a content is sent: its file is CANCELLED and sent as another one.
#[test]
fn f51_uploads_that_were_broken_off_are_finished_by_resume() {
    for sent in [Signal::INT, Signal::KILL] {
        let emulator = Emulator::builder().rate_limit(None).start().unwrap();
        let silent = Fault::black_hole().on(Operation::PutObject);
        let silent = silent.after_body_bytes(1).always();
        emulator.inject(silent).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = |name| directory.path().join(name).display().to_string();
        let files = [path("a.mp4"), path("b.mp4")];
        for file in &files {
            fs::write(file, "content").unwrap();
        }
        let journal = path("run.jsonl");
        let keys = [
            ("HUAWEICLOUD_SDK_AK", emulator.access_key()),
            ("HUAWEICLOUD_SDK_SK", emulator.secret_key()),
        ];
        let options = ["--new-asset", "VIDEO", "--journal", &journal];
        let child = metastudio(&["upload", "--endpoint", emulator.url()])
            .args(["--project-id", emulator.project_id()])
            .args(&files)
            .args(options)
            .envs(keys)
            .spawn()
            .unwrap();
        let is_put = |it: &mss_emulator::RequestView| it.operation == Some(Operation::PutObject);
        let end = Instant::now() + PATIENCE;
        while emulator.requests().into_iter().filter(is_put).count() < 2 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, sent);
        let output = ended(child);
        let stderr = text(&output.stderr);
        if sent == Signal::INT {
            assert_eq!(output.status.code(), Some(130), "{stderr}");
            assert!(
                stderr.contains(&format!("next: metastudio resume {journal}")),
                "{stderr}"
            );
        }
        emulator.clear_faults();
        let output = metastudio(&["resume", &journal])
            .envs(keys)
            .output()
            .unwrap();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{sent:?}: {stdout}{stderr}");
        assert!(stdout.contains("2 of 2 files CREATED"), "{stdout}");
        let states = |state| {
            let files = emulator.files();
            files.iter().filter(|file| file.state == state).count()
        };
        let ended = (states(FileState::Created), states(FileState::Cancelled));
        assert_eq!(ended, (2, 2), "{sent:?}: {stdout}{stderr}");
        assert_eq!(emulator.files().len(), 4);
    }
}
