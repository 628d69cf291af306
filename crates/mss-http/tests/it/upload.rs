//! Uploads from beginning to end, against the emulator.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use mss_emulator::{Emulator, FileState, Operation};
use mss_http::{
    Cleanup, Client, Credentials, Error, ErrorKind, FileCategory, Outcome, Stage, Token, Upload,
    UploadEvent, UploadState,
};

use crate::support::{asset, locked};

fn emulator() -> Emulator {
    Emulator::builder().start().unwrap()
}

fn client(emulator: &Emulator) -> Client {
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    let builder = Client::builder().endpoint(emulator.url());
    let builder = builder.project_id(emulator.project_id()).credentials(keys);
    builder.build().unwrap()
}

struct Source {
    directory: tempfile::TempDir,
    path: PathBuf,
}

impl Source {
    fn new(content: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("clip.mp4");
        fs::write(&path, content).unwrap();
        Self { directory, path }
    }

    fn upload(&self) -> Upload<'_> {
        Upload::new(&self.path, asset())
    }
}

/// The one file's state, and all answered statuses.
fn state_and_statuses(emulator: &Emulator) -> (FileState, Vec<u16>) {
    let files = emulator.files();
    assert_eq!(files.len(), 1);
    let requests = emulator.requests();
    let statuses = requests.iter().map(|it| it.status.unwrap_or(0)).collect();
    (files[0].state, statuses)
}

#[test]
fn a_file_is_registered_stored_and_confirmed() {
    for size in [1, 5_000, 3 << 20] {
        let emulator = emulator();
        let content: Vec<u8> = (0..size).map(|at| (at % 253) as u8).collect();
        let source = Source::new(&content);
        let events = Mutex::new(Vec::new());
        let observe = |event| locked(&events).push(event);
        let upload = source.upload().category(FileCategory::Cover);
        let upload = upload.app_user_id("tester-01".parse().unwrap());
        let uploaded = client(&emulator).upload(upload.observe(&observe)).unwrap();
        assert_eq!(uploaded.size, size);
        let id = uploaded.file_id.as_str();
        assert!(emulator.file_body(id).unwrap() == content, "other bytes");
        let (state, statuses) = state_and_statuses(&emulator);
        assert_eq!(state, FileState::Created);
        assert_eq!(statuses, [200, 200, 200]);
        let file = &emulator.files()[0];
        assert_eq!(file.file_id, id);
        assert_eq!(file.file_name, "clip.mp4");
        assert_eq!(file.category, "COVER");
        assert_eq!(file.app_user_id.as_deref(), Some("tester-01"));
        assert_eq!(file.file_md5, uploaded.md5.as_ref().unwrap().as_str());
        let ids: Vec<_> = emulator
            .requests()
            .iter()
            .map(|it| it.request_id.clone())
            .collect();
        let events = locked(&events).clone();
        let md5 = uploaded.md5.clone().unwrap();
        assert_eq!(
            events,
            [
                UploadEvent::Inspected { size },
                UploadEvent::Hashed { size, md5 },
                UploadEvent::Created {
                    file_id: uploaded.file_id.clone(),
                    request_id: ids[0].clone()
                },
                UploadEvent::Stored {
                    request_id: ids[1].clone()
                },
                UploadEvent::Confirmed {
                    request_id: ids[2].clone()
                },
            ]
        );
        assert_eq!(uploaded.request_id, ids[2]);
    }
}

#[test]
fn a_token_is_the_other_way_in() {
    let emulator = emulator();
    let client = |token: &str| {
        let builder = Client::builder().endpoint(emulator.url());
        let builder = builder.project_id(emulator.project_id());
        builder.token(Token::new(token).unwrap()).build().unwrap()
    };
    let source = Source::new(b"content");
    client(emulator.token()).upload(source.upload()).unwrap();
    assert_eq!(emulator.files()[0].state, FileState::Created);
    let error = client("another").upload(source.upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(emulator.requests().len(), 4);
}

#[test]
fn f11_a_wrong_secret_key_costs_one_request() {
    let emulator = emulator();
    let keys = Credentials::new(emulator.access_key(), "wrong").unwrap();
    let builder = Client::builder().endpoint(emulator.url());
    let builder = builder.project_id(emulator.project_id()).credentials(keys);
    let client = builder.build().unwrap();
    let source = Source::new(b"content");
    let error = client.upload(source.upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(error.error_code(), Some("APIGW.0301"), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Create);
    assert_eq!(failure.cleanup, Cleanup::NotNeeded);
    assert_eq!(emulator.requests().len(), 1);

    let error = client
        .confirm_file_upload(&"f".parse().unwrap(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn a_refused_put_is_confirmed_as_failed() {
    for (status, kind) in [
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
    ] {
        let emulator = emulator();
        emulator.fail_next(Operation::PutObject, status);
        let source = Source::new(b"content");
        let error = client(&emulator).upload(source.upload()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        let failure = error.upload().unwrap();
        assert_eq!(failure.stage, Stage::Put);
        assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
        let (state, statuses) = state_and_statuses(&emulator);
        assert_eq!(state, FileState::Failed);
        assert_eq!(statuses, [200, status, 200]);
        assert_eq!(
            failure.file_id.as_ref().unwrap().as_str(),
            emulator.files()[0].file_id
        );
    }
}

#[test]
fn a_put_and_a_confirmation_that_fail_once_are_repeated() {
    let emulator = emulator();
    emulator.fail_next(Operation::PutObject, 503);
    emulator.fail_next(Operation::ConfirmFileUpload, 500);
    let source = Source::new(b"content");
    client(&emulator).upload(source.upload()).unwrap();
    let (state, statuses) = state_and_statuses(&emulator);
    assert_eq!(state, FileState::Created);
    assert_eq!(statuses, [200, 503, 200, 500, 200]);
}

/// What can't be told to the service doesn't hide why the upload failed.
#[test]
fn a_cleanup_that_fails_is_attached() {
    let emulator = emulator();
    emulator.fail_next(Operation::PutObject, 403);
    for _ in 0..2 {
        emulator.fail_next(Operation::ConfirmFileUpload, 500);
    }
    let source = Source::new(b"content");
    let error = client(&emulator).upload(source.upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Failed(UploadState::Failed));
    let (state, statuses) = state_and_statuses(&emulator);
    assert_eq!(state, FileState::Creating);
    assert_eq!(statuses, [200, 403, 500, 500], "two attempts and no more");
}

/// Changes the source between its hash and its PUT.
fn upload_with_change(change: impl Fn(&Path) + Sync) -> (Emulator, Error) {
    let emulator = emulator();
    let source = Source::new(&vec![b'a'; 200_000]);
    let observe = |event| {
        if matches!(event, UploadEvent::Created { .. }) {
            change(&source.path);
        }
    };
    let upload = source.upload().observe(&observe);
    let error = client(&emulator).upload(upload).unwrap_err();
    drop(source.directory);
    (emulator, error)
}

#[track_caller]
fn assert_source(emulator: &Emulator, error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Source, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Put);
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert_eq!(state_and_statuses(emulator).0, FileState::Failed);
}

#[test]
fn f40_a_source_that_was_cut_fails() {
    for left in [0, 1, 199_999] {
        let (emulator, error) = upload_with_change(|path| {
            File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_len(left))
                .unwrap();
        });
        assert_source(&emulator, &error);
        assert_eq!(emulator.files()[0].put, None, "{left}: no short object");
    }
}

#[test]
fn f41_a_source_that_grew_fails() {
    let (emulator, error) = upload_with_change(|path| {
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(b"more").unwrap();
    });
    assert_source(&emulator, &error);
    let put = emulator.files()[0].put.clone();
    // Exactly the announced bytes went out.
    assert_eq!(put.map(|put| put.size), Some(200_000));
}

#[test]
fn f42_a_source_with_other_bytes_fails() {
    let (emulator, error) =
        upload_with_change(|path| fs::write(path, vec![b'b'; 200_000]).unwrap());
    assert_source(&emulator, &error);
    assert_eq!(error.error_code(), Some("BadDigest"), "{error}");
    assert_eq!(emulator.files()[0].put, None);
}

#[test]
fn f42_a_source_that_was_replaced_fails() {
    let (emulator, error) = upload_with_change(|path| {
        let other = path.with_extension("new");
        fs::write(&other, vec![b'a'; 200_000]).unwrap();
        fs::rename(other, path).unwrap();
    });
    assert_source(&emulator, &error);
    let (emulator, error) = upload_with_change(|path| fs::remove_file(path).unwrap());
    assert_source(&emulator, &error);
}

#[test]
fn f43_what_is_no_regular_file_with_content_is_not_registered() {
    let emulator = emulator();
    let source = Source::new(b"content");
    let at = |name: &str| source.directory.path().join(name);
    File::create(at("empty.mp4")).unwrap();
    fs::create_dir(at("directory.mp4")).unwrap();
    let mut paths = vec![
        at("empty.mp4"),
        at("directory.mp4"),
        at("missing.mp4"),
        PathBuf::from("/proc/version"),
        PathBuf::from("/dev/null"),
        PathBuf::from(""),
        PathBuf::from("/"),
        PathBuf::from(".."),
    ];
    #[cfg(unix)]
    {
        let fifo = std::process::Command::new("mkfifo")
            .arg(at("pipe.mp4"))
            .status();
        assert!(fifo.unwrap().success());
        paths.push(at("pipe.mp4"));
        std::os::unix::net::UnixListener::bind(at("socket.mp4")).unwrap();
        paths.push(at("socket.mp4"));
        std::os::unix::fs::symlink("nowhere.mp4", at("dangling.mp4")).unwrap();
        paths.push(at("dangling.mp4"));
    }
    for path in paths {
        let upload = Upload::new(&path, asset());
        let error = client(&emulator).upload(upload).expect_err("no file");
        let named = matches!(path.to_str(), Some("" | "/" | ".."));
        let kind = if named {
            ErrorKind::InvalidInput
        } else {
            ErrorKind::Source
        };
        assert_eq!(error.kind(), kind, "{}: {error}", path.display());
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    }
    assert_eq!(emulator.requests(), []);
}
