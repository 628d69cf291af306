//! `metastudio upload --from` and `--journal`: lists of files, and how their uploads are finished.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::fs;

use mss_emulator::{Emulator, Fault, FileState, FileView, Operation};
use support::{Done, Session, redacted};

struct Setup {
    emulator: Emulator,
    directory: tempfile::TempDir,
}

impl Setup {
    /// With two films and a picture.
    fn new() -> Self {
        let emulator = Emulator::builder().rate_limit(None).start().unwrap();
        let directory = tempfile::tempdir().unwrap();
        for name in ["one.mp4", "two.mp4", "cover.png"] {
            fs::write(directory.path().join(name), name).unwrap();
        }
        Self {
            emulator,
            directory,
        }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn list(&self, name: &str, text: &str) -> String {
        let (path, directory) = (self.path(name), self.path(""));
        fs::write(&path, text.replace('@', &directory)).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Done {
        let all = [&["upload", "--rate", "none"][..], arguments].concat();
        Session::at(&self.emulator).run(all)
    }

    fn resume(&self) -> Done {
        let journal = self.path("run.jsonl");
        let session = Session::at(&self.emulator)
            .without("METASTUDIO_ENDPOINT")
            .without("HUAWEICLOUD_SDK_PROJECT_ID");
        session.run(["resume", &journal, "--rate", "none", "--jobs", "1"])
    }

    fn file(&self, name: &str) -> FileView {
        let files = self.emulator.files();
        let file = files.into_iter().rfind(|file| file.file_name == name);
        file.unwrap_or_else(|| panic!("no file {name}"))
    }

    fn redacted(&self) -> (impl Drop, impl Drop) {
        let guard = redacted(Some(self.directory.path()));
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"in \d+\.\d s", "in [time] s");
        // How far the columns are apart depends on the directory's name.
        settings.add_filter(r"(\.mp4|\.png) {2,}", "$1  ");
        (guard, settings.bind_to_scope())
    }
}

#[test]
fn each_file_has_its_own_place_or_that_of_all() {
    let setup = Setup::new();
    let jsonl = setup.list(
        "films.jsonl",
        r#"{"path": "@one.mp4", "asset_id": "a1", "file_name": "first.mp4", "year": 2026}
{"path": "@two.mp4", "file_type": "m4v"}
{"path": "@cover.png", "asset_id": "a1", "category": "COVER", "new_asset": null}
"#,
    );
    let done = setup.run(&["--from", &jsonl, "--new-asset", "VIDEO"]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(
        done.stdout.contains("3 of 3 files CREATED"),
        "{}",
        done.stdout
    );
    let first = setup.file("first.mp4");
    assert_eq!((&*first.asset_id, &*first.category), ("a1", "MAIN"));
    let two = setup.file("two.mp4");
    assert_eq!((&*two.file_type, two.asset_id == "a1"), ("m4v", false));
    let cover = setup.file("cover.png");
    assert_eq!((&*cover.asset_id, &*cover.category), ("a1", "COVER"));
    for file in setup.emulator.files() {
        assert_eq!(file.state, FileState::Created);
    }

    let csv = setup.list("films.csv", "asset_id,path\na2,@one.mp4\n,\"@two.mp4\"\n");
    let done = setup.run(&["--from", &csv, "--asset-id", "a3"]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.file("one.mp4").asset_id, "a2");
    assert_eq!(setup.file("two.mp4").asset_id, "a3");

    let plain = setup.list("films", "# films\n@one.mp4\n\n@two.mp4\n");
    let done = setup.run(&["--from", &plain, "--local"]);
    assert_eq!(done.code, 0, "{}", done.text());
}

#[test]
fn a_list_on_stdin() {
    let setup = Setup::new();
    let text = format!("{}\n{}\n", setup.path("one.mp4"), setup.path("two.mp4")).leak();
    let session = Session::at(&setup.emulator).stdin(text);
    let done = session.run(["upload", "--from", "-", "--new-asset", "VIDEO"]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.emulator.files().len(), 2);
}

#[test]
fn a_bad_line_refuses_the_list_and_is_named() {
    let setup = Setup::new();
    let _guard = setup.redacted();
    for (case, text, options) in [
        (
            "no_asset",
            "{\"path\": \"@one.mp4\", \"asset_id\": \"a\"}\n{\"path\": \"@two.mp4\"}\n",
            &[][..],
        ),
        (
            "two_assets",
            "{\"path\": \"@one.mp4\", \"asset_id\": \"a\", \"new_asset\": \"VIDEO\"}\n",
            &[],
        ),
        (
            "bad_asset",
            "{\"path\": \"@one.mp4\", \"asset_id\": \"a/b\"}\n",
            &[],
        ),
        (
            "no_path",
            "{\"file\": \"@one.mp4\"}\n",
            &["--asset-id", "a"],
        ),
        (
            "two_main",
            "{\"path\": \"@one.mp4\"}\n{\"path\": \"@two.mp4\"}\n",
            &["--asset-id", "a"],
        ),
    ] {
        let list = setup.list("films.jsonl", text);
        let done = setup.run(&[&["--from", &list][..], options].concat());
        assert_eq!(done.code, 2, "{case}: {}", done.text());
        insta::assert_snapshot!(format!("list_{case}"), done.text());
    }
    assert_eq!(setup.emulator.requests().len(), 0);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let setup = Setup::new();
    let _guard = setup.redacted();
    let journal = setup.path("run.jsonl");
    for (case, arguments) in [
        ("from_and_file", &["a.mp4", "--from", "list"][..]),
        (
            "from_and_name",
            &["--from", "list", "--name", "b.mp4", "--asset-id", "a"],
        ),
        (
            "journal_and_local",
            &["a.mp4", "--journal", "run.jsonl", "--local"],
        ),
        (
            "journal_and_stdin",
            &[
                "-",
                "--journal",
                &journal,
                "--name",
                "b.mp4",
                "--asset-id",
                "a",
            ],
        ),
    ] {
        let done = setup.run(arguments);
        assert_eq!(done.code, 2, "{case}: {}", done.text());
        insta::assert_snapshot!(case, done.text());
    }
}

/// Files end in any order: lines of the same kind that follow one another are sorted.
fn in_order(text: &str) -> String {
    let kind = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let lines: Vec<_> = text.lines().collect();
    let mut groups: Vec<Vec<&str>> = lines
        .chunk_by(|one, next| kind(one) == kind(next))
        .map(<[&str]>::to_vec)
        .collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.concat().join("\n")
}

#[test]
fn resume_finishes_what_failed_in_passing() {
    let setup = Setup::new();
    let _guard = setup.redacted();
    let journal = setup.path("run.jsonl");
    for operation in [Operation::ConfirmFileUpload, Operation::ShowAsset] {
        setup
            .emulator
            .inject(Fault::status(500).on(operation).always())
            .unwrap();
    }
    let arguments = ["--journal", &journal, "--max-attempts", "1", "--jobs", "1"];
    let files = [
        &setup.path("one.mp4"),
        &setup.path("two.mp4"),
        "--new-asset",
        "VIDEO",
    ];
    let done = setup.run(&[&files[..], &arguments].concat());
    assert_eq!(done.code, 6, "{}", done.text());
    insta::assert_snapshot!("upload_with_journal", in_order(&done.text()));

    let done = setup.run(&[&files[..], &arguments].concat());
    assert_eq!(done.code, 4, "{}", done.text());
    insta::assert_snapshot!("journal_is_there", done.text());

    setup.emulator.clear_faults();
    let done = setup.resume();
    assert_eq!(done.code, 0, "{}", done.text());
    insta::assert_snapshot!("resumed_uploads", in_order(&done.text()));
    let files = setup.emulator.files();
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|file| file.state == FileState::Created));

    let before = setup.emulator.requests().len();
    let done = setup.resume();
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(
        done.stdout
            .starts_with("summary    2 of 2 files CREATED (2 of them known before), "),
        "{}",
        done.text()
    );
    assert_eq!(setup.emulator.requests().len(), before);
}

#[test]
fn a_file_that_may_be_an_orphan_is_told_with_what_to_do() {
    let setup = Setup::new();
    let _guard = setup.redacted();
    let journal = setup.path("run.jsonl");
    let lost = Fault::reset().on(Operation::CreateFile).before_answer();
    setup.emulator.inject(lost).unwrap();
    let arguments = [
        "--journal",
        &journal,
        "--asset-id",
        "a",
        "--category",
        "COVER",
    ];
    let done = setup.run(&[&[&*setup.path("cover.png")][..], &arguments].concat());
    assert_eq!(done.code, 6, "{}", done.text());
    let done = setup.resume();
    assert_eq!(done.code, 0, "{}", done.text());
    insta::assert_snapshot!("possible_orphan", done.text());
    let orphan = &setup.emulator.files()[0];
    assert_eq!(orphan.state, FileState::Creating);
    // What it says can be done, from the keys alone.
    let next = done
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("next: metastudio "));
    let session = Session::at(&setup.emulator)
        .without("METASTUDIO_ENDPOINT")
        .without("HUAWEICLOUD_SDK_PROJECT_ID");
    let done = session.run(next.unwrap().split(' '));
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.emulator.files()[0].state, FileState::Cancelled);
}

#[test]
fn resumed_uploads_in_json() {
    let setup = Setup::new();
    let journal = setup.path("run.jsonl");
    setup.emulator.fail_next(Operation::CreateFile, 503);
    let files = [
        &*setup.path("one.mp4"),
        &setup.path("missing.mp4"),
        "--new-asset",
        "VIDEO",
    ];
    let done = setup.run(&[&files[..], &["--journal", &journal, "--max-attempts", "1"]].concat());
    assert_eq!(done.code, 6, "{}", done.text());
    let session = Session::at(&setup.emulator);
    let done = session.run(["resume", &journal, "--json"]);
    let lines: Vec<serde_json::Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [results @ .., summary] = &lines[..] else {
        panic!("{}", done.text())
    };
    assert_eq!(results.len(), 2, "{}", done.text());
    for result in results {
        assert_eq!(result["type"], "result");
        let is_missing = result["file"].as_str().unwrap().ends_with("missing.mp4");
        assert_eq!(result["end"], if is_missing { "failed" } else { "created" });
        assert_eq!(result.get("error").is_some(), is_missing);
        assert_eq!(result["file_id"].is_string(), !is_missing);
    }
    assert_eq!(
        (&summary["created"], &summary["failed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(summary["exit_code"], 4);
    assert_eq!(done.code, 4, "{}", done.text());
}
