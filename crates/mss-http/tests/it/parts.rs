//! Contents that go in parts.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use md5::{Digest as _, Md5};
use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    Cleanup, ContentMd5, ErrorKind, Outcome, Progress, Source, Stage, Upload, UploadState,
};

use crate::{
    cancel::cancellable,
    support::{
        Act, Call, PATIENCE, Request, Server, Service, answer, asset, bytes, client, confirmed,
        locked, metastudio, timed,
    },
};

const SIZE: usize = 1_000_003;
const PARTS: u32 = 7;

fn upload<'a>() -> Upload<'a> {
    let source = Source::bytes("film.mp4", bytes(SIZE));
    Upload::new(source, asset()).part_count(PARTS)
}

fn one_shot<'a>() -> Upload<'a> {
    let content = bytes(SIZE);
    let known = ContentMd5::new(Md5::digest(&content).into());
    let source = Source::reader("film.mp4", Cursor::new(content));
    Upload::new(source.known(SIZE as u64, known), asset()).part_count(PARTS)
}

/// CreateLargeFile's answer with these URLs.
fn created(urls: &[String]) -> Act {
    let urls = urls.join("\",\"");
    let body = format!(r#"{{"file_id":"file-1","upload_urls":["{urls}"]}}"#);
    Act::answer("200 OK", "X-Request-Id: created", body)
}

fn urls(request: &Request, count: u32) -> Vec<String> {
    let host = request.header("host").unwrap();
    let url = |part| format!("http://{host}/k{part}?Signature=s");
    (0..count).map(url).collect()
}

/// A service that hands out so many URLs.
fn parts(
    count: u32,
    put: impl Fn(usize, &Request) -> Option<Act> + Send + Sync + 'static,
) -> Server {
    metastudio(move |call, number, request| match call {
        Call::CreateLarge => Some(created(&urls(request, count))),
        Call::Put => put(number, request),
        _ => None,
    })
}

/// The parts' bytes by the order of their URLs.
fn content_of(server: &Server) -> Vec<u8> {
    let requests = server.requests();
    let mut puts: Vec<_> = requests
        .iter()
        .filter(|it| Call::of(it) == Call::Put)
        .collect();
    puts.sort_by_key(|it| it.line().to_owned());
    puts.iter().flat_map(|it| it.body.clone()).collect()
}

#[test]
fn all_parts_arrive_in_their_places() {
    let service = Service::new();
    let told = Mutex::new(Vec::new());
    let caller = thread::current().id();
    let tell = |progress: Progress| {
        assert_eq!(thread::current().id(), caller);
        locked(&told).push(progress);
    };
    let uploaded = service.client.upload(upload().progress(&tell)).unwrap();
    assert_eq!(uploaded.md5, None);
    let file = service.file();
    assert_eq!(file.state, Emulated::Created);
    assert_eq!(file.parts.len(), PARTS as usize);
    let body = service.emulator.file_body(&file.file_id);
    assert!(body.unwrap() == bytes(SIZE));
    assert!(locked(&told).iter().all(|it| it.done <= SIZE as u64));
}

#[test]
fn what_cannot_be_rewound_is_copied_and_goes_in_parts_too() {
    let service = Service::new();
    let source = Source::reader("film.mp4", Cursor::new(bytes(SIZE)));
    let upload = Upload::new(source, asset()).part_count(PARTS);
    service.client.upload(upload).unwrap();
    let body = service.emulator.file_body(&service.file().file_id);
    assert!(body.unwrap() == bytes(SIZE));
}

/// A content that is another one each time its beginning is read.
struct Fickle {
    at: u64,
    times: u8,
}

impl Read for Fickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = SIZE - usize::try_from(self.at).unwrap();
        let amount = left.min(buffer.len());
        self.times += u8::from(self.at == 0 && amount > 0);
        buffer[..amount].fill(self.times);
        self.at += amount as u64;
        Ok(amount)
    }
}

impl Seek for Fickle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(_) => SIZE as u64,
            SeekFrom::Current(_) => self.at,
        };
        Ok(self.at)
    }
}

#[test]
fn f42_a_content_in_parts_is_read_again_on_request() {
    for verify in [false, true] {
        let service = Service::new();
        let source = Source::seekable("film.mp4", Fickle { at: 0, times: 0 });
        let upload = Upload::new(source, asset()).part_count(PARTS);
        let uploaded = service.client.upload(upload.verify_source(verify));
        if verify {
            let error = uploaded.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Source, "{error}");
            assert_eq!(service.states(), [Emulated::Failed]);
        } else {
            // Nobody can tell: a content in parts announces no MD5.
            uploaded.unwrap();
        }
    }
}

#[test]
fn parts_go_several_at_a_time() {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let server = parts(PARTS, move |_, _| {
        seen.fetch_max(now.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
        let end = Instant::now() + PATIENCE;
        while seen.load(Ordering::Acquire) < 4 && Instant::now() < end {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(50));
        now.fetch_sub(1, Ordering::AcqRel);
        None
    });
    client(&server).upload(upload()).unwrap();
    assert_eq!(most.load(Ordering::Acquire), 4);
    assert!(content_of(&server) == bytes(SIZE));
}

#[test]
fn a_one_shot_reader_sends_its_parts_in_order() {
    let server = parts(PARTS, |_, _| None);
    client(&server).upload(one_shot()).unwrap();
    let requests = server.requests();
    let puts = requests.iter().filter(|it| Call::of(it) == Call::Put);
    let lines: Vec<_> = puts.map(|it| it.line().to_owned()).collect();
    let expected: Vec<_> = (0..PARTS)
        .map(|it| format!("PUT /k{it}?Signature=s"))
        .collect();
    assert_eq!(lines, expected);
    assert!(content_of(&server) == bytes(SIZE));
}

#[test]
fn a_part_that_breaks_off_is_sent_again_alone() {
    let service = Service::new();
    service.fault(
        Fault::reset()
            .on(Operation::PutObject)
            .after_body_bytes(50_000),
    );
    service.client.upload(upload()).unwrap();
    assert_eq!(service.count(Operation::PutObject), PARTS as usize + 1);
    let body = service.emulator.file_body(&service.file().file_id);
    assert!(body.unwrap() == bytes(SIZE));
}

#[test]
fn one_part_that_fails_ends_the_others_and_the_file_is_failed() {
    let refused = answer(
        "403 Forbidden",
        "x-obs-request-id: r",
        "<Error><Code>X</Code></Error>",
    );
    let server = parts(20, move |number, _| {
        Some(if number == 3 {
            Act::Send(refused.clone())
        } else {
            Act::Silence
        })
    });
    let source = Source::bytes("film.mp4", bytes(3_000_000));
    let upload = Upload::new(source, asset()).part_count(20);
    let (result, time) = timed(|| client(&server).upload(upload));
    let error = result.unwrap_err();
    assert!(time < Duration::from_secs(2), "{time:?}");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.error_code(), Some("X"), "the first reason");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Put);
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert_eq!(confirmed(&server), ["FAILED"]);
    let puts = crate::support::count(&server, Call::Put);
    assert_eq!(puts, 4, "no further part is begun");
}

#[test]
fn cancelling_amid_the_parts_ends_cancelled() {
    let server = parts(PARTS, |_, _| Some(Act::Silence));
    let (client, handle) = cancellable(&client(&server));
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| client.upload(upload()));
        server.wait_for_requests(5);
        let wished = Instant::now();
        handle.cancel();
        let error = call.join().unwrap().unwrap_err();
        assert!(
            wished.elapsed() < Duration::from_secs(1),
            "{:?}",
            wished.elapsed()
        );
        error
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    let cleanup = error.upload().unwrap().cleanup;
    assert_eq!(cleanup, Cleanup::Done(UploadState::Cancelled));
    assert_eq!(confirmed(&server), ["CANCELLED"]);
}

#[test]
fn f49_an_expired_part_gets_a_new_file_for_all() {
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::CreateLargeFile));
    service.client.upload(upload()).unwrap();
    assert_eq!(service.states(), [Emulated::Cancelled, Emulated::Created]);
    let id = service.emulator.files()[1].file_id.clone();
    assert!(service.emulator.file_body(&id).unwrap() == bytes(SIZE));
    assert_eq!(service.count(Operation::CreateLargeFile), 2);
}

#[test]
fn as_many_parts_as_there_are_urls() {
    for count in [1, 2, PARTS - 1, PARTS + 1] {
        let server = parts(count, |_, _| None);
        client(&server).upload(upload()).unwrap();
        assert!(content_of(&server) == bytes(SIZE), "{count}");
        assert_eq!(confirmed(&server), ["CREATED"]);
    }
    // More than parts of the smallest size.
    let server = parts(20, |_, _| None);
    let error = client(&server).upload(upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.to_string().contains("20 upload_urls"), "{error}");
    assert_eq!(confirmed(&server), ["FAILED"]);
}

#[test]
fn f39_one_url_that_leads_elsewhere_is_enough() {
    let server = metastudio(|call, _, request| {
        (call == Call::CreateLarge).then(|| {
            let mut urls = urls(request, PARTS);
            urls[5] = "https://evil.invalid/k?Signature=hidden".to_owned();
            created(&urls)
        })
    });
    let error = client(&server).upload(upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(!format!("{error} {error:?}").contains("hidden"));
    assert_eq!(crate::support::count(&server, Call::Put), 0);
    assert_eq!(confirmed(&server), ["FAILED"]);
}

#[test]
fn an_unknown_registration_in_parts_is_looked_up_by_its_name() {
    let service = Service::new();
    service.fault(
        Fault::reset()
            .on(Operation::CreateLargeFile)
            .before_answer(),
    );
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let cleanup = error.upload().unwrap().cleanup;
    assert_eq!(cleanup, Cleanup::Done(UploadState::Cancelled));
    assert_eq!(service.states(), [Emulated::Cancelled]);
}
