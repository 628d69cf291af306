//! `--journal` and `metastudio resume`: what is done isn't sent again, what is open is finished.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{fs, path::Path};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use support::{Done, Session, redacted, registered};

/// Files that wait to be confirmed, a list of them, and where a journal may go.
struct Setup {
    emulator: Emulator,
    directory: tempfile::TempDir,
    ids: Vec<String>,
    list: String,
    journal: String,
}

impl Setup {
    fn new(files: usize) -> Self {
        let emulator = Emulator::builder().rate_limit(None).start().unwrap();
        let ids = registered(&emulator, files);
        let directory = tempfile::tempdir().unwrap();
        let path = |name| directory.path().join(name).display().to_string();
        let (list, journal) = (path("ids.txt"), path("run.jsonl"));
        fs::write(&list, ids.join("\n")).unwrap();
        Self {
            emulator,
            directory,
            ids,
            list,
            journal,
        }
    }

    /// Confirms the list, with the journal.
    fn confirm(&self, options: &[&str]) -> Done {
        let arguments = ["confirm", "--from", &self.list, "--journal", &self.journal];
        let arguments = arguments.iter().chain(&["--rate", "none"]);
        Session::at(&self.emulator).run(arguments.chain(options))
    }

    /// With credentials and nothing else.
    fn resume(&self, options: &[&str]) -> Done {
        let arguments = ["resume", &self.journal, "--rate", "none"];
        self.with_keys().run(arguments.iter().chain(options))
    }

    fn with_keys(&self) -> Session {
        Session::at(&self.emulator)
            .without("METASTUDIO_ENDPOINT")
            .without("HUAWEICLOUD_SDK_PROJECT_ID")
    }

    fn fail(&self, file: usize, status: u16) {
        let fault = Fault::status(status).on(Operation::ConfirmFileUpload);
        let fault = fault.file(&self.ids[file]).always();
        self.emulator.inject(fault).unwrap();
    }

    fn confirmations(&self) -> usize {
        let requests = self.emulator.requests();
        let confirms = requests.iter().filter(|it| it.path.ends_with("/complete"));
        confirms.count()
    }

    fn are_created(&self) -> bool {
        let files = self.emulator.files();
        files.iter().all(|file| file.state == FileState::Created)
    }

    fn redacted(&self) -> (impl Drop, impl Drop) {
        redacted_in(self.directory.path())
    }
}

fn redacted_in(directory: &Path) -> (impl Drop, impl Drop) {
    let guard = redacted(Some(directory));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+\.\d s, \d+\.\d calls/s", "[time] s, [rate] calls/s");
    (guard, settings.bind_to_scope())
}

#[test]
fn what_is_not_known_is_sent_again_and_nothing_else() {
    let setup = Setup::new(4);
    let _guard = setup.redacted();
    setup.fail(1, 500);
    let first = setup.confirm(&["--max-attempts", "1", "--jobs", "1"]);
    assert_eq!(first.code, 6, "{}", first.text());
    insta::assert_snapshot!("confirm_with_journal", first.text());
    setup.emulator.clear_faults();
    let before = setup.confirmations();
    let done = setup.resume(&["--jobs", "1"]);
    assert_eq!(done.code, 0, "{}", done.text());
    insta::assert_snapshot!("resumed", done.text());
    assert_eq!(setup.confirmations(), before + 1);
    assert!(setup.are_created());
    let done = setup.resume(&["--json"]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.confirmations(), before + 1);
    let summary = done.json();
    assert_eq!(
        (&summary["files"], &summary["repeats"]),
        (&4.into(), &4.into())
    );
}

#[test]
fn the_same_command_goes_on_with_its_journal() {
    let setup = Setup::new(4);
    setup.fail(1, 500);
    let first = setup.confirm(&["--max-attempts", "1"]);
    assert_eq!(first.code, 6, "{}", first.text());
    setup.emulator.clear_faults();
    let before = setup.confirmations();
    let done = setup.confirm(&[]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(setup.confirmations(), before + 1);
    let summary = "summary    4 of 4 files CREATED (3 of them known before), ";
    assert!(done.stdout.starts_with(summary), "{}", done.text());
}

#[test]
fn what_was_refused_for_good_stays_so() {
    let setup = Setup::new(3);
    setup.fail(1, 404);
    let first = setup.confirm(&[]);
    assert_eq!(first.code, 1, "{}", first.text());
    assert!(!first.stderr.contains("next:"), "{}", first.stderr);
    let before = setup.confirmations();
    let done = setup.resume(&[]);
    assert_eq!(done.code, 1, "{}", done.text());
    assert_eq!(setup.confirmations(), before);
    let summary = "summary    2 of 3 files CREATED, 1 failed (3 of them known before), ";
    assert!(done.stdout.starts_with(summary), "{}", done.text());
}

#[test]
fn what_came_through_a_pipe_is_in_the_journal_too() {
    let setup = Setup::new(3);
    setup.fail(2, 500);
    let text = setup.ids.join("\n").leak();
    let arguments = ["confirm", "--from", "-", "--journal", &setup.journal];
    let options = ["--rate", "none", "--max-attempts", "1"];
    let session = Session::at(&setup.emulator).stdin(text);
    let done = session.run(arguments.iter().chain(&options));
    assert_eq!(done.code, 6, "{}", done.text());
    setup.emulator.clear_faults();
    let done = setup.resume(&[]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(setup.are_created());
}

#[test]
fn a_bad_line_leaves_a_journal_that_takes_the_corrected_list() {
    let setup = Setup::new(2);
    fs::write(&setup.list, format!("{}\na b\n", setup.ids[0])).unwrap();
    let done = setup.confirm(&[]);
    assert_eq!(done.code, 2, "{}", done.text());
    fs::write(&setup.list, setup.ids.join("\n")).unwrap();
    let done = setup.confirm(&[]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert!(setup.are_created());
}

#[test]
fn a_journal_of_somewhere_else_is_refused() {
    let setup = Setup::new(1);
    let _guard = setup.redacted();
    setup.confirm(&[]);
    let before = setup.confirmations();
    let other = Emulator::builder().start().unwrap();
    for (case, options) in [
        ("other_endpoint", ["--endpoint", other.url()]),
        ("other_region", ["--region", "cn-north-4"]),
        ("other_project", ["--project-id", "another"]),
    ] {
        let done = setup.resume(&options);
        assert_eq!(done.code, 4, "{case}: {}", done.text());
        insta::assert_snapshot!(case, done.text());
    }
    assert_eq!(setup.confirmations(), before);
    // What stands in the environment is for other commands.
    let elsewhere = setup.with_keys().set("METASTUDIO_ENDPOINT", other.url());
    let done = elsewhere.run(["resume", &setup.journal]);
    assert_eq!(done.code, 0, "{}", done.text());
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_file_that_is_no_journal_is_refused() {
    let setup = Setup::new(2);
    let _guard = setup.redacted();
    let missing = setup.resume(&[]);
    assert_eq!(missing.code, 4, "{}", missing.text());
    insta::assert_snapshot!("journal_missing", missing.text());

    fs::write(&setup.journal, "f\ng\n").unwrap();
    let odd = setup.resume(&["--json"]);
    assert_eq!(odd.code, 4, "{}", odd.text());
    insta::assert_snapshot!("journal_odd", odd.text());
    let odd = setup.confirm(&[]);
    assert_eq!(odd.code, 4, "{}", odd.text());
    insta::assert_snapshot!("journal_odd_for_confirm", odd.text());

    fs::remove_file(&setup.journal).unwrap();
    setup.confirm(&[]);
    let text = fs::read_to_string(&setup.journal).unwrap();
    fs::write(&setup.journal, text.replacen("\"sending\"", "\"sen", 1)).unwrap();
    let damaged = setup.resume(&[]);
    assert_eq!(damaged.code, 4, "{}", damaged.text());
    insta::assert_snapshot!("journal_damaged", damaged.text());
}
