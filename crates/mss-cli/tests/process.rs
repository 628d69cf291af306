//! The command as a process: signals, pipes, exit codes.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use support::process::{PATIENCE, SOON, clip, ended, metastudio, service, signal, text};

#[test]
fn f57_a_signal_ends_a_diagnosis_which_tells_what_it_has_found() {
    // The first request asks for the time.
    let (url, requests) = service(|_| false);
    let child = metastudio(&["doctor", "--endpoint", &url, "--json"]);
    let child = { child }.spawn().unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    signal(&child, Signal::INT);
    let output = ended(child);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["exit_code"], 130);
    let findings = json["findings"].as_array().unwrap();
    let last = findings.last().unwrap();
    assert_eq!(
        (&last["name"], &last["kind"]),
        (&"clock".into(), &"cancelled".into())
    );
    assert_eq!(findings[4]["state"], "ok", "{json}");
}

#[test]
fn f57_a_signal_ends_a_call_that_waits_for_an_answer() {
    for sent in [Signal::INT, Signal::TERM] {
        let (url, requests) = service(|_| false);
        let child = metastudio(&["confirm", "f", "--endpoint", &url, "--json"]);
        let child = { child }.spawn().unwrap();
        requests.recv_timeout(PATIENCE).unwrap();
        let started = Instant::now();
        signal(&child, sent);
        let output = ended(child);
        let time = started.elapsed();
        assert_eq!(output.status.code(), Some(130), "{sent:?} after {time:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["error"]["kind"], "cancelled");
        assert_eq!(json["error"]["outcome"], "unknown");
    }
}

#[test]
fn f57_a_signal_during_the_put_cancels_the_upload() {
    let (_directory, clip) = clip();
    let (url, requests) = service(|request| !request.starts_with("PUT"));
    let child = metastudio(&["upload", &clip, "--asset-id", "a", "--endpoint", &url])
        .spawn()
        .unwrap();
    assert!(
        requests
            .recv_timeout(SOON)
            .unwrap()
            .starts_with("POST /v1/p/files ")
    );
    assert!(requests.recv_timeout(PATIENCE).unwrap().starts_with("PUT "));
    signal(&child, Signal::INT);
    let last = requests.recv_timeout(PATIENCE).unwrap();
    assert!(last.starts_with("POST /v1/p/files/f/complete "), "{last}");
    assert!(last.ends_with(r#"{"state":"CANCELLED"}"#), "{last}");
    let output = ended(child);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("metastudio: stopping"), "{stderr}");
    assert!(stderr.contains("file f was set to CANCELLED"), "{stderr}");
}

#[test]
fn f57_the_second_signal_ends_it_at_once() {
    let (_directory, clip) = clip();
    let (url, requests) = service(|request| request.starts_with("POST /v1/p/files "));
    let child = metastudio(&["upload", &clip, "--asset-id", "a", "--endpoint", &url])
        .spawn()
        .unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    signal(&child, Signal::INT);
    // CANCELLED is being told, and nobody answers.
    assert!(
        requests
            .recv_timeout(SOON)
            .unwrap()
            .ends_with(r#"{"state":"CANCELLED"}"#)
    );
    let started = Instant::now();
    signal(&child, Signal::INT);
    let output = ended(child);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(started.elapsed() < Duration::from_secs(2), "{stderr}");
    assert!(
        stderr.contains("ended at once; file f is registered"),
        "{stderr}"
    );
}

#[test]
fn f66_a_file_of_keys_that_others_may_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("credentials");
    std::fs::write(&file, "[basic]\nak = A\nsk = S\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = metastudio(&["confirm", "f", "--profile", "basic"])
        .env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", &file)
        .env("METASTUDIO_ENDPOINT", "http://127.0.0.1:1")
        .output()
        .unwrap();
    let said = text(&output.stderr);
    let warning = said.lines().next().unwrap();
    assert!(warning.starts_with("metastudio: warning: "), "{said}");
    assert!(warning.contains("chmod 600"), "{said}");
}

#[test]
fn the_emulator_runs_until_a_signal_and_ends_cleanly() {
    for sent in [Signal::INT, Signal::TERM] {
        let mut child = metastudio(&["emulator", "--port", "0", "--json"])
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = ready["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap();
        TcpStream::connect(address).unwrap();
        signal(&child, sent);
        let output = ended(child);
        assert_eq!(output.status.code(), Some(0), "{sent:?}");
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_signal_ends_a_command_that_reads_stdin() {
    let mut child = metastudio(&["sign", "POST", "https://h/", "--body-file", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds: when it is written, the command is reading.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![b'x'; 1 << 20]).unwrap();
    signal(&child, Signal::INT);
    assert_eq!(ended(child).status.code(), Some(130));
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let (_directory, clip) = clip();
    for arguments in [&["upload", &clip, "--local"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = metastudio(arguments).stdout(writer).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_can_not_be_written_is_a_failure() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = metastudio(&["confirm", "--local"])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("the result can't be written"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_is_uploaded_also_when_that_can_not_be_written() {
    let (directory, clip) = clip();
    let other = directory.path().join("other.mp4");
    std::fs::write(&other, "content").unwrap();
    let other = other.display().to_string();
    for (files, said) in [
        (&[&clip[..]][..], "is CREATED, but the result can't be"),
        (
            &[&clip[..], &other[..]],
            "2 of 2 files CREATED, but the result can't be",
        ),
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = metastudio(&["upload", "--local"])
            .args(files)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn f65_the_log_shows_no_secret() {
    let (_directory, clip) = clip();
    let (url, _requests) = service(|_| true);
    let arguments = ["upload", &clip, "--asset-id", "a", "--endpoint", &url, "-v"];
    let output = metastudio(&arguments)
        .env("HUAWEICLOUD_SDK_SK", "PlantedSecretKey")
        .env("HUAWEICLOUD_SDK_SECURITY_TOKEN", "PlantedToken")
        .output()
        .unwrap();
    let all = text(&output.stdout).to_owned() + text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{all}");
    assert!(all.contains("[DEBUG"), "{all}");
    assert!(!all.contains("Planted"), "{all}");
    assert!(!all.contains("Signature="), "{all}");
}
