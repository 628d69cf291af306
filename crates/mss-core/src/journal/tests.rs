use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{FileId, Outcome, UploadState};
use UploadState::{Cancelled, Created as CREATED, Failed};

const FILE: &str = "24bad716-87b1-45e5-8912-6102f7693265";

fn header(kind: JournalKind) -> Header {
    Header::new(kind, "https://h", "p".parse().unwrap())
}

fn file() -> FileId {
    FILE.parse().unwrap()
}

fn ledger(kind: JournalKind, lines: &[&str]) -> Ledger {
    let mut ledger = Ledger::new(header(kind));
    for line in lines {
        ledger.read(line.as_bytes()).expect(line);
    }
    ledger
}

/// What is to be done for a confirmation after these lines.
fn confirm(lines: &[&str]) -> Todo {
    let planned = format!(r#"{{"n":0,"item":{{"file_id":"{FILE}","state":"CREATED"}}}}"#);
    let lines: Vec<_> = [&*planned]
        .into_iter()
        .chain(lines.iter().copied())
        .collect();
    ledger(JournalKind::Confirm, &lines).todo(0).unwrap()
}

const UPLOAD: &str =
    r#"{"n":0,"item":{"path":"/clip.mp4","into":{"asset_id":"a"},"category":"MAIN"}}"#;
const CREATING: &str =
    r#"{"n":0,"creating":{"file":{"asset_id":"a","file_name":"clip.mp4","size":1}}}"#;
const CREATED_F: &str = r#"{"n":0,"created":{"file_id":"f"}}"#;
const SENDING: &str = r#"{"n":0,"sending":"CREATED"}"#;
const FAILING: &str = r#"{"n":0,"sending":"FAILED"}"#;

fn upload(lines: &[&str]) -> Ledger {
    let lines: Vec<_> = [UPLOAD].into_iter().chain(lines.iter().copied()).collect();
    ledger(JournalKind::Upload, &lines)
}

fn anew(close: Option<(&str, UploadState)>) -> Todo {
    Todo::Upload {
        close: close.map(|(id, state)| (id.parse().unwrap(), state)),
        asset_id: None,
    }
}

#[test]
fn each_line_is_read_as_it_was_written() {
    let mut ended = Ended::new(Outcome::NotApplied);
    ended.state = Some(CREATED);
    ended.kind = Some("rate_limited".into());
    ended.status = Some(429);
    ended.set_message("slow \"down\"\n");
    let item = UploadItem {
        path: "/tmp/é.mp4".into(),
        size: Some(7),
        modified_ns: Some(-1),
        into: AssetPlan::CreateAsset(json!({"asset_name": "n"}).as_object().unwrap().clone()),
        category: "MAIN".into(),
        file_name: Some("n.mp4".into()),
        file_type: Some("mp4".into()),
        known: Some((7, "1B2M2Y8AsgTpgAmY7PhCfg==".into())),
        app_user_id: Some("u".into()),
        verify: true,
        verify_source: true,
        wait_ms: Some(1),
        cancel_orphan: true,
        delete_asset_on_failure: true,
        part_count: Some(2),
        leave_open: true,
    };
    let creating = |md5: Option<&str>| {
        Step::Creating(Creating::File {
            asset_id: "a".parse().unwrap(),
            file_name: "clip.mp4".into(),
            size: 1,
            md5: md5.map(Into::into),
        })
    };
    let asset_name = "clip".into();
    let steps = [
        Step::Item(Item::Upload(Box::new(item))),
        Step::Creating(Creating::Asset { asset_name }),
        Step::Created(Created::AssetId("a".parse().unwrap())),
        creating(None),
        creating(Some("m")),
        Step::Created(Created::FileId(file())),
        Step::Deleting("a".parse().unwrap()),
        Step::Stored,
        Step::Ended(ended),
        Step::Ended(Ended::new(Outcome::Unknown)),
        Step::Sending(Failed),
    ];
    for step in steps {
        let record = Record::new(3, step);
        let mut line = Vec::new();
        record.write(&mut line);
        assert_eq!(line.pop(), Some(b'\n'));
        assert!(!line.contains(&b'\n'));
        assert_eq!(Record::parse(JournalKind::Upload, &line).unwrap(), record);
    }
    let record = Record::confirm(u64::MAX, file(), Cancelled);
    let mut line = Vec::new();
    record.write(&mut line);
    insta::assert_snapshot!(
        String::from_utf8(line.clone()).unwrap().trim_end(),
        @r#"{"n":18446744073709551615,"item":{"file_id":"24bad716-87b1-45e5-8912-6102f7693265","state":"CANCELLED"}}"#
    );
    assert_eq!(Record::parse(JournalKind::Confirm, &line).unwrap(), record);
    let header = header(JournalKind::Upload)
        .started("2026-11-23T21:00:00Z")
        .app_user_id("u".parse().unwrap());
    let mut line = Vec::new();
    header.write(&mut line);
    assert_eq!(Header::parse(&line).unwrap(), header);
}

#[test]
fn f53_what_this_version_does_not_write_is_refused() {
    let header = r#"{"journal":"metastudio","version":1,"kind":"confirm","endpoint":"https://h","project_id":"p"}"#;
    Header::parse(header.as_bytes()).unwrap();
    for (from, to, problem) in [
        ("\"version\":1", "\"version\":2", "version 2"),
        ("metastudio", "other", "no header"),
        ("\"p\"", "\"..\"", "project_id"),
        ("confirm", "delete", "delete"),
        ("\"kind\"", "\"more\":1,\"kind\"", "more"),
    ] {
        let error = Header::parse(header.replace(from, to).as_bytes()).expect_err(to);
        assert!(error.to_string().contains(problem), "{error}");
    }
    for (line, problem) in [
        ("", "no JSON"),
        ("\0\0\0", "no JSON"),
        (r#"{"n":0,"sending":"CREA"#, "no JSON"),
        ("[]", "no record"),
        (r#"{"n":0}"#, "exactly one step"),
        (
            r#"{"n":0,"sending":"CREATED","stored":true}"#,
            "exactly one step",
        ),
        (r#"{"n":0,"sending":"created"}"#, "no record"),
        (r#"{"n":0,"sending":"CREATED","more":1}"#, "more"),
        (r#"{"n":-1,"sending":"CREATED"}"#, "no record"),
        (r#"{"n":0,"ended":{"outcome":"done"}}"#, "not_applied"),
        (
            r#"{"n":0,"item":{"file_id":"../x","state":"CREATED"}}"#,
            "file_id",
        ),
        (
            r#"{"n":1,"item":{"file_id":"f","state":"CREATED"}}"#,
            "the next one is 0",
        ),
        (
            r#"{"n":0,"sending":"CREATED"}"#,
            "which no line before it plans",
        ),
    ] {
        let mut ledger = Ledger::new(self::header(JournalKind::Confirm));
        let error = ledger.read(line.as_bytes()).expect_err(line);
        assert!(error.to_string().contains(problem), "{line}: {error}");
        assert!(!error.to_string().contains("at line"), "{error}");
        assert_eq!(error.is_no_json(), problem == "no JSON", "{line}");
        assert!(ledger.is_empty());
    }
}

#[test]
fn a_confirmation_is_sent_again_unless_it_is_settled() {
    let todo = |was_sent| Todo::Confirm {
        file_id: file(),
        state: CREATED,
        was_sent,
    };
    let ended = |more: &str| format!(r#"{{"n":0,"ended":{{{more}}}}}"#);
    assert_eq!(confirm(&[]), todo(false));
    assert_eq!(confirm(&[SENDING]), todo(true));
    for (more, expected) in [
        (
            r#""outcome":"applied","state":"CREATED""#,
            Todo::Applied(CREATED),
        ),
        (r#""outcome":"unknown","kind":"timeout""#, todo(true)),
        (r#""outcome":"unknown","kind":"not_found""#, todo(true)),
        (
            r#""outcome":"not_applied","kind":"rate_limited""#,
            todo(true),
        ),
        (r#""outcome":"not_applied","kind":"connect""#, todo(true)),
        (
            r#""outcome":"not_applied","kind":"authentication""#,
            todo(true),
        ),
        (r#""outcome":"not_applied","kind":"cancelled""#, todo(true)),
        (r#""outcome":"not_applied""#, todo(true)),
        (
            r#""outcome":"not_applied","kind":"not_found""#,
            Todo::Refused,
        ),
        (
            r#""outcome":"not_applied","kind":"rejected""#,
            Todo::Refused,
        ),
    ] {
        assert_eq!(confirm(&[SENDING, &ended(more)]), expected, "{more}");
    }
    // Ended before anything was sent.
    let unsent = ended(r#""outcome":"not_applied","kind":"authentication""#);
    assert_eq!(confirm(&[&unsent]), todo(false));
    // Sent again, and then settled.
    let unknown = ended(r#""outcome":"unknown""#);
    let applied = ended(r#""outcome":"applied""#);
    let lines = [SENDING, &unknown, SENDING, &applied];
    assert_eq!(confirm(&lines), Todo::Applied(CREATED));
    // As something else than planned, as long as CREATED wasn't sent.
    let other = Todo::Confirm {
        file_id: file(),
        state: Failed,
        was_sent: true,
    };
    assert_eq!(confirm(&[FAILING]), other);
}

#[test]
fn an_upload_is_confirmed_again_or_begun_anew() {
    let ended = |more: &str| format!(r#"{{"n":0,"ended":{{{more}}}}}"#);
    let refused = ended(r#""outcome":"not_applied","kind":"rejected""#);
    let passing = ended(r#""outcome":"not_applied","kind":"timeout""#);
    let failed = ended(r#""outcome":"applied","state":"FAILED""#);
    let stored = r#"{"n":0,"stored":true}"#;
    let again = Todo::Confirm {
        file_id: "f".parse().unwrap(),
        state: CREATED,
        was_sent: true,
    };
    let closing = Todo::Close {
        file_id: "f".parse().unwrap(),
        state: Failed,
    };
    let sent = |more: &str| ended(&format!(r#""state":"CREATED",{more}"#));
    let applied = sent(r#""outcome":"applied""#);
    let unknown = sent(r#""outcome":"unknown""#);
    let later = sent(r#""outcome":"not_applied","kind":"server""#);
    let never = sent(r#""outcome":"not_applied","kind":"not_found""#);
    let table: &[(&[&str], Todo)] = &[
        (&[], anew(None)),
        (&[&passing], anew(None)),
        (&[&refused], Todo::Refused),
        (&[CREATING], anew(None)),
        (&[CREATING, &refused], Todo::Refused),
        (&[CREATING, CREATED_F], anew(Some(("f", Cancelled)))),
        (
            &[CREATING, CREATED_F, stored],
            Todo::LeftOpen("f".parse().unwrap()),
        ),
        (&[CREATING, CREATED_F, FAILING], anew(Some(("f", Failed)))),
        (&[CREATING, CREATED_F, FAILING, &failed], anew(None)),
        (
            &[CREATING, CREATED_F, FAILING, &failed, &passing],
            anew(None),
        ),
        (
            &[CREATING, CREATED_F, FAILING, &failed, &refused],
            Todo::Refused,
        ),
        (&[CREATING, CREATED_F, FAILING, &refused], closing),
        (&[CREATING, CREATED_F, SENDING], again.clone()),
        (&[CREATING, CREATED_F, SENDING, &unknown], again.clone()),
        (&[CREATING, CREATED_F, SENDING, &later, &passing], again),
        (&[CREATING, CREATED_F, SENDING, &never], Todo::Refused),
        (
            &[CREATING, CREATED_F, SENDING, &applied],
            Todo::Applied(CREATED),
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(upload(lines).todo(0).as_ref(), Some(expected), "{lines:?}");
    }
}

#[test]
fn a_create_without_an_answer_may_be_an_orphan() {
    let orphans = |lines: &[&str]| upload(lines).possible_orphans(0).len();
    let unknown = r#"{"n":0,"ended":{"outcome":"unknown","kind":"timeout"}}"#;
    let refused = r#"{"n":0,"ended":{"outcome":"not_applied","kind":"rejected"}}"#;
    assert_eq!(orphans(&[]), 0);
    assert_eq!(orphans(&[CREATING]), 1);
    assert_eq!(orphans(&[CREATING, unknown]), 1);
    assert_eq!(orphans(&[CREATING, refused]), 0);
    assert_eq!(orphans(&[CREATING, CREATED_F]), 0);
    // What became of the second says nothing about the first.
    assert_eq!(orphans(&[CREATING, CREATING, CREATED_F, SENDING]), 1);
    let lines = [CREATING, unknown, CREATING, refused];
    assert_eq!(orphans(&lines), 1);
    // Perhaps it is what stands in the way, so that closing it helps.
    assert_eq!(upload(&lines).todo(0), Some(anew(None)));
}

#[test]
fn an_asset_that_was_made_is_used_again_unless_it_was_deleted() {
    let asset = r#"{"n":0,"creating":{"asset":{"asset_name":"clip.mp4"}}}"#;
    let made = r#"{"n":0,"created":{"asset_id":"a1"}}"#;
    let deleting = r#"{"n":0,"deleting":"a1"}"#;
    let asset_id = |lines: &[&str]| match upload(lines).todo(0) {
        Some(Todo::Upload { asset_id, .. }) => asset_id.map(|id| id.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(asset_id(&[asset]), None);
    assert_eq!(asset_id(&[asset, made]).as_deref(), Some("a1"));
    assert_eq!(asset_id(&[asset, made, CREATING]).as_deref(), Some("a1"));
    assert_eq!(asset_id(&[asset, made, deleting]), None);
    let mut ledger = upload(&[asset]);
    ledger
        .read(CREATED_F.as_bytes())
        .expect_err("an asset was asked for");
}

#[test]
fn after_created_nothing_else_follows() {
    let mut confirmed = ledger(
        JournalKind::Confirm,
        &[
            r#"{"n":0,"item":{"file_id":"f","state":"CREATED"}}"#,
            SENDING,
        ],
    );
    let mut uploaded = upload(&[CREATING, CREATED_F, SENDING]);
    for ledger in [&mut confirmed, &mut uploaded] {
        assert!(ledger.may_be_created(0));
        for line in [FAILING, CREATING, r#"{"n":0,"sending":"CANCELLED"}"#] {
            ledger.read(line.as_bytes()).expect_err(line);
        }
        ledger.read(SENDING.as_bytes()).unwrap();
    }
}

#[test]
fn a_million_confirmations_are_small() {
    let count = 100_000;
    let measured = allocation_counter::measure(|| {
        let mut ledger = Ledger::new(header(JournalKind::Confirm));
        for entry in 0..count {
            let id = format!("24bad716-87b1-45e5-8912-{entry:012x}")
                .parse()
                .unwrap();
            ledger.take(Record::confirm(entry, id, CREATED)).unwrap();
        }
        assert_eq!(ledger.counts().open, count);
    });
    let bytes = measured.bytes_max / count;
    assert!(bytes <= 100, "{bytes} bytes an entry");
}

fn steps() -> impl Strategy<Value = Step> {
    let states = prop::sample::select(&UploadState::ALL);
    let outcomes = prop::sample::select(vec![
        Outcome::Applied,
        Outcome::NotApplied,
        Outcome::Unknown,
    ]);
    let kinds = prop::sample::select(vec!["not_found", "timeout"]);
    let ended =
        (outcomes, prop::option::of(states.clone()), kinds).prop_map(|(outcome, state, kind)| {
            let mut ended = Ended::new(outcome);
            ended.state = state;
            ended.kind = Some(kind.to_owned());
            Step::Ended(ended)
        });
    let creating = Step::Creating(Creating::File {
        asset_id: "a".parse().unwrap(),
        file_name: "n".into(),
        size: 1,
        md5: None,
    });
    prop_oneof![
        2 => Just(creating),
        2 => Just(Step::Created(Created::FileId("f".parse().unwrap()))),
        3 => states.prop_map(Step::Sending),
        4 => ended,
        1 => Just(Step::Stored),
    ]
}

proptest! {
    /// Whatever the lines say, nothing but CREATED follows where CREATED may have been sent.
    #[test]
    fn no_ledger_asks_for_another_state_after_created(steps in prop::collection::vec(steps(), 0..24)) {
        for kind in [JournalKind::Confirm, JournalKind::Upload] {
            let mut ledger = match kind {
                JournalKind::Upload => upload(&[]),
                _ => ledger(kind, &[r#"{"n":0,"item":{"file_id":"f","state":"CREATED"}}"#]),
            };
            let mut created_was_sent = false;
            for step in &steps {
                let is_created = *step == Step::Sending(CREATED);
                if ledger.take(Record::new(0, step.clone())).is_err() {
                    continue;
                }
                created_was_sent |= is_created;
                if !created_was_sent {
                    continue;
                }
                let todo = ledger.todo(0).unwrap();
                let is_allowed = matches!(
                    todo,
                    Todo::Applied(CREATED) | Todo::Refused | Todo::Confirm { state: CREATED, .. }
                );
                prop_assert!(is_allowed, "{todo:?} after {steps:?}");
            }
        }
    }
}
