//! Where a content can come from, and what is wrong with some of it.

use std::{
    collections::VecDeque,
    fs,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use md5::{Digest as _, Md5};
use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    CallOptions, Cleanup, ContentMd5, Error, ErrorKind, Outcome, Source, Stage, Upload,
    UploadEvent, UploadState, Uploaded,
};

use crate::support::{Call, Service, asset, bytes, client, confirmed, locked, metastudio, short};

const NAME: &str = "clip.mp4";

fn md5(bytes: &[u8]) -> ContentMd5 {
    ContentMd5::new(Md5::digest(bytes).into())
}

fn upload(service: &Service, source: Source<'_>) -> Result<Uploaded, Error> {
    service.client.upload(Upload::new(source, asset()))
}

/// A reader that does what a list says, then gives the rest.
struct Scripted {
    acts: VecDeque<io::Result<usize>>,
    rest: Cursor<Vec<u8>>,
}

impl Scripted {
    fn new(acts: impl IntoIterator<Item = io::Result<usize>>, content: &[u8]) -> Self {
        Self {
            acts: acts.into_iter().collect(),
            rest: Cursor::new(content.to_vec()),
        }
    }
}

impl Read for Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.acts.pop_front() {
            Some(act) => act,
            None => self.rest.read(buffer),
        }
    }
}

impl Seek for Scripted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.rest.seek(to)
    }
}

fn interrupted() -> io::Result<usize> {
    Err(io::ErrorKind::Interrupted.into())
}

fn broken() -> io::Result<usize> {
    Err(io::Error::from_raw_os_error(5))
}

#[test]
fn each_kind_of_source_arrives_whole() {
    for size in [1, 1 << 20, (1 << 20) + 1, 3 << 20] {
        let content = bytes(size);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        fs::write(&path, &content).unwrap();
        let known = |source: Source<'static>| source.known(size as u64, md5(&content));
        let cursor = || Cursor::new(content.clone());
        let after_ten = || {
            let mut reader = Cursor::new([&[0; 10][..], &content].concat());
            reader.set_position(10);
            reader
        };
        for source in [
            Source::path(&path),
            known(Source::path(&path)),
            Source::bytes(NAME, content.clone()),
            known(Source::bytes(NAME, content.clone())),
            Source::reader(NAME, cursor()),
            known(Source::reader(NAME, cursor())),
            Source::seekable(NAME, after_ten()),
            known(Source::seekable(NAME, after_ten())),
        ] {
            let what = format!("{size} {source:?}");
            let service = Service::new();
            let uploaded = upload(&service, source).expect(&what);
            assert_eq!(uploaded.size, size as u64, "{what}");
            assert_eq!(uploaded.md5, Some(md5(&content)), "{what}");
            let file = service.file();
            assert_eq!(file.state, Emulated::Created, "{what}");
            assert_eq!(file.file_name, NAME, "{what}");
            let body = service.emulator.file_body(&file.file_id);
            assert!(body.unwrap() == content, "{what}: other bytes");
        }
    }
}

#[test]
fn whatever_can_be_rewound_is_sent_again() {
    let content = bytes(2 << 20);
    for source in [
        Source::bytes(NAME, content.clone()),
        Source::reader(NAME, Cursor::new(content.clone())),
        Source::seekable(NAME, Cursor::new(content.clone())),
        Source::seekable(NAME, Cursor::new(content.clone())).known(2 << 20, md5(&content)),
    ] {
        let service = Service::new();
        let what = format!("{source:?}");
        let cut = Fault::reset().on(Operation::PutObject);
        service.fault(cut.after_body_bytes(1_500_000));
        upload(&service, source).expect(&what);
        assert_eq!(service.count(Operation::PutObject), 2, "{what}");
        let id = service.file().file_id;
        assert!(
            service.emulator.file_body(&id).unwrap() == content,
            "{what}"
        );
    }
}

#[test]
fn a_reader_with_known_size_and_md5_has_one_attempt() {
    let content = bytes(2 << 20);
    let source = || {
        let reader = Cursor::new(content.clone());
        Source::reader(NAME, reader).known(2 << 20, md5(&content))
    };
    let service = Service::new();
    let cut = Fault::reset().on(Operation::PutObject);
    service.fault(cut.after_body_bytes(100_000));
    let error = upload(&service, source()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    assert!(error.to_string().contains("can't be rewound"), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert_eq!(service.count(Operation::PutObject), 1);
    assert_eq!(service.states(), [Emulated::Failed]);

    // As long as nothing was read, another attempt does no harm.
    let service = Service::new();
    service.fault(Fault::status(503).on(Operation::PutObject));
    upload(&service, source()).unwrap();
    assert_eq!(service.count(Operation::PutObject), 2);
}

/// The store's reason isn't covered by what else is wrong with the reader.
#[test]
fn a_refusal_amid_a_one_shot_reader_keeps_its_reason() {
    let content = bytes(32 << 20);
    let service = Service::new();
    let refused = Fault::store_error("InvalidDigest");
    service.fault(refused);
    let reader = Cursor::new(content[..500_000].to_vec());
    let source = Source::reader(NAME, reader).known(500_000, md5(&content[..500_000]));
    let error = upload(&service, source).unwrap_err();
    assert_eq!(error.error_code(), Some("InvalidDigest"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert_eq!(service.states(), [Emulated::Failed]);
}

#[test]
fn a_wrong_known_size_or_md5_never_ends_created() {
    let content = bytes(300_000);
    let right = md5(&content);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(NAME);
    fs::write(&path, &content).unwrap();
    let cursor = || Cursor::new(content.clone());
    for (source, is_early) in [
        (Source::path(&path).known(299_999, right.clone()), true),
        (Source::path(&path).known(300_001, right.clone()), true),
        (Source::path(&path).known(300_000, md5(b"other")), false),
        (
            Source::bytes(NAME, content.clone()).known(1, right.clone()),
            true,
        ),
        (
            Source::seekable(NAME, cursor()).known(300_001, right.clone()),
            true,
        ),
        (
            Source::seekable(NAME, cursor()).known(300_000, md5(b"other")),
            false,
        ),
        (
            Source::reader(NAME, cursor()).known(300_001, right.clone()),
            false,
        ),
        (
            Source::reader(NAME, cursor()).known(299_999, right.clone()),
            false,
        ),
        (
            Source::reader(NAME, cursor()).known(299_999, md5(&content[..299_999])),
            false,
        ),
        (
            Source::reader(NAME, cursor()).known(300_000, md5(b"other")),
            false,
        ),
        (
            Source::reader(NAME, io::empty()).known(5, right.clone()),
            false,
        ),
    ] {
        let what = format!("{source:?}");
        let service = Service::new();
        let error = upload(&service, source).expect_err(&what);
        assert_eq!(error.outcome(), Outcome::NotApplied, "{what}: {error}");
        if is_early {
            assert_eq!(service.requests(), 0, "{what}");
            assert_eq!(error.kind(), ErrorKind::Source, "{what}: {error}");
        } else {
            assert_eq!(service.states(), [Emulated::Failed], "{what}: {error}");
            assert!(service.count(Operation::PutObject) <= 1, "{what}: {error}");
        }
    }
    let service = Service::new();
    let empty = Source::reader(NAME, io::empty()).known(0, right);
    upload(&service, empty).unwrap_err();
    assert_eq!(service.requests(), 0);
}

struct Counted<'a>(io::Take<io::Repeat>, &'a AtomicU64);
impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.0.read(buffer)?;
        self.1.fetch_add(amount as u64, Ordering::Relaxed);
        Ok(amount)
    }
}

#[test]
fn a_reader_beyond_the_spool_limit_is_refused_before_anything_is_sent() {
    let service = Service::new();
    let read = AtomicU64::new(0);
    let reader = || Counted(io::repeat(7).take(64 << 20), &read);
    for limit in [0, 1, 3 << 20] {
        let source = Source::reader(NAME, reader());
        let upload = Upload::new(source, asset()).spool_limit(limit);
        let error = service.client.upload(upload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Source, "{error}");
        assert_eq!(error.upload().unwrap().stage, Stage::Hash, "{error}");
        assert!(error.to_string().contains("spool_limit"), "{error}");
        assert!(
            read.swap(0, Ordering::Relaxed) <= limit + (1 << 20),
            "{limit}"
        );
    }
    assert_eq!(service.requests(), 0);
    let source = Source::reader(NAME, io::repeat(7).take(3 << 20));
    let exact = Upload::new(source, asset()).spool_limit(3 << 20);
    service.client.upload(exact).unwrap();
}

#[test]
fn f43_what_is_empty_or_broken_is_not_registered() {
    let service = Service::new();
    let content = bytes(1000);
    let directory = tempfile::tempdir().unwrap();
    for source in [
        Source::bytes(NAME, &b""[..]),
        Source::reader(NAME, io::empty()),
        Source::seekable(NAME, Cursor::new(Vec::new())),
        Source::reader(NAME, Scripted::new([Ok(3), broken()], &content)),
        Source::seekable(NAME, Scripted::new([broken()], &content)),
        // More than there is room for.
        Source::reader(NAME, Scripted::new([Ok(usize::MAX)], &content)),
        Source::seekable(NAME, Scripted::new([Ok(300_000)], &content)),
        // Less than its end promises.
        Source::seekable(NAME, Scripted::new([Ok(0)], &content)),
        Source::path("/proc/self/mem").file_name(NAME),
        Source::path("/dev/zero").file_name(NAME),
        Source::path(directory.path()).file_name(NAME),
    ] {
        let what = format!("{source:?}");
        let error = upload(&service, source).expect_err(&what);
        assert_eq!(error.kind(), ErrorKind::Source, "{what}: {error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{what}");
        let stage = error.upload().unwrap().stage;
        assert!(stage <= Stage::Hash, "{what}: {stage}");
    }
    assert_eq!(service.requests(), 0);
}

#[test]
fn a_position_beyond_the_end_is_an_empty_source() {
    let service = Service::new();
    let mut reader = Cursor::new(vec![1, 2, 3]);
    reader.set_position(10);
    let error = upload(&service, Source::seekable(NAME, reader)).unwrap_err();
    assert!(error.to_string().contains("empty"), "{error}");
    assert_eq!(service.requests(), 0);
}

#[test]
fn interrupted_reads_are_repeated() {
    let content = bytes(1000);
    let acts = || (0..5).map(|_| interrupted());
    for source in [
        Source::reader(NAME, Scripted::new(acts(), &content)),
        Source::seekable(NAME, Scripted::new(acts(), &content)),
        Source::seekable(NAME, Scripted::new(acts(), &content)).known(1000, md5(&content)),
        Source::reader(NAME, Scripted::new(acts(), &content)).known(1000, md5(&content)),
        Source::reader(NAME, InterruptedEnd(Cursor::new(content.clone()), 3))
            .known(1000, md5(&content)),
    ] {
        let what = format!("{source:?}");
        let service = Service::new();
        upload(&service, source).expect(&what);
        assert_eq!(service.states(), [Emulated::Created], "{what}");
    }
}

/// Its end is interrupted a few times.
struct InterruptedEnd(Cursor<Vec<u8>>, u32);

impl Read for InterruptedEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.0.read(buffer)?;
        if amount == 0 && self.1 > 0 {
            self.1 -= 1;
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(amount)
    }
}

/// Good while it is hashed, and then no longer.
struct Turning<F> {
    content: Cursor<Vec<u8>>,
    has_turned: bool,
    turn: F,
}

impl<F: FnMut(&mut [u8], &mut Cursor<Vec<u8>>) -> io::Result<usize>> Read for Turning<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_turned {
            return (self.turn)(buffer, &mut self.content);
        }
        let amount = self.content.read(buffer)?;
        self.has_turned = amount == 0;
        Ok(amount)
    }
}

impl<F> Seek for Turning<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.content.seek(to)
    }
}

#[test]
fn f44_a_reader_that_breaks_while_it_is_sent_ends_failed() {
    type Turn = fn(&mut [u8], &mut Cursor<Vec<u8>>) -> io::Result<usize>;
    let turns: [(&str, Turn); 5] = [
        ("EIO", |_, _| broken()),
        ("an early end", |_, _| Ok(0)),
        ("EIO at half", |buffer, content| {
            if content.position() > 250_000 {
                return broken();
            }
            content.read(buffer)
        }),
        ("too much", |buffer, _| Ok(buffer.len() + 1)),
        ("other bytes", |buffer, content| {
            let amount = content.read(buffer)?;
            buffer[..amount].fill(0);
            Ok(amount)
        }),
    ];
    for (what, turn) in turns {
        let service = Service::new();
        let reader = Turning {
            content: Cursor::new(bytes(500_000)),
            has_turned: false,
            turn,
        };
        let error = upload(&service, Source::seekable(NAME, reader)).expect_err(what);
        let expected = if what == "other bytes" {
            ErrorKind::Rejected
        } else {
            ErrorKind::Source
        };
        assert_eq!(error.kind(), expected, "{what}: {error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{what}: {error}");
        let failure = error.upload().unwrap();
        assert_eq!(failure.stage, Stage::Put, "{what}");
        assert_eq!(
            failure.cleanup,
            Cleanup::Done(UploadState::Failed),
            "{what}"
        );
        assert_eq!(service.states(), [Emulated::Failed], "{what}");
        assert!(service.count(Operation::PutObject) <= 1, "{what}");
    }
}

struct Shared<'a>(&'a Mutex<Cursor<Vec<u8>>>);
impl Read for Shared<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        locked(self.0).read(buffer)
    }
}
impl Seek for Shared<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        locked(self.0).seek(to)
    }
}

#[test]
fn a_seekable_source_that_grows_is_noticed() {
    let content = Mutex::new(Cursor::new(bytes(1000)));
    let service = Service::new();
    let grow = |event| {
        if matches!(event, UploadEvent::Created { .. }) {
            locked(&content).get_mut().push(1);
        }
    };
    let upload = Upload::new(Source::seekable(NAME, Shared(&content)), asset());
    let error = service.client.upload(upload.observe(&grow)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source, "{error}");
    assert_eq!(service.states(), [Emulated::Failed]);
}

/// As F42, and what shows a change without reading is put back as it was.
fn replace_unseen(path: &Path, content: &[u8]) {
    let times = fs::metadata(path).and_then(|it| it.modified()).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    io::Write::write_all(&mut &file, content).unwrap();
    file.set_modified(times).unwrap();
}

#[test]
fn f42_only_a_second_reading_sees_a_change_after_the_put() {
    for (verify, state) in [(false, Emulated::Created), (true, Emulated::Failed)] {
        let service = Service::new();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        fs::write(&path, bytes(10_000)).unwrap();
        // When all of it has gone out, but before its second reading.
        let changed = Mutex::new(false);
        let change = |progress: mss_http::Progress| {
            let mut changed = locked(&changed);
            if progress.stage == Stage::Put && progress.done == progress.total && !*changed {
                *changed = true;
                replace_unseen(&path, &[9; 10_000]);
            }
        };
        let upload = Upload::new(&path, asset()).verify_source(verify);
        let result = service.client.upload(upload.progress(&change));
        assert!(*locked(&changed));
        assert_eq!(service.states(), [state]);
        assert_eq!(result.is_ok(), !verify);
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Source, "{error}");
            assert_eq!(error.upload().unwrap().stage, Stage::Put);
        }
    }
}

#[test]
fn f42_a_known_file_with_other_bytes_never_ends_created() {
    for verify in [false, true] {
        let service = Service::new();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        let content = bytes(10_000);
        fs::write(&path, &content).unwrap();
        let change = |event| {
            if matches!(event, UploadEvent::Created { .. }) {
                replace_unseen(&path, &[9; 10_000]);
            }
        };
        let source = Source::path(&path).known(10_000, md5(&content));
        let upload = Upload::new(source, asset()).verify_source(verify);
        let error = service.client.upload(upload.observe(&change)).unwrap_err();
        assert_eq!(error.error_code(), Some("BadDigest"), "{error}");
        assert_eq!(service.states(), [Emulated::Failed]);
        assert_eq!(service.count(Operation::PutObject), 1, "it isn't repeated");
    }
}

/// Against a store that compares no MD5, the file's own signs are what is left.
#[test]
fn f42_a_touched_file_is_noticed_where_the_store_notices_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(NAME);
    let changes: [fn(&Path); 4] = [
        |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        },
        |path| fs::remove_file(path).unwrap(),
        |path| {
            let times = fs::metadata(path).and_then(|it| it.modified()).unwrap();
            let other = path.with_extension("new");
            fs::write(&other, b"7 bytes").unwrap();
            fs::File::options()
                .write(true)
                .open(&other)
                .unwrap()
                .set_modified(times)
                .unwrap();
            fs::rename(other, path).unwrap();
        },
        |path| fs::write(path, b"longer than before").unwrap(),
    ];
    for change in changes {
        fs::write(&path, b"content").unwrap();
        let server = metastudio(|_, _, _| None);
        let observe = |event| {
            if matches!(event, UploadEvent::Created { .. }) {
                change(&path);
            }
        };
        let upload = Upload::new(&path, asset()).observe(&observe);
        let error = client(&server).upload(upload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Source, "{error}");
        assert_eq!(confirmed(&server), ["FAILED"]);
    }
}

#[test]
fn verify_source_of_what_cannot_be_read_again_is_refused_before_anything_is_sent() {
    let service = Service::new();
    let reader = Cursor::new(b"content".to_vec());
    let source = Source::reader(NAME, reader).known(7, md5(b"content"));
    let upload = Upload::new(source, asset()).verify_source(true);
    let error = service.client.upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(service.requests(), 0);
    // A copy can be.
    let source = Source::reader(NAME, Cursor::new(b"content".to_vec()));
    let upload = Upload::new(source, asset()).verify_source(true);
    service.client.upload(upload).unwrap();
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_needs_another() {
    use std::os::unix::ffi::OsStrExt as _;
    let service = Service::new();
    let directory = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"clip-\xff.mp4");
    let path = directory.path().join(name);
    fs::write(&path, b"content").unwrap();
    let error = upload(&service, Source::path(&path)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("file_name"), "{error}");
    assert_eq!(service.requests(), 0);
    upload(&service, Source::path(&path).file_name("Grüße 文件.mp4")).unwrap();
    assert_eq!(service.file().file_name, "Grüße 文件.mp4");
}

struct Cancelling<'a>(Scripted, &'a mss_http::CancelHandle);
impl Read for Cancelling<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.cancel();
        self.0.read(buffer)
    }
}

#[test]
fn cancelling_while_it_is_read_registers_nothing() {
    let service = Service::with(short());
    let handle = mss_http::CancelHandle::new();
    let client = service
        .client
        .with_options(CallOptions::new().cancel(&handle));
    let client = client.unwrap();
    let reader = || {
        let acts = Scripted::new([], &bytes(1000));
        let (first, handle) = (io::repeat(1).take(1 << 20), &handle);
        first.chain(Cancelling(acts, handle))
    };
    let upload = Upload::new(Source::reader(NAME, reader()), asset());
    let error = client.upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(error.upload().unwrap().stage, Stage::Hash);
    assert_eq!(service.requests(), 0);
}

#[test]
fn put_sees_the_body_of_the_source_alone() {
    let server = metastudio(|_, _, _| None);
    let mut reader = Cursor::new(b"before|content".to_vec());
    reader.set_position(7);
    let upload = Upload::new(Source::seekable(NAME, reader), asset());
    client(&server).upload(upload).unwrap();
    let requests = server.requests();
    let put = requests
        .iter()
        .find(|it| Call::of(it) == Call::Put)
        .unwrap();
    assert_eq!(put.body, b"content");
}
