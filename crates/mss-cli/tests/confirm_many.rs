//! `metastudio confirm --from`: lists of files, what is said of them, and how it ends.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{fs, path::PathBuf};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use serde_json::Value;
use support::{Done, Session, redacted, registered};

struct Setup {
    emulator: Emulator,
    directory: tempfile::TempDir,
    ids: Vec<String>,
}

impl Setup {
    /// An emulator that waits for the confirmations of so many files.
    fn new(files: usize) -> Self {
        let emulator = Emulator::builder().rate_limit(None).start().unwrap();
        let ids = registered(&emulator, files);
        Self {
            emulator,
            directory: tempfile::tempdir().unwrap(),
            ids,
        }
    }

    fn list(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, list: &str, options: &[&str]) -> Done {
        let arguments = ["confirm", "--from", list, "--rate", "none"];
        Session::at(&self.emulator).run(arguments.iter().chain(options))
    }

    fn states(&self) -> Vec<FileState> {
        let files = self.emulator.files();
        let state = |id: &String| files.iter().find(|file| file.file_id == *id).unwrap().state;
        self.ids.iter().map(state).collect()
    }

    fn confirmations(&self) -> usize {
        let requests = self.emulator.requests();
        let confirms = requests.iter().filter(|it| it.path.ends_with("/complete"));
        confirms.count()
    }

    fn redacted(&self) -> (impl Drop, impl Drop) {
        let guard = redacted(Some(self.directory.path()));
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"\d+\.\d s, \d+\.\d calls/s", "[time] s, [rate] calls/s");
        (guard, settings.bind_to_scope())
    }
}

fn lines(done: &Done) -> Vec<Value> {
    let lines = done.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of_type<'a>(lines: &'a [Value], r#type: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == r#type).collect()
}

/// Writes a list of these files.
type Write<'a> = dyn Fn(&[String]) -> String + 'a;

#[test]
fn each_format_is_known_by_its_name_or_its_first_line() {
    let csv = |ids: &[String]| {
        let mut text = "title,file_id,state\r\n".to_owned();
        for id in ids {
            text += &["\"film, the\r\n\"\"best\"\"\",", id, ",\r\n"].concat();
        }
        text
    };
    let jsonl = |ids: &[String]| -> String {
        let row = |id| serde_json::json!({"other": [1], "file_id": id, "state": null});
        ids.iter().map(|id| row(id).to_string() + "\n").collect()
    };
    let plain = |ids: &[String]| format!("# open files\n\n  {}\r\n", ids.join(" \n\t"));
    let forms: [(&str, &Write<'_>, &[&str]); 8] = [
        ("ids.txt", &plain, &[]),
        ("ids", &|ids| format!("\u{feff}{}", ids.join("\n")), &[]),
        ("ids.csv", &csv, &[]),
        ("ids", &csv, &[]),
        ("ids.jsonl", &jsonl, &[]),
        ("ids.NDJSON", &jsonl, &[]),
        ("ids", &|ids| format!("\n\n{}", jsonl(ids)), &[]),
        ("ids.csv", &jsonl, &["--format", "jsonl"]),
    ];
    for (name, write, options) in forms {
        let setup = Setup::new(3);
        let list = setup.list(name, write(&setup.ids));
        let done = setup.run(&list, options);
        assert_eq!(done.code, 0, "{name}: {}", done.text());
        assert_eq!(setup.states(), [FileState::Created; 3], "{name}");
        assert_eq!(setup.confirmations(), 3, "{name}");
        assert!(done.stdout.starts_with("summary    3 of 3 files CREATED, "));
        assert_eq!(done.stdout.lines().count(), 1, "{}", done.text());
    }
}

#[test]
fn a_file_has_its_own_state_or_that_of_all() {
    let setup = Setup::new(3);
    let [a, b, c] = &setup.ids[..] else { panic!() };
    let text = format!("state,file_id\nCREATED,{a}\n,{b}\nFAILED,{c}\n");
    let list = setup.list("ids.csv", text);
    let done = setup.run(&list, &["--state", "CANCELLED"]);
    let expected = [FileState::Created, FileState::Cancelled, FileState::Failed];
    assert_eq!(setup.states(), expected, "{}", done.text());
    assert!(
        done.stdout
            .contains("3 of 3 files confirmed (1 CANCELLED, 1 CREATED, 1 FAILED)"),
        "{}",
        done.text()
    );
}

#[test]
fn f09_a_bad_line_refuses_a_file_as_a_whole_and_is_named() {
    let setup = Setup::new(2);
    let _guard = setup.redacted();
    let [a, b] = &setup.ids[..] else { panic!() };
    let long = "x".repeat(1 << 21);
    let mut odd = format!("{a}\n{b}").into_bytes();
    odd.push(0xff);
    let cases: [(&str, &str, Vec<u8>); 12] = [
        (
            "bad_id",
            "ids.txt",
            format!("# ids\n{a}\n../x\n\n{b}\na/b\n").into(),
        ),
        (
            "bad_state",
            "ids.jsonl",
            format!("{{\"file_id\":\"{a}\",\"state\":\"created\"}}\n").into(),
        ),
        (
            "two_states",
            "ids.csv",
            format!("file_id,state\n{a},CREATED\n{b},\n{a},FAILED\n").into(),
        ),
        (
            "no_json",
            "ids.jsonl",
            format!("{{\"file_id\":\"{a}\"}}\n{b}\n").into(),
        ),
        ("no_key", "ids.jsonl", b"{\"id\":\"f\"}\n".into()),
        ("wrong_type", "ids.jsonl", b"{\"file_id\":17}\n".into()),
        ("no_header", "ids.csv", format!("{a}\n{b}\n").into()),
        (
            "wrong_columns",
            "ids.csv",
            format!("file_id,state\n\"{a}\",\"CREATED\"\n{b}\n").into(),
        ),
        ("no_text", "ids.txt", odd),
        ("too_long", "ids.txt", format!("{a}\n{long}\n").into()),
        ("utf_16", "ids.txt", b"\xff\xfe2\x004\x00\n\x00".into()),
        ("many_bad", "ids.txt", "a b\n".repeat(30).into()),
    ];
    for (case, name, text) in cases {
        let list = setup.list(name, text);
        let done = setup.run(&list, &[]);
        assert_eq!(done.code, 2, "{case}: {}", done.text());
        insta::assert_snapshot!(format!("list_{case}"), done.text());
    }
    assert_eq!(setup.confirmations(), 0);
}

#[test]
fn a_list_that_is_not_there_is_named() {
    let setup = Setup::new(0);
    let _guard = setup.redacted();
    let list = setup.path("missing.txt").display().to_string();
    insta::assert_snapshot!("list_missing", setup.run(&list, &[]).text());
    let list = setup.directory.path().display().to_string();
    insta::assert_snapshot!("list_directory", setup.run(&list, &["--json"]).text());
    let list = setup.list("empty.txt", "# nothing\n");
    insta::assert_snapshot!("list_empty", setup.run(&list, &[]).text());
}

#[test]
fn what_fails_has_a_line_and_the_worst_is_the_exit_code() {
    let setup = Setup::new(6);
    let _guard = setup.redacted();
    for (file, status) in [(1, 404), (2, 500), (3, 403), (4, 404)] {
        let fault = Fault::status(status)
            .on(Operation::ConfirmFileUpload)
            .file(&setup.ids[file])
            .always();
        setup.emulator.inject(fault).unwrap();
    }
    let mut ids = setup.ids.clone();
    ids.push(ids[0].clone());
    let list = setup.list("ids.txt", ids.join("\n"));
    let options = ["--max-attempts", "1", "--jobs", "1"];
    let done = setup.run(&list, &options);
    assert_eq!(done.code, 6, "{}", done.text());
    insta::assert_snapshot!("many_fail", done.text());
    let states = setup.states();
    assert_eq!(states[0], FileState::Created);
    assert_eq!(states[5], FileState::Created);
}

#[test]
fn json_has_a_line_for_each_file_and_a_summary() {
    let setup = Setup::new(3);
    let missing = Fault::status(404)
        .on(Operation::ConfirmFileUpload)
        .file(&setup.ids[1])
        .always();
    setup.emulator.inject(missing).unwrap();
    let mut ids = setup.ids.clone();
    ids.push(ids[0].clone());
    let list = setup.list("ids.txt", format!("\n{}\n", ids.join("\n\n")));
    let done = setup.run(&list, &["--json"]);
    assert_eq!(done.code, 1, "{}", done.text());
    let lines = lines(&done);
    let results = of_type(&lines, "result");
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        assert_eq!(result["line"], 2 * index + 2);
        assert_eq!(result["file_id"], *ids[index]);
        assert_eq!(result["state"], "CREATED");
        assert_eq!(result["repeat"], index == 3);
        assert!(result["request_id"].is_string(), "{result}");
        let (outcome, status) = if index == 1 {
            ("not_applied", 404)
        } else {
            ("applied", 200)
        };
        assert_eq!(result["outcome"], outcome);
        assert_eq!(result["status"], status);
        assert_eq!(result.get("error").is_some(), index == 1);
    }
    assert_eq!(results[1]["error"]["kind"], "not_found");
    let [summary] = of_type(&lines, "summary")[..] else {
        panic!()
    };
    for (field, value) in [
        ("files", 4),
        ("confirmed", 3),
        ("failed", 1),
        ("unknown", 0),
        ("not_sent", 0),
        ("repeats", 1),
        ("calls", 3),
        ("exit_code", 1),
    ] {
        assert_eq!(summary[field], value, "{field}");
    }
    assert_eq!(summary["states"]["CREATED"], 3);
}

#[test]
fn on_stdin_a_bad_line_fails_and_the_others_go_on() {
    let setup = Setup::new(2);
    let _guard = setup.redacted();
    let [a, b] = &setup.ids[..] else { panic!() };
    let text = format!("{a}\n../x\n{b}\n{a}\n");
    let session = Session::at(&setup.emulator).stdin(text.leak());
    let arguments = ["confirm", "--from", "-", "--rate", "none"];
    let done = session.run(arguments);
    assert_eq!(done.code, 1, "{}", done.text());
    insta::assert_snapshot!("stdin_bad_line", done.text());
    assert_eq!(setup.states(), [FileState::Created; 2]);
    let done = session.run(arguments.iter().chain(&["--json"]));
    let lines = lines(&done);
    let bad = of_type(&lines, "result")[1];
    assert_eq!(
        (&bad["file_id"], &bad["state"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!((&bad["line"], &bad["attempts"]), (&2.into(), &0.into()));
    assert_eq!(bad["error"]["kind"], "invalid_input");
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_read_once() {
    let setup = Setup::new(2);
    let path = setup.path("ids");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let (list, text) = (path.display().to_string(), setup.ids.join("\n"));
    let writer = std::thread::spawn(move || fs::write(path, text).unwrap());
    let done = setup.run(&list, &[]);
    writer.join().unwrap();
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.states(), [FileState::Created; 2]);
}

/// Thirty hours of waiting for one's turn, only to be told the same, would be too long.
#[test]
fn f12_a_refused_key_ends_it() {
    let setup = Setup::new(0);
    let _guard = setup.redacted();
    let ids: String = (0..2000).map(|id| id.to_string() + "\n").collect();
    let list = setup.list("ids.txt", ids);
    let session = Session::at(&setup.emulator)
        .set("HUAWEICLOUD_SDK_AK", "ends-a-list")
        .set("HUAWEICLOUD_SDK_SK", "wrong");
    let done = session.run(["confirm", "--from", &list]);
    assert_eq!(done.code, 3, "{}", done.text());
    assert!(setup.confirmations() <= 4, "{}", setup.confirmations());
    let summary = done.stdout.lines().last().unwrap();
    assert!(
        summary.contains("0 of 2000 files confirmed"),
        "{}",
        done.text()
    );
    assert!(done.stderr.lines().count() < 20, "{}", done.stderr);
    assert!(done.stdout.lines().count() < 6, "{}", done.stdout);
    let next = format!("next: metastudio confirm --from {list} --state CREATED");
    assert!(done.stderr.contains(&next), "{}", done.stderr);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let setup = Setup::new(0);
    let _guard = setup.redacted();
    let cases: [(&str, &[&str]); 6] = [
        ("from_and_id", &["f", "--from", "ids"]),
        ("from_and_asset", &["--from", "ids", "--asset-id", "a"]),
        ("from_and_local", &["--from", "ids", "--local"]),
        ("jobs_without_from", &["f", "--jobs", "4"]),
        ("bad_format", &["--from", "ids", "--format", "xml"]),
        ("too_many_jobs", &["--from", "ids", "--jobs", "257"]),
    ];
    for (name, arguments) in cases {
        let done = Session::at(&setup.emulator).run(["confirm"].iter().chain(arguments));
        assert_eq!(done.code, 2, "{name}: {}", done.text());
        insta::assert_snapshot!(name, done.text());
    }
}
