//! The file of a journal: what is in it survives, and nobody goes on without it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    thread,
};

use mss_http::{
    Error, ErrorKind, FileId, Outcome, UploadState,
    journal::{Ended, Header, Journal, JournalKind, Ledger, Record, Todo},
};

use crate::support::locked;

fn header() -> Header {
    let project_id = "6a6a1f8354f64dd9b9a614def7b59d83".parse().unwrap();
    Header::new(
        JournalKind::Confirm,
        "https://metastudio.example",
        project_id,
    )
    .started("2026-11-23T21:00:00Z")
}

fn file_id(entry: u64) -> FileId {
    format!("24bad716-87b1-45e5-8912-{entry:012x}")
        .parse()
        .unwrap()
}

fn planned(entry: u64) -> Record {
    Record::confirm(entry, file_id(entry), UploadState::Created)
}

fn sending(entry: u64) -> Record {
    Record::sending(entry, UploadState::Created)
}

fn ended(entry: u64) -> Record {
    let mut ended = Ended::new(Outcome::Applied);
    ended.state = Some(UploadState::Created);
    ended.request_id = Some("request-1".into());
    Record::ended(entry, ended)
}

/// A directory for one journal, and the journal's path.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.jsonl");
    (directory, path)
}

/// A journal of three entries: one settled, one sent, one planned.
fn three(path: &Path) {
    let journal = Journal::create(path, &header()).unwrap();
    journal
        .append(&[planned(0), planned(1), planned(2)])
        .unwrap();
    journal.append_synced(&[sending(0)]).unwrap();
    journal.append_synced(&[sending(1)]).unwrap();
    journal.append(&[ended(0)]).unwrap();
}

fn todos(ledger: &Ledger) -> Vec<&'static str> {
    let name = |todo| match todo {
        Todo::Applied(_) => "applied",
        Todo::Confirm { was_sent: true, .. } => "sent",
        Todo::Confirm { .. } => "planned",
        other => panic!("{other:?}"),
    };
    ledger.todos().map(name).collect()
}

#[track_caller]
fn refused(result: Result<impl Sized, Error>) -> String {
    let error = result.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    error.to_string()
}

#[test]
fn what_was_written_is_read_and_gone_on_with() {
    let (_directory, path) = place();
    three(&path);
    let (journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(ledger.header(), &header());
    assert_eq!(journal.header(), &header());
    assert_eq!(todos(&ledger), ["applied", "sent", "planned"]);
    journal.append_synced(&[ended(1), planned(3)]).unwrap();
    drop(journal);
    let (_journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(todos(&ledger), ["applied", "applied", "planned", "planned"]);
    assert_eq!(ledger.file_id(3), Some(file_id(3)));
}

/// What another process would find at this moment.
fn on_disk(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_synced_record_is_in_the_file_and_those_before_it_too() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, &header()).unwrap();
    journal.append(&[planned(0)]).unwrap();
    assert_eq!(on_disk(&path).lines().count(), 1, "nothing hurries");
    journal.append_synced(&[sending(0)]).unwrap();
    assert_eq!(on_disk(&path).lines().count(), 3);
    journal.append(&[ended(0)]).unwrap();
    journal.sync().unwrap();
    assert_eq!(on_disk(&path).lines().count(), 4);
    journal.append(&[planned(1)]).unwrap();
    drop(journal);
    assert_eq!(on_disk(&path).lines().count(), 5);
}

#[test]
fn threads_write_whole_lines_and_find_their_own_when_they_go_on() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, &header()).unwrap();
    let entries: Vec<_> = (0..320).collect();
    let items: Vec<_> = entries.iter().map(|entry| planned(*entry)).collect();
    journal.append(&items).unwrap();
    let entries = Mutex::new(entries.into_iter());
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                loop {
                    let next = locked(&entries).next();
                    let Some(entry) = next else { return };
                    journal.append_synced(&[sending(entry)]).unwrap();
                    let line = format!(r#"{{"n":{entry},"sending":"CREATED"}}"#);
                    let text = on_disk(&path);
                    assert!(text.lines().any(|it| it == line), "{entry}");
                    journal.append(&[ended(entry)]).unwrap();
                }
            });
        }
    });
    drop(journal);
    let (_journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(ledger.counts().applied, 320);
}

#[test]
fn many_planned_lines_are_not_kept_in_memory() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, &header()).unwrap();
    for entry in 0..100_000 {
        journal.append(&[planned(entry)]).unwrap();
    }
    let written = fs::metadata(&path).unwrap().len();
    drop(journal);
    let all = fs::metadata(&path).unwrap().len();
    assert!(written > all - 512 * 1024, "{written} of {all} bytes");
    assert_eq!(Journal::open(&path).unwrap().1.len(), 100_000);
}

/// A process that died while it wrote leaves the beginning of a file, of any length.
#[test]
fn f53_cut_at_every_byte_it_opens_without_what_was_cut_and_with_all_before_it() {
    let (_directory, path) = place();
    three(&path);
    let whole = fs::read(&path).unwrap();
    let header_end = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let mut seen = BTreeSet::new();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        if length < header_end {
            let text = refused(Journal::open(&path));
            assert!(
                text.contains("line 1 ") || text.contains("is empty"),
                "{text}"
            );
            continue;
        }
        let (journal, ledger) = Journal::open(&path).unwrap();
        // A line that lacks nothing but its end counts.
        let lines = whole[..length].split(|byte| *byte == b'\n');
        let is_whole = |line: &&[u8]| serde_json::from_slice::<serde_json::Value>(line).is_ok();
        let lines: Vec<_> = lines.filter(is_whole).collect();
        let kept = on_disk(&path);
        assert_eq!(
            kept.as_bytes(),
            [lines.join(&b'\n'), b"\n".to_vec()].concat()
        );
        seen.insert(todos(&ledger));
        // It goes on at a line's beginning.
        journal.append_synced(&[planned(ledger.len())]).unwrap();
        drop(journal);
        let (_journal, again) = Journal::open(&path).unwrap();
        assert_eq!(again.len(), ledger.len() + 1, "cut at {length}");
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[test]
fn f53_a_torn_last_line_is_healed_and_damage_elsewhere_is_refused_with_its_number() {
    let (_directory, path) = place();
    three(&path);
    let whole = on_disk(&path);
    let with = |line: usize, text: &str| {
        let mut lines: Vec<_> = whole.lines().collect();
        lines[line - 1] = text;
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        Journal::open(&path)
    };
    for garbage in ["", "\0\0\0\0", "garbage", r#"{"n":1,"send"#, "\u{feff}"] {
        for line in 1..7 {
            let text = refused(with(line, garbage));
            assert!(text.contains(&format!("line {line} ")), "{garbage}: {text}");
            assert!(text.contains("run.jsonl"), "{text}");
            assert!(text.contains("put right what it says"), "{text}");
        }
        let (journal, ledger) = with(7, garbage).unwrap();
        assert_eq!(todos(&ledger), ["sent", "sent", "planned"], "{garbage}");
        assert_eq!(on_disk(&path).lines().count(), 6);
        drop(journal);
    }
    // What is JSON was written whole, so nobody died while writing it.
    for (line, number) in [
        (r#"{"n":9,"sending":"CREATED"}"#, 7),
        (r#"{"n":1,"sending":"CANCELLED"}"#, 7),
        (r#"{"n":1,"more":1}"#, 7),
        (r#"{"n":9,"sending":"CREATED"}"#, 5),
    ] {
        let text = refused(with(number, line));
        assert!(text.contains(&format!("line {number} ")), "{text}");
    }
    let other = whole.replace("\"version\":1", "\"version\":2");
    let text = refused(with(1, other.lines().next().unwrap()));
    assert!(
        text.contains("version 2") && text.contains("version 1"),
        "{text}"
    );
    let long = "x".repeat(2 * 1024 * 1024);
    let text = refused(with(3, &long));
    assert!(text.contains("line 3 is longer"), "{text}");
    // Refused as it was, to be looked at.
    assert_eq!(on_disk(&path).lines().nth(2), Some(&*long));
}

#[test]
fn f53_line_ends_that_an_editor_has_changed_are_taken() {
    let (_directory, path) = place();
    three(&path);
    let changed = on_disk(&path).replace('\n', "\r\n");
    fs::write(&path, changed).unwrap();
    let (journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(todos(&ledger), ["applied", "sent", "planned"]);
    journal.append_synced(&[ended(1)]).unwrap();
    drop(journal);
    let (_journal, ledger) = Journal::open(&path).unwrap();
    assert_eq!(todos(&ledger), ["applied", "applied", "planned"]);
}

/// Runs a test of this file that is ignored, in a process of its own.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("journal::{test}")])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env("MSS_TEST_JOURNAL", path);
    command
}

fn journal_of_the_child() -> PathBuf {
    std::env::var_os("MSS_TEST_JOURNAL")
        .expect("run by another test")
        .into()
}

#[test]
#[ignore = "run by f53_a_second_process_is_refused as a process of its own"]
#[allow(clippy::print_stdout, reason = "how it tells the test that started it")]
fn opens_the_journal() {
    println!("said: {}", refused(Journal::open(journal_of_the_child())));
}

#[test]
fn f53_a_second_process_is_refused() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, &header()).unwrap();
    let clone = journal.clone();
    drop(journal);
    let output = child("opens_the_journal", &path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("another process is at work with it"),
        "{text}"
    );
    assert!(text.contains("run.jsonl"), "{text}");
    // Nor twice in one process.
    let text = refused(Journal::open(&path));
    assert!(text.contains("another process"), "{text}");
    drop(clone);
    Journal::open(&path).unwrap();
}

#[test]
fn a_journal_that_is_there_is_not_begun_again() {
    let (_directory, path) = place();
    fs::write(&path, "").unwrap();
    three(&path);
    let before = on_disk(&path);
    let text = refused(Journal::create(&path, &header()));
    assert!(text.contains("is there already: resume it"), "{text}");
    assert_eq!(on_disk(&path), before);
    let missing = path.with_file_name("missing.jsonl");
    let text = refused(Journal::open(&missing));
    assert!(text.contains("missing.jsonl"), "{text}");
    assert!(!missing.exists());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn f54_a_journal_is_its_owners_alone() {
        let (_directory, path) = place();
        three(&path);
        assert_eq!(mode(&path), 0o600);
        for before in [0o644, 0o640, 0o666, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
            Journal::open(&path).unwrap();
            assert_eq!(mode(&path) & 0o077, 0, "{before:o}");
        }
        // One that is taken because it is empty, too.
        let empty = path.with_file_name("empty.jsonl");
        fs::write(&empty, "").unwrap();
        fs::set_permissions(&empty, fs::Permissions::from_mode(0o644)).unwrap();
        three(&empty);
        assert_eq!(mode(&empty), 0o600);
    }

    #[test]
    fn f54_a_link_is_refused() {
        let (directory, path) = place();
        three(&path);
        let before = on_disk(&path);
        let link = directory.path().join("link.jsonl");
        symlink(&path, &link).unwrap();
        let dangling = directory.path().join("dangling.jsonl");
        symlink(directory.path().join("nothing.jsonl"), &dangling).unwrap();
        for link in [&link, &dangling] {
            let opened = refused(Journal::open(link));
            let created = refused(Journal::create(link, &header()));
            for text in [opened, created] {
                assert!(text.contains("is a symbolic link"), "{text}");
            }
        }
        assert_eq!(on_disk(&path), before);
        assert!(!directory.path().join("nothing.jsonl").exists());
    }

    #[test]
    fn f54_what_is_no_file_is_refused() {
        let (directory, _) = place();
        let text = refused(Journal::create(directory.path(), &header()));
        assert!(text.contains("can't be made"), "{text}");
        let null = refused(Journal::open("/dev/null"));
        assert!(null.contains("is no regular file"), "{null}");
    }

    #[test]
    fn f54_a_directory_that_takes_no_file_is_named() {
        let (directory, path) = place();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
        // To root no mode is in the way; this directory takes no files from anybody.
        let is_root = fs::write(directory.path().join("try"), "").is_ok();
        let path = if is_root {
            PathBuf::from("/sys/run.jsonl")
        } else {
            path
        };
        let error = Journal::create(&path, &header()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        let text = error.to_string();
        assert!(text.contains("run.jsonl: can't be made: "), "{text}");
        assert!(std::error::Error::source(&error).is_some());
    }

    /// Fills the journal until it takes no more, and says how far it came.
    #[test]
    #[ignore = "run by the tests of a full disk as a process of its own"]
    #[allow(clippy::print_stdout, reason = "how it tells the test that started it")]
    fn fills_the_journal() {
        let path = journal_of_the_child();
        let journal = Journal::create(&path, &header()).unwrap();
        let mut synced = 0;
        let error = loop {
            // Longer ones in between, so that a line's end is nowhere special.
            let mut more = Ended::new(Outcome::Unknown);
            more.set_message(&"m".repeat(usize::try_from(synced % 200).unwrap()));
            let records = [
                planned(synced),
                sending(synced),
                Record::ended(synced, more),
            ];
            match journal.append_synced(&records) {
                Ok(()) => synced += 1,
                Err(error) => break error,
            }
            assert!(synced < 10_000, "the disk is never full");
        };
        assert_eq!(error.kind(), ErrorKind::Journal);
        // From then on for everybody, also when there is room again.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    refused(journal.append_synced(&[planned(0)]));
                    refused(journal.append(&[planned(0)]));
                    refused(journal.sync());
                });
            }
        });
        println!("said: {synced} {error}");
    }

    /// The lines before the one that found no room, and nothing of that one.
    fn check_filled(command: &mut Command, path: &Path, reason: &str) {
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text.split_once("said: ").expect(&text).1;
        let (synced, error) = said.split_once(' ').unwrap();
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("run.jsonl: can't be written"), "{error}");
        let synced: u64 = synced.parse().unwrap();
        assert!(synced > 10, "{said}");
        assert!(on_disk(path).ends_with('\n'));
        assert_eq!(on_disk(path).lines().count() as u64, 1 + 3 * synced);
    }

    #[test]
    fn f52_no_line_is_begun_that_finds_no_room() {
        let (_directory, path) = place();
        let child = child("unix::fills_the_journal", &path);
        // No more than so many blocks a file, and no signal about it.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$0" "$@""#])
            .arg(child.get_program())
            .args(child.get_args())
            .env("MSS_TEST_JOURNAL", &path);
        check_filled(&mut command, &path, "File too large");
        let (journal, ledger) = Journal::open(&path).unwrap();
        journal.append_synced(&[planned(ledger.len())]).unwrap();
    }

    /// Only who may mount has a disk to fill.
    #[cfg(target_os = "linux")]
    #[test]
    #[allow(clippy::print_stderr, reason = "says what was not tried")]
    fn f52_a_full_disk_ends_it_before_the_side_effect() {
        let (directory, path) = place();
        let child = child("unix::fills_the_journal", &path);
        let script = r#"mount -t tmpfs -o size=64k tmpfs "$DISK" || { echo "no mount"; exit 0; }
            "$0" "$@"; cat "$MSS_TEST_JOURNAL" > "$KEPT""#;
        let kept = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(child.get_program())
            .args(child.get_args())
            .env("MSS_TEST_JOURNAL", &path)
            .env("DISK", directory.path())
            .env("KEPT", kept.path());
        let may_mount = command
            .output()
            .is_ok_and(|output| output.status.success() && !output.stdout.starts_with(b"no mount"));
        if !may_mount {
            eprintln!("this machine lets nobody mount; the limit of a file's size has to do");
            return;
        }
        check_filled(&mut command, kept.path(), "No space left on device");
    }
}
