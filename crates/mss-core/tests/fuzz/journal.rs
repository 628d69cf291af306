//! The lines of a journal.

use mss_core::{
    UploadState,
    journal::{Header, JournalKind, Ledger, Record, Todo},
};

/// Whatever stands in the lines, what is read is what was written, a line that is refused changes
/// nothing, and nothing but CREATED is asked for where CREATED may have been sent.
pub(crate) fn check(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let header = Header::parse(lines.next().unwrap_or_default());
    if let Ok(header) = &header {
        let mut written = Vec::new();
        header.write(&mut written);
        let line = the_line(&written);
        assert_eq!(Header::parse(line).as_ref(), Ok(header));
    }
    // Lines without a header are worth a look, too.
    let project_id = "p".parse().expect("a project id");
    let header =
        header.unwrap_or_else(|_| Header::new(JournalKind::Upload, "https://h", project_id));
    let kind = header.kind;
    let mut ledger = Ledger::new(header);
    for line in lines {
        is_read_as_written(kind, line);
        let before = format!("{ledger:?}");
        match ledger.read(line) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(before, format!("{ledger:?}"), "{error}");
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
    for entry in 0..ledger.len() {
        let todo = ledger.todo(entry).expect("every entry has one");
        if ledger.may_be_created(entry) {
            keeps_created(&todo);
        }
    }
    let counts = ledger.counts();
    let sum = counts.applied + counts.refused + counts.left_open + counts.open;
    assert_eq!(sum, ledger.len());
    assert_eq!(ledger.todo(ledger.len()), None);
}

fn is_read_as_written(kind: JournalKind, line: &[u8]) {
    let Ok(record) = Record::parse(kind, line) else {
        return;
    };
    let mut written = Vec::new();
    record.write(&mut written);
    assert_eq!(Record::parse(kind, the_line(&written)), Ok(record));
}

fn keeps_created(todo: &Todo) {
    let other = |state: &UploadState| *state != UploadState::Created;
    match todo {
        Todo::Confirm { state, .. } | Todo::Applied(state) => assert!(!other(state), "{todo:?}"),
        Todo::Close { .. } => panic!("{todo:?}"),
        Todo::Upload { close, .. } => assert!(close.is_none(), "{todo:?}"),
        Todo::Refused | Todo::LeftOpen(_) => {}
    }
}

/// Without its end, which is its only line end.
fn the_line(written: &[u8]) -> &[u8] {
    let line = written.strip_suffix(b"\n").expect("a line has an end");
    assert!(!line.contains(&b'\n'), "{line:?}");
    line
}
