//! Many files, several at a time.

use std::{
    io::{self, Read},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    AssetId, AssetType, CallOptions, CancelHandle, Cleanup, ErrorKind, FileCategory, ManyOptions,
    Outcome, Rate, Source, Upload, UploadEvent, UploadState,
};

use crate::support::{
    Act, Call, PATIENCE, Server, Service, bytes, client, confirmed, count, locked, metastudio,
};

fn name(index: usize) -> String {
    format!("clip-{index}.mp4")
}

/// A file of its own size in an asset of its own.
fn upload<'a>(index: usize) -> Upload<'a> {
    Upload::new(Source::bytes(name(index), bytes(1_000 + index)), id(index))
}

fn id(index: usize) -> AssetId {
    format!("asset-{index}").parse().unwrap()
}

fn options<'a>() -> ManyOptions<'a> {
    ManyOptions::new()
}

#[test]
fn each_file_has_its_outcome_in_order() {
    for concurrency in [1, 3, 64] {
        let service = Service::new();
        let mut uploads: Vec<_> = (0..20).map(upload).collect();
        uploads[3] = Upload::new("no/such/file.mp4", id(3));
        uploads[7] = Upload::new(Source::bytes("empty.mp4", &b""[..]), id(7));
        uploads[11] = Upload::new(Source::bytes("no extension", bytes(5)), id(11));
        let ended = Mutex::new(Vec::new());
        let caller = thread::current().id();
        let tell = |index, result: &Result<mss_http::Uploaded, mss_http::Error>| {
            assert_eq!(thread::current().id(), caller);
            locked(&ended).push((index, result.is_ok()));
        };
        let options = options().concurrency(concurrency).ended(&tell);
        let results = service.client.upload_many(uploads, &options).unwrap();
        assert_eq!(results.len(), 20);
        for (index, result) in results.iter().enumerate() {
            match (index, result) {
                (3 | 7, Err(error)) => assert_eq!(error.kind(), ErrorKind::Source),
                (11, Err(error)) => assert_eq!(error.kind(), ErrorKind::InvalidInput),
                (_, Ok(uploaded)) => {
                    assert_eq!(uploaded.size, 1_000 + index as u64);
                    assert_eq!(uploaded.asset_id, id(index));
                }
                (_, Err(error)) => panic!("{index}: {error}"),
            }
        }
        assert_eq!(service.states(), [Emulated::Created; 17]);
        let mut ended = locked(&ended).clone();
        ended.sort_unstable();
        let expected: Vec<_> = (0..20).map(|it| (it, ![3, 7, 11].contains(&it))).collect();
        assert_eq!(ended, expected, "each is told once");
    }
}

#[test]
fn none_are_no_mistake() {
    let service = Service::new();
    let results = service.client.upload_many(Vec::new(), &options()).unwrap();
    assert!(results.is_empty());
    assert_eq!(service.requests(), 0);
}

#[test]
fn a_file_that_is_refused_amid_others_is_alone() {
    let service = Service::new();
    service.fault(Fault::status(403).on(Operation::PutObject));
    let uploads = (0..12).map(upload).collect();
    let results = service.client.upload_many(uploads, &options()).unwrap();
    let failed: Vec<_> = results.iter().filter_map(|it| it.as_ref().err()).collect();
    assert_eq!(failed.len(), 1);
    let failure = failed[0].upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    let count = |state| service.states().iter().filter(|it| **it == state).count();
    assert_eq!((count(Emulated::Created), count(Emulated::Failed)), (11, 1));
}

#[test]
fn two_main_files_for_one_asset_are_refused_and_nothing_is_sent() {
    let service = Service::new();
    let uploads = vec![upload(0), upload(1), upload(0)];
    let error = service.client.upload_many(uploads, &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("clip-0.mp4"), "{error}");
    assert_eq!(service.requests(), 0);

    let cover = upload(0).category(FileCategory::Cover);
    let own = |name| Upload::new(Source::bytes(name, bytes(9)), AssetType::Video);
    let uploads = vec![upload(0), cover, own("a.mp4"), own("b.mp4")];
    let results = service.client.upload_many(uploads, &options()).unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[test]
fn f08_odd_options_are_refused() {
    let service = Service::new();
    for options in [
        options().concurrency(0),
        options().concurrency(65),
        options().concurrency(usize::MAX),
        options().rate(Rate::PerSecond(0.0)),
        options().rate(Rate::PerSecond(-1.0)),
        options().rate(Rate::PerSecond(f64::NAN)),
        options().rate(Rate::PerSecond(f64::INFINITY)),
    ] {
        let error = service.client.upload_many(vec![upload(0)], &options);
        assert_eq!(
            error.unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{options:?}"
        );
    }
    assert_eq!(service.requests(), 0);
}

/// A store that holds each PUT until as many as are expected have come, and a little longer, so
/// that one too many would be seen.
fn counting(expected: usize) -> (Server, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let now = AtomicUsize::new(0);
    let server = metastudio(move |call, _, _| {
        if call != Call::Put {
            return None;
        }
        let count = now.fetch_add(1, Ordering::AcqRel) + 1;
        seen.fetch_max(count, Ordering::AcqRel);
        let end = Instant::now() + PATIENCE;
        while seen.load(Ordering::Acquire) < expected && Instant::now() < end {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(60));
        now.fetch_sub(1, Ordering::AcqRel);
        None
    });
    (server, most)
}

#[test]
fn no_more_files_are_on_the_line_than_was_said() {
    for concurrency in [1, 2, 5] {
        let (server, most) = counting(concurrency);
        let uploads = (0..2 * concurrency + 3).map(upload).collect();
        let options = options().concurrency(concurrency);
        let results = client(&server).upload_many(uploads, &options).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(most.load(Ordering::Acquire), concurrency);
    }
}

/// Says when it is read to its end.
struct Telling<'a>(io::Take<io::Repeat>, &'a mpsc::Sender<()>);

impl Read for Telling<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.0.read(buffer)?;
        if amount == 0 {
            let _ = self.1.send(());
        }
        Ok(amount)
    }
}

#[test]
fn the_next_file_is_read_while_one_is_on_the_line() {
    let (read, was_read) = mpsc::channel();
    let was_read = Mutex::new(was_read);
    // The first PUT isn't answered before the second file has been read.
    let server = metastudio(move |call, number, _| {
        if call == Call::Put && number == 0 {
            let arrived = locked(&was_read).recv_timeout(PATIENCE);
            return arrived.is_err().then(|| Act::status(400));
        }
        None
    });
    let second = Telling(io::repeat(1).take(2_000), &read);
    let second = Upload::new(Source::reader("second.mp4", second), id(1));
    let options = options().concurrency(1);
    let results = client(&server).upload_many(vec![upload(0), second], &options);
    for result in results.unwrap() {
        result.unwrap();
    }
}

#[test]
fn a_place_is_given_back_whatever_ends_the_upload() {
    let service = Service::new();
    service.fault(Fault::status(403).on(Operation::PutObject).times(3));
    service.fault(Fault::status(403).on(Operation::CreateFile).times(3));
    service.fault(Fault::status(409).on(Operation::ConfirmFileUpload).times(3));
    let uploads = (0..12).map(upload).collect();
    let options = options().concurrency(1);
    let results = service.client.upload_many(uploads, &options).unwrap();
    assert!(results.last().unwrap().is_ok(), "{results:?}");
}

fn cancellable(server: &Server) -> (mss_http::Client, CancelHandle) {
    crate::cancel::cancellable(&client(server))
}

#[test]
fn cancelling_ends_what_is_under_way_and_begins_nothing() {
    let server = metastudio(|call, _, _| (call == Call::Put).then_some(Act::Silence));
    let (client, handle) = cancellable(&server);
    let uploads = (0..10).map(upload).collect();
    thread::scope(|scope| {
        let call = scope.spawn(|| client.upload_many(uploads, &options_of(3)).unwrap());
        // Three creates and three PUTs.
        server.wait_for_requests(6);
        let wished = Instant::now();
        handle.cancel();
        let results = call.join().unwrap();
        assert!(
            wished.elapsed() < Duration::from_secs(1),
            "{:?}",
            wished.elapsed()
        );
        assert_eq!(results.len(), 10);
        let errors = results.into_iter().map(Result::unwrap_err);
        let cleanups: Vec<_> = errors
            .map(|error| {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
                error.upload().unwrap().cleanup
            })
            .collect();
        let done = Cleanup::Done(UploadState::Cancelled);
        // Of the four that were read any three can have got the places.
        let (under_way, others): (Vec<_>, Vec<_>) =
            cleanups.into_iter().partition(|it| *it == done);
        assert_eq!(under_way.len(), 3);
        assert_eq!(others, [Cleanup::NotNeeded; 7]);
    });
    assert_eq!(confirmed(&server), ["CANCELLED"; 3]);
    assert_eq!(count(&server, Call::Create), 3);
}

fn options_of<'a>(concurrency: usize) -> ManyOptions<'a> {
    ManyOptions::new().concurrency(concurrency)
}

#[test]
fn cancelled_beforehand_nothing_is_sent() {
    let server = metastudio(|_, _, _| None);
    let (client, handle) = cancellable(&server);
    handle.cancel();
    let results = client.upload_many((0..10).map(upload).collect(), &options());
    for result in results.unwrap() {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn f57_one_more_cancelling_ends_a_batch_at_once() {
    let server =
        metastudio(|call, _, _| matches!(call, Call::Put | Call::Confirm).then_some(Act::Silence));
    let (client, handle) = cancellable(&server);
    let uploads = (0..6).map(upload).collect();
    thread::scope(|scope| {
        let call = scope.spawn(|| client.upload_many(uploads, &options_of(2)).unwrap());
        server.wait_for_requests(4);
        handle.cancel();
        // Two CANCELLED that nobody answers.
        server.wait_for_requests(6);
        let wished = Instant::now();
        handle.cancel();
        let results = call.join().unwrap();
        assert!(
            wished.elapsed() < Duration::from_secs(1),
            "{:?}",
            wished.elapsed()
        );
        let failed = Cleanup::Failed(UploadState::Cancelled);
        let cleanup =
            |it: &Result<_, mss_http::Error>| it.as_ref().err().unwrap().upload().unwrap().cleanup;
        let open = results.iter().filter(|it| cleanup(it) == failed);
        assert_eq!(open.count(), 2);
    });
    assert!(confirmed(&server).iter().all(|it| it == "CANCELLED"));
}

/// Who has cancelled doesn't wait until it is a call's turn.
#[test]
fn a_slow_rate_does_not_hold_a_cancelled_batch() {
    let server = metastudio(|call, _, _| (call == Call::Put).then_some(Act::Silence));
    let (client, handle) = cancellable(&server);
    let rate = Rate::PerSecond(0.1);
    thread::scope(|scope| {
        let call = scope.spawn(move || {
            let options = options_of(4).rate(rate);
            let uploads = (0..4).map(upload).collect();
            client.upload_many(uploads, &options).unwrap()
        });
        server.wait_for_requests(2);
        let wished = Instant::now();
        handle.cancel();
        let results = call.join().unwrap();
        assert!(
            wished.elapsed() < Duration::from_secs(2),
            "{:?}",
            wished.elapsed()
        );
        assert!(results.iter().all(Result::is_err));
    });
    assert_eq!(confirmed(&server), ["CANCELLED"]);
}

/// How long after the beginning the creates and confirmations arrived.
fn arrivals(rate: Rate, files: usize) -> Vec<Duration> {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let started = Instant::now();
    let server = metastudio(move |call, _, _| {
        if matches!(call, Call::Create | Call::Confirm) {
            locked(&noted).push(started.elapsed());
        }
        None
    });
    let uploads = (0..files).map(upload).collect();
    let options = options().concurrency(8).rate(rate);
    let results = client(&server).upload_many(uploads, &options).unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let mut times = locked(&times).clone();
    times.sort_unstable();
    times
}

#[test]
fn calls_are_paced_as_the_server_sees_them() {
    let times = arrivals(Rate::PerSecond(20.0), 10);
    assert_eq!(times.len(), 20, "creates and confirmations together");
    // A busy machine can only make them later.
    for (number, time) in times.iter().enumerate() {
        let earliest = Duration::from_millis(50 * number as u64);
        assert!(*time >= earliest, "number {number} after {time:?}");
    }
    let unpaced = arrivals(Rate::Unlimited, 10);
    assert_eq!(unpaced.len(), 20);
    // On this machine nothing is shared, so there is no documented rate either.
    assert_eq!(arrivals(Rate::Documented, 10).len(), 20);
}

#[test]
fn retries_are_paced_too() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = metastudio(move |call, number, _| {
        if matches!(call, Call::Create | Call::Confirm) {
            locked(&noted).push(Instant::now());
        }
        let refused = call == Call::Confirm && number < 2;
        refused.then(|| Act::answer("500 Oops", "X-Request-Id: r", ""))
    });
    let options = options().rate(Rate::PerSecond(4.0));
    let results = client(&server).upload_many(vec![upload(0)], &options);
    results.unwrap().remove(0).unwrap();
    let times = locked(&times);
    assert_eq!(times.len(), 4);
    assert!(times[3] - times[0] >= Duration::from_millis(700));
}

#[test]
fn progress_of_a_batch_ends_with_everything_done() {
    let server = metastudio(|call, _, _| {
        if call == Call::Put {
            thread::sleep(Duration::from_millis(30));
        }
        None
    });
    let told = Mutex::new(Vec::new());
    let caller = thread::current().id();
    let tell = |progress: mss_http::ManyProgress| {
        assert_eq!(thread::current().id(), caller);
        locked(&told).push((Instant::now(), progress));
    };
    let own = |_: mss_http::Progress| assert_eq!(thread::current().id(), caller);
    let mut uploads: Vec<_> = (0..30).map(|it| upload(it).progress(&own)).collect();
    uploads[5] = Upload::new(Source::bytes("empty.mp4", &b""[..]), id(5));
    let options = options().progress(&tell);
    client(&server).upload_many(uploads, &options).unwrap();
    let told = locked(&told);
    let (_, last) = told.last().unwrap();
    assert_eq!((last.files_done, last.files_total), (30, 30));
    let all: u64 = (0..30).filter(|it| *it != 5).map(|it| 1_000 + it).sum();
    assert_eq!((last.bytes_done, last.bytes_total), (all, all));
    assert!(
        told.windows(2)
            .all(|it| it[0].1.bytes_done <= it[1].1.bytes_done)
    );
    for (from, _) in told.iter() {
        let within = |at: &Instant| *at >= *from && *at < *from + Duration::from_secs(1);
        let within = told.iter().filter(|(at, _)| within(at)).count();
        assert!(within <= 10, "{within} calls in a second");
    }
}

#[test]
fn f50_a_callback_may_use_the_client_itself() {
    let service = Service::new();
    let inner = Mutex::new(0);
    let again = || {
        let mut inner = locked(&inner);
        if *inner < 3 {
            *inner += 1;
            service.client.upload(upload(100 + *inner)).unwrap();
        }
    };
    let ended = |_, _: &Result<_, _>| again();
    let progress = |_: mss_http::ManyProgress| again();
    let options = options().ended(&ended).progress(&progress);
    let uploads = (0..5).map(upload).collect();
    let results = service.client.upload_many(uploads, &options).unwrap();
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.states(), [Emulated::Created; 8]);
}

#[test]
fn an_observer_that_cancels_ends_the_batch() {
    let service = Service::new();
    let handle = CancelHandle::new();
    let client = service
        .client
        .with_options(CallOptions::new().cancel(&handle));
    let client = client.unwrap();
    let cancel = |event: UploadEvent| {
        if matches!(event, UploadEvent::Created { .. }) {
            handle.cancel();
            // The caller's thread passes it on.
            thread::sleep(Duration::from_millis(300));
        }
    };
    let uploads = (0..6).map(|it| upload(it).observe(&cancel)).collect();
    let results = client.upload_many(uploads, &options_of(1)).unwrap();
    let kinds = results.iter().map(|it| it.as_ref().unwrap_err().kind());
    assert!(kinds.into_iter().all(|it| it == ErrorKind::Cancelled));
    assert_eq!(service.states(), [Emulated::Cancelled]);
}
