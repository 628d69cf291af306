//! `metastudio upload` with several files, directories, stdin, and what to do when it fails.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{collections::BTreeSet, path::Path};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use serde_json::Value;
use support::{Done, Session, redacted};
use tempfile::TempDir;

/// Files below a directory, by their relative paths.
fn directory(files: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("content of {name}")).unwrap();
    }
    directory
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).display().to_string()
}

/// Everything, with the files' lines in an order that doesn't depend on the threads.
fn sorted(mut done: Done) -> String {
    for stream in [&mut done.stdout, &mut done.stderr] {
        let mut lines: Vec<_> = stream.lines().collect();
        lines.sort_unstable();
        *stream = lines.join("\n");
    }
    done.text()
}

fn json_lines(done: &Done) -> Vec<Value> {
    let lines = done.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_file_has_a_line_and_an_asset_of_its_own() {
    let files = [
        "a.mp4",
        "d/b.mp4",
        "d/.hidden.mp4",
        "d/.git/x.mp4",
        "d/s/c.mp4",
    ];
    let directory = directory(&files);
    std::fs::write(directory.path().join("d/empty.mp4"), "").unwrap();
    let _guard = redacted(Some(directory.path()));
    let emulator = Emulator::builder().start().unwrap();
    let done = Session::at(&emulator).run([
        "upload",
        &path(&directory, "a.mp4"),
        &path(&directory, "d"),
        &path(&directory, "missing.mp4"),
        "--new-asset",
        "VIDEO",
    ]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"in \d+\.\d s", "in [time] s");
    // How far the columns are apart depends on the directory's name.
    settings.add_filter(r"(\.mp4) {2,}", "$1  ");
    let _time = settings.bind_to_scope();
    insta::assert_snapshot!("several", sorted(done));
    let files = emulator.files();
    let names: BTreeSet<_> = files.iter().map(|file| file.file_name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["a.mp4", "b.mp4", "c.mp4"]));
    let assets: BTreeSet<_> = files.iter().map(|file| &file.asset_id).collect();
    assert_eq!(assets.len(), 3);
    assert!(files.iter().all(|file| file.state == FileState::Created));
}

#[test]
fn json_has_events_one_result_a_file_and_a_summary() {
    let directory = directory(&["a.mp4", "b.mp4"]);
    let emulator = Emulator::builder().start().unwrap();
    let arguments = [
        "upload",
        &path(&directory, ""),
        &path(&directory, "missing.mp4"),
        "--new-asset",
        "VIDEO",
        "--json",
    ];
    let done = Session::at(&emulator).run(arguments);
    let lines = json_lines(&done);
    for index in [0, 1] {
        let of_file = lines.iter().filter(|line| line["index"] == index);
        let words: Vec<_> = of_file
            .map(|line| line.get("event").unwrap_or(&line["type"]).as_str().unwrap())
            .collect();
        let expected = [
            "inspected",
            "hashed",
            "asset_created",
            "created",
            "stored",
            "confirmed",
            "result",
        ];
        assert_eq!(words, expected);
    }
    let results: Vec<_> = (lines.iter())
        .filter(|line| line["type"] == "result")
        .collect();
    assert_eq!(results.len(), 3);
    let failed = results.iter().find(|line| line["index"] == 2).unwrap();
    assert_eq!(failed["error"]["kind"], "source");
    assert_eq!(failed["error"]["stage"], "inspect");
    let summary = lines.last().unwrap();
    assert_eq!(summary["type"], "summary");
    assert_eq!(
        (&summary["files"], &summary["created"]),
        (&3.into(), &2.into())
    );
    assert_eq!(summary["exit_code"], 4);
    assert_eq!(done.code, 4, "{}", done.text());
    let ids: BTreeSet<_> = emulator.files().into_iter().map(|it| it.file_id).collect();
    let told = results.iter().filter_map(|line| line["file_id"].as_str());
    assert_eq!(told.map(str::to_owned).collect::<BTreeSet<_>>(), ids);
}

#[test]
fn the_worst_end_of_a_file_is_the_command_s() {
    for (operation, status, code) in [
        (Operation::PutObject, 403, 1),
        (Operation::CreateFile, 401, 3),
        (Operation::CreateFile, 500, 6),
    ] {
        let directory = directory(&["a.mp4", "b.mp4", "c.mp4"]);
        let emulator = Emulator::builder().start().unwrap();
        emulator.fail_next(operation, status);
        let directory = path(&directory, "");
        let options = ["--new-asset", "VIDEO", "--max-attempts", "1"];
        let done = Session::at(&emulator).run(["upload", &directory].iter().chain(&options));
        assert_eq!(done.code, code, "{status}: {}", done.text());
        assert!(
            done.stdout.contains("2 of 3 files CREATED"),
            "{}",
            done.text()
        );
    }
}

#[test]
fn two_main_files_for_one_asset_are_refused_before_anything_is_sent() {
    let directory = directory(&["a.png", "b.png"]);
    let _guard = redacted(Some(directory.path()));
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::at(&emulator);
    let directory = path(&directory, "");
    let done = session.run(["upload", &directory, "--asset-id", "a"]);
    insta::assert_snapshot!("two_main_files", done.text());
    assert!(emulator.requests().is_empty());
    let done = session.run([
        "upload",
        &directory,
        "--asset-id",
        "a",
        "--category",
        "PAGE",
    ]);
    assert_eq!(done.code, 0, "{}", done.text());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let _guard = redacted(None);
    let cases: [(&str, &[&str]); 6] = [
        ("stdin_without_name", &["-", "--local"]),
        ("stdin_and_files", &["-", "a.mp4", "--local"]),
        (
            "name_for_several",
            &["a.mp4", "b.mp4", "--name", "c.mp4", "--local"],
        ),
        (
            "two_destinations",
            &["a.mp4", "--asset-id", "a", "--new-asset", "VIDEO"],
        ),
        ("bad_rate", &["a.mp4", "b.mp4", "--local", "--rate", "0"]),
        ("bad_jobs", &["a.mp4", "b.mp4", "--local", "--jobs", "0"]),
    ];
    for (name, arguments) in cases {
        let done = Session::new().run(["upload"].iter().chain(arguments));
        assert_eq!(done.code, 2, "{name}: {}", done.text());
        insta::assert_snapshot!(name, done.text());
    }
}

#[test]
fn stdin_has_the_name_and_type_that_it_is_given() {
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::at(&emulator).stdin("streamed");
    let options = ["--name", "clip", "--type", "mp4", "--new-asset", "VIDEO"];
    let done = session.run(["upload", "-", "--json"].iter().chain(&options));
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(done.json()["file"], "clip");
    let [file] = &emulator.files()[..] else {
        panic!("not one file")
    };
    assert_eq!((file.file_name.as_str(), file.file_size), ("clip", 8));
    assert_eq!(file.file_type, "mp4");
    let arguments = ["upload", "-", "--name", "a.mp4", "--asset-id", "a"];
    let done = session.run(arguments.iter().chain(&["--spool-limit", "7"]));
    assert_eq!(done.code, 4, "{}", done.text());
    assert!(done.stderr.contains("(--spool-limit)"), "{}", done.stderr);
}

/// An upload that fails like this, and what it says.
fn failing(failures: &[(Operation, u16)], options: &[&str], file: &Path) -> (Emulator, Done) {
    let emulator = Emulator::builder().start().unwrap();
    for (operation, status) in failures {
        emulator.fail_next(*operation, *status);
    }
    let file = file.display().to_string();
    let endpoint = emulator.url().to_owned();
    let arguments = [
        "upload",
        &file,
        "--max-attempts",
        "1",
        "--endpoint",
        &endpoint,
    ];
    let done = Session::at(&emulator).run(arguments.iter().chain(options));
    (emulator, done)
}

#[test]
fn a_failure_says_what_to_do_next_in_a_form_to_copy() {
    let directory = directory(&["my clip.mp4"]);
    let file = directory.path().join("my clip.mp4");
    let _guard = redacted(Some(directory.path()));
    let lost = &[
        (Operation::ConfirmFileUpload, 500),
        (Operation::ShowAsset, 500),
    ];
    let not_settled = &[
        (Operation::PutObject, 400),
        (Operation::ConfirmFileUpload, 403),
    ];
    let refused = &[(Operation::PutObject, 400)];
    let kept = &[(Operation::PutObject, 400), (Operation::DeleteAsset, 403)];
    let deleted = &["--new-asset", "VIDEO", "--delete-asset-on-failure"];
    let show = |name: &str, failures: &[(Operation, u16)], options: &[&str]| {
        let (_emulator, done) = failing(failures, options, &file);
        insta::assert_snapshot!(name, done.text());
    };
    let user = &["--asset-id", "a", "--app-user-id", "u"];
    show("next_confirm_created", lost, user);
    let json = &["--asset-id", "a", "--json"];
    show("next_confirm_failed", not_settled, json);
    show(
        "next_into_the_new_asset",
        refused,
        &["--new-asset", "VIDEO"],
    );
    show("asset_deleted", refused, deleted);
    show("asset_not_deleted", kept, deleted);
}

#[test]
fn a_file_that_may_be_an_orphan_is_named_and_can_be_cancelled() {
    let directory = directory(&["clip.mp4"]);
    let clip = path(&directory, "clip.mp4");
    let _guard = redacted(Some(directory.path()));
    for cancel in [false, true] {
        let emulator = Emulator::builder().start().unwrap();
        let lost = Fault::reset().on(Operation::CreateFile).before_answer();
        emulator.inject(lost).unwrap();
        let mut arguments = vec!["upload", &clip, "--asset-id", "a"];
        arguments.extend(cancel.then_some("--cancel-orphan"));
        let done = Session::at(&emulator).run(arguments);
        assert_eq!(done.code, 6, "{}", done.text());
        let state = &emulator.files()[0].state;
        if cancel {
            assert_eq!(*state, FileState::Cancelled);
            assert!(!done.stderr.contains("next:"), "{}", done.stderr);
        } else {
            assert_eq!(*state, FileState::Creating);
            insta::assert_snapshot!("possible_orphan", done.text());
        }
    }
}

#[test]
fn what_it_says_to_do_next_can_be_done() {
    let directory = directory(&["clip.mp4"]);
    let file = directory.path().join("clip.mp4");
    for (failures, state) in [
        (
            [
                (Operation::ConfirmFileUpload, 500),
                (Operation::ShowAsset, 500),
            ],
            FileState::Created,
        ),
        (
            [
                (Operation::PutObject, 400),
                (Operation::ConfirmFileUpload, 403),
            ],
            FileState::Failed,
        ),
    ] {
        let (emulator, done) = failing(&failures, &["--asset-id", "a"], &file);
        assert_eq!(emulator.files()[0].state, FileState::Creating);
        let next = done
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("next: metastudio "));
        let next = next.unwrap_or_else(|| panic!("{}", done.text()));
        let done = Session::at(&emulator).run(next.split(' '));
        assert_eq!(done.code, 0, "{next}: {}", done.text());
        assert_eq!(emulator.files()[0].state, state);
    }
}

#[test]
fn a_confirmation_that_got_lost_is_looked_up_in_the_asset() {
    let directory = directory(&["clip.mp4"]);
    let file = directory.path().join("clip.mp4");
    let failures = [
        (Operation::ConfirmFileUpload, 500),
        (Operation::ShowAsset, 500),
    ];
    let (emulator, _) = failing(&failures, &["--asset-id", "a"], &file);
    let id = &emulator.files()[0].file_id;
    let confirm = ["confirm", id, "--max-attempts", "1", "--json"];
    let session = Session::at(&emulator);

    emulator.fail_next(Operation::ConfirmFileUpload, 500);
    let done = session.run(confirm);
    assert_eq!(done.code, 6, "{}", done.text());
    assert_eq!(
        done.json()["error"]["next"][0],
        format!("metastudio confirm {id} --state CREATED")
    );

    emulator.fail_next(Operation::ConfirmFileUpload, 500);
    let done = session.run(confirm.iter().chain(&["--asset-id", "a"]));
    assert_eq!(done.code, 0, "{}", done.text());

    let done = session.run(confirm.iter().chain(&["--asset-id", "a", "--verify"]));
    assert_eq!(done.json()["seen_state"], "CREATED", "{}", done.text());
}
