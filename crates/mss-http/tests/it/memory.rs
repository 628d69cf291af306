//! What is left of a secret key in the memory of a process whose client is gone.

use std::{
    fs::File,
    io::{self, BufRead as _, Write as _},
    os::unix::fs::FileExt as _,
    process::{Child, Command, Stdio},
};

use mss_emulator::Emulator;
use mss_http::{
    CallOptions, Client, CredentialSource, Credentials, ErrorKind, Outcome, Profile, UploadState,
};

use crate::support::file;

const LENGTH: usize = 40;

/// A part of the key, from the size of what an allocator writes into freed memory on.
const PART: usize = 8;

/// The key's letters follow from a number, so that the child process never has to be told the key.
/// They are put one by one where the key then stays.
fn secret_key(mut seed: u64) -> String {
    let mut key = String::with_capacity(LENGTH);
    while key.len() < LENGTH {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        key.push(char::from(b'a' + u8::try_from((seed >> 33) % 26).unwrap()));
    }
    key
}

/// The key as it stands in memory: itself, and as HMAC works it into its two blocks.
fn forms(key: &str) -> impl Iterator<Item = Vec<u8>> {
    let masks = [0, 0x36, 0x5c];
    masks
        .map(|mask| key.bytes().map(|byte| byte ^ mask).collect::<Vec<_>>())
        .into_iter()
}

/// Where parts of the key stand in what the process can write to.
fn found(child: &Child, key: &str) -> Vec<String> {
    let place = |name| format!("/proc/{}/{name}", child.id());
    let memory = File::open(place("mem")).unwrap();
    let given = environment(&std::fs::read_to_string(place("stat")).unwrap());
    let forms: Vec<_> = forms(key).collect();
    let mut found = Vec::new();
    for line in std::fs::read_to_string(place("maps")).unwrap().lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|it| u64::from_str_radix(it, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.read_exact_at(&mut bytes, from).unwrap();
        for (form, part) in forms.iter().flat_map(|form| form.chunks(PART).enumerate()) {
            for at in places(&bytes, part) {
                let address = from + at as u64;
                if !(given[0]..given[1]).contains(&address) {
                    found.push(format!("part {form} at {address:x} in {line}"));
                }
            }
        }
    }
    found
}

/// Where a process was given its environment, which is the system's copy: from and to.
fn environment(stat: &str) -> [u64; 2] {
    // After the name in brackets, the third field and those that follow.
    let fields: Vec<_> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    [fields[50 - 3], fields[51 - 3]].map(|it| it.parse().unwrap())
}

fn places(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(part.len()).enumerate();
    let same = windows.filter(|(_, window)| window[0] == part[0] && *window == part);
    same.map(|it| it.0).collect()
}

/// Starts the other half. Each line that it says is an answer to one that it was sent.
fn child(emulator: &Emulator, source: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "memory::calls_and_forgets", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .env("MSS_TEST_URL", emulator.url())
        .env("MSS_TEST_PROJECT", emulator.project_id())
        .env("MSS_TEST_SOURCE", source)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn asked() {
    let mut line = String::new();
    assert_ne!(io::stdin().lock().read_line(&mut line).unwrap(), 0);
}

#[test]
#[ignore = "half of f67_nothing_of_the_key_is_left_when_the_client_is_gone"]
fn calls_and_forgets() {
    let of = |name| std::env::var(name).expect("run by another test");
    let source = match of("MSS_TEST_SOURCE").as_str() {
        "environment" => CredentialSource::environment(),
        "callback" => CredentialSource::callback(|| Ok(given())),
        "given" => given().into(),
        file => CredentialSource::from(Profile::new().file(file)),
    };
    let client = Client::builder()
        .endpoint(of("MSS_TEST_URL"))
        .project_id(of("MSS_TEST_PROJECT"))
        .credential_source(source)
        .build()
        .unwrap();
    let options = CallOptions::new().max_attempts(1);
    let other = client.with_options(options).unwrap();
    for client in [&client, &other] {
        // The emulator knows no such file, and says so to a good signature only.
        let error = client.confirm_file_upload(&file(), UploadState::Created);
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
    }
    println!("said: open");
    asked();
    drop((client, other));
    println!("said: gone");
    asked();
}

fn given() -> mss_http::FoundCredentials {
    let seed = std::env::var("MSS_TEST_SEED").unwrap().parse().unwrap();
    let keys = Credentials::new("MEMORYKEY", secret_key(seed)).unwrap();
    mss_http::FoundCredentials::keys(keys)
}

#[test]
fn f67_nothing_of_the_key_is_left_when_the_client_is_gone() {
    let seed = u64::from(std::process::id());
    let key = secret_key(seed);
    let emulator = Emulator::builder().access_key("MEMORYKEY").secret_key(&key);
    let emulator = emulator.start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let profile = directory.path().join("credentials");
    std::fs::write(&profile, format!("[basic]\nak = MEMORYKEY\nsk = {key}\n")).unwrap();
    for source in [
        "given",
        "callback",
        "environment",
        profile.to_str().unwrap(),
    ] {
        let mut command = child(&emulator, source);
        if source == "environment" {
            command.env("HUAWEICLOUD_SDK_AK", "MEMORYKEY");
            command.env("HUAWEICLOUD_SDK_SK", &key);
        }
        let mut child = command
            .env("MSS_TEST_SEED", seed.to_string())
            .spawn()
            .unwrap();
        let mut said = io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut hear = |word: &str| {
            let line = format!("said: {word}");
            assert!(
                said.any(|it| it.unwrap().ends_with(&line)),
                "{source}: {line}"
            );
        };
        let mut tell = child.stdin.take().unwrap();
        hear("open");
        // Else the search sees nothing at all.
        assert!(!found(&child, &key).is_empty(), "{source}");
        tell.write_all(b"\n").unwrap();
        hear("gone");
        assert_eq!(found(&child, &key), [""; 0], "{source}");
        tell.write_all(b"\n").unwrap();
        hear_the_rest(&mut child);
    }
}

fn hear_the_rest(child: &mut Child) {
    assert!(child.wait().unwrap().success());
}
