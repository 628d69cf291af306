//! Batches with a journal: what stands in it when, and how they are gone on with.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use mss_http::{
    BatchItem, Client, Confirmation, ErrorKind, Outcome, UploadState,
    journal::{Counts, Journal, JournalKind},
};

use crate::support::{Act, PROJECT, Request, Server, client_with_token, ok_with};

fn item(number: usize) -> BatchItem {
    let id = format!("file-{number}").parse().unwrap();
    BatchItem::new(id, UploadState::Created)
}

fn file_of(request: &Request) -> String {
    let id = request.line().split('/').nth(4);
    id.unwrap_or_default().to_owned()
}

fn all(results: impl Iterator<Item = Result<Confirmation, mss_http::Error>>) -> Vec<Confirmation> {
    results.collect::<Result<_, _>>().unwrap()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.jsonl");
    (directory, path)
}

fn counts(path: &Path) -> Counts {
    Journal::open(path).unwrap().1.counts()
}

/// What the service has when the answer goes out, the journal had on disk before.
#[test]
fn nothing_is_sent_before_its_line_is_on_disk() {
    let (_directory, path) = place();
    let seen = path.clone();
    let server = Server::acting(move |request, _| {
        let file = file_of(request);
        let text = fs::read_to_string(&seen).unwrap();
        let planned = text
            .lines()
            .find(|line| line.contains(&format!("\"{file}\"")));
        let planned: serde_json::Value = serde_json::from_str(planned.unwrap()).unwrap();
        let sending = format!(r#"{{"n":{},"sending":"CREATED"}}"#, planned["n"]);
        let is_noted = text.lines().any(|line| line == sending);
        Act::Send(ok_with(if is_noted { "noted" } else { "not noted" }))
    });
    let client = client_with_token(&server, "secret-token");
    let items = || (0..200).map(item);
    let results = all(client.batch().journal(&path).run_all(items()).unwrap());
    assert!(results.iter().all(|it| it.request_id() == Some("noted")));
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("secret-token"), "{text}");
    let (_journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(ledger.header().kind, JournalKind::Confirm);
    assert_eq!(ledger.header().project_id.as_str(), PROJECT);
    assert_eq!((ledger.counts().applied, ledger.len()), (200, 200));
    // All were planned before the first was sent.
    let first = text.lines().position(|line| line.contains("sending"));
    assert_eq!(first, Some(201));
}

#[test]
fn the_same_batch_again_sends_what_is_open_only() {
    let (_directory, path) = place();
    let server = Server::acting(|request, number| match file_of(request).as_str() {
        "file-1" => Act::status(404),
        "file-2" if number < 20 => Act::status(503),
        file => Act::Send(ok_with(file)),
    });
    let client = client_with_token(&server, "token");
    let run = |count: usize| {
        let batch = client.batch().journal(&path);
        all(batch.run_all((0..count).map(item)).unwrap())
    };
    let first = run(4);
    assert_eq!(first[2].outcome(), Outcome::Unknown);
    let sent = server.requests().len();
    let second = run(6);
    let again: Vec<_> = server.requests()[sent..].iter().map(file_of).collect();
    // It was tried three times again.
    assert!(
        again
            .iter()
            .all(|it| ["file-2", "file-4", "file-5"].contains(&it.as_str()))
    );
    let repeats: Vec<_> = second.iter().map(|it| it.is_repeat).collect();
    assert_eq!(repeats, [true, true, false, true, false, false]);
    let refused = second[1].result.as_ref().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert_eq!(
        (second[1].status, second[1].error_code()),
        (Some(404), Some("MSS.404"))
    );
    for at in [0, 3] {
        assert_eq!(second[at].request_id(), first[at].request_id());
        assert_eq!(second[at].status, Some(200));
    }
    let counts = counts(&path);
    assert_eq!((counts.applied, counts.refused, counts.open), (4, 1, 1));
}

#[test]
fn a_journal_of_something_else_is_refused() {
    let (_directory, path) = place();
    let server = Server::script([Act::ok()]);
    let other = Server::script([Act::ok()]);
    let client = client_with_token(&server, "token");
    all(client.batch().journal(&path).run_all([item(0)]).unwrap());
    let user = "user-7".parse().unwrap();
    for (batch, what) in [
        (
            client_with_token(&other, "token").batch(),
            "but this client is for project",
        ),
        (
            client.batch().app_user_id(user),
            "whose X-App-UserId is none, but here it is user-7",
        ),
    ] {
        let error = batch.journal(&path).run_all([item(1)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains(what), "{error}");
    }
    // Another state than the one that was sent is refused for that file alone.
    let failed = BatchItem::new("file-0".parse().unwrap(), UploadState::Failed);
    let results = all(client.batch().journal(&path).run([failed]).unwrap());
    assert_eq!(results[0].outcome(), Outcome::NotApplied);
    assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
}

#[test]
fn resume_sends_the_same_state_again_and_nothing_that_is_done() {
    let (_directory, path) = place();
    let header = r#"{"journal":"metastudio","version":1,"kind":"confirm","endpoint":"URL","project_id":"PROJECT","app_user_id":"user-7"}
{"n":0,"item":{"file_id":"done","state":"CREATED"}}
{"n":1,"item":{"file_id":"unknown","state":"CREATED"}}
{"n":2,"item":{"file_id":"planned","state":"CANCELLED"}}
{"n":3,"item":{"file_id":"refused","state":"CREATED"}}
{"n":4,"item":{"file_id":"throttled","state":"FAILED"}}
{"n":0,"sending":"CREATED"}
{"n":1,"sending":"CREATED"}
{"n":3,"sending":"CREATED"}
{"n":4,"sending":"FAILED"}
{"n":0,"ended":{"outcome":"applied","status":200}}
{"n":3,"ended":{"outcome":"not_applied","kind":"not_found","status":404}}
{"n":4,"ended":{"outcome":"not_applied","kind":"rate_limited","status":429}}
"#;
    let server = Server::acting(|request, _| Act::Send(ok_with(&file_of(request))));
    let text = header
        .replace("URL", &server.url())
        .replace("PROJECT", PROJECT);
    fs::write(&path, text).unwrap();
    let client = client_with_token(&server, "token");
    let results = all(client.batch().concurrency(1).resume(&path).unwrap());
    let indices: Vec<_> = results.iter().map(|it| it.index).collect();
    assert_eq!(indices, [1, 2, 4]);
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|it| (file_of(it), it.text().to_owned()))
        .collect();
    let body = |state: &str| format!(r#"{{"state":"{state}"}}"#);
    let expected = [
        ("unknown", "CREATED"),
        ("planned", "CANCELLED"),
        ("throttled", "FAILED"),
    ];
    assert_eq!(
        sent,
        expected.map(|(file, state)| (file.to_owned(), body(state)))
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|it| it.header("X-App-UserId") == Some("user-7"))
    );
    let counts = counts(&path);
    assert_eq!((counts.applied, counts.refused, counts.open), (4, 1, 0));
    assert_eq!(all(client.batch().resume(&path).unwrap()).len(), 0);
    assert_eq!(server.requests().len(), 3);
}

/// Runs a test of this file that is ignored, in a process of its own.
fn child(test: &str, server: &Server, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("batch_journal::{test}")])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env("MSS_TEST_JOURNAL", path)
        .env("MSS_TEST_URL", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

fn in_the_child() -> (Client, PathBuf) {
    let of = |name| std::env::var(name).expect("run by another test");
    let client = Client::builder()
        .endpoint(of("MSS_TEST_URL"))
        .project_id(PROJECT)
        .token(mss_http::Token::new("token").unwrap())
        .build()
        .unwrap();
    (client, of("MSS_TEST_JOURNAL").into())
}

const FILES: usize = 200;

#[test]
#[ignore = "half of f51_a_batch_that_was_killed_is_finished"]
fn confirms_until_it_is_killed() {
    let (client, path) = in_the_child();
    let items = (0..FILES).map(item);
    all(client
        .batch()
        .concurrency(8)
        .journal(path)
        .run_all(items)
        .unwrap());
}

/// How often each file was confirmed. There is no other state than CREATED in this batch.
fn times(server: &Server) -> HashMap<String, usize> {
    let mut times = HashMap::new();
    for request in server.requests() {
        assert_eq!(request.text(), r#"{"state":"CREATED"}"#);
        *times.entry(file_of(&request)).or_default() += 1;
    }
    times
}

#[test]
fn f51_a_batch_that_was_killed_is_finished() {
    let rounds = std::env::var("METASTUDIO_KILLS").map_or(50, |it| it.parse().unwrap());
    for round in 0..rounds {
        let (_directory, path) = place();
        let server = Server::acting(|request, _| {
            std::thread::sleep(Duration::from_micros(200));
            Act::Send(ok_with(&file_of(request)))
        });
        let mut killed = child("confirms_until_it_is_killed", &server, &path)
            .spawn()
            .unwrap();
        let requests = round * (FILES + 20) / rounds;
        if requests < FILES {
            server.wait_for_requests(requests);
            killed.kill().unwrap();
        }
        killed.wait().unwrap();
        let before = times(&server);
        if !path.exists() {
            assert!(before.is_empty(), "sent without a journal");
            continue;
        }
        let client = client_with_token(&server, "token");
        let (open, resumed) = match Journal::open(&path).map(|it| it.1) {
            // It came to an end before its first line was there.
            Err(error) if before.is_empty() => {
                assert_eq!(error.kind(), ErrorKind::Journal);
                continue;
            }
            Err(error) => panic!("round {round}: {error}"),
            Ok(ledger) => (ledger.counts().open, client.batch().resume(&path).unwrap()),
        };
        let results = all(resumed);
        assert_eq!(results.len() as u64, open);
        assert!(results.iter().all(|it| it.outcome() == Outcome::Applied));
        let counts = counts(&path);
        assert_eq!((counts.open, counts.refused), (0, 0), "round {round}");
        let after = times(&server);
        if !before.is_empty() {
            // Planned as a whole before the first was sent.
            assert_eq!((counts.applied, after.len()), (FILES as u64, FILES));
        }
        for (file, times) in after {
            assert!(
                times <= 2,
                "round {round}: {file} was confirmed {times} times"
            );
        }
    }
}

#[cfg(unix)]
#[test]
#[ignore = "half of f52_a_journal_that_takes_no_more_ends_the_batch_before_the_side_effect"]
fn confirms_until_the_journal_is_full() {
    let (client, path) = in_the_child();
    let mut results = client
        .batch()
        .concurrency(8)
        .journal(path)
        .run((0..).map(item))
        .unwrap();
    let mut ended = Vec::new();
    let error = loop {
        match results.next().unwrap() {
            Ok(confirmation) => ended.push(confirmation),
            Err(error) => break error,
        }
    };
    assert!(results.next().is_none());
    assert_eq!(error.kind(), ErrorKind::Journal);
    let is_applied = |it: &&Confirmation| it.outcome() == Outcome::Applied;
    let applied = ended.iter().filter(is_applied).count();
    for it in ended.iter().filter(|it| !is_applied(it)) {
        let error = it.result.as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!((it.outcome(), it.attempts), (Outcome::NotApplied, 0));
    }
    println!("said: {applied} {error}");
}

#[cfg(unix)]
#[test]
fn f52_a_journal_that_takes_no_more_ends_the_batch_before_the_side_effect() {
    let (_directory, path) = place();
    let server = Server::acting(|request, _| Act::Send(ok_with(&file_of(request))));
    let child = child("confirms_until_the_journal_is_full", &server, &path);
    // No more than so many blocks a file, and no signal about it.
    let output = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$0" "$@""#])
        .arg(child.get_program())
        .args(child.get_args())
        .env("MSS_TEST_JOURNAL", &path)
        .env("MSS_TEST_URL", server.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text.split_once("said: ").expect(&text).1;
    let (applied, error) = said.split_once(' ').unwrap();
    assert!(
        error.contains("run.jsonl: can't be written: File too large"),
        "{error}"
    );
    let times = times(&server);
    assert_eq!(applied.parse(), Ok(times.len()));
    assert!(times.len() > 50 && times.values().all(|it| *it == 1));
    // Each that was sent stands in the journal.
    let text = fs::read_to_string(&path).unwrap();
    let sending = text.lines().filter(|line| line.contains("sending")).count();
    assert!(
        sending >= times.len(),
        "{sending} lines for {} calls",
        times.len()
    );
}
