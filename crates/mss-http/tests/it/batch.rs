//! Batches of confirmations: order, repeats, poison, and how they end.

use std::{
    cell::Cell,
    iter,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mss_http::{
    BatchItem, CallOptions, CancelHandle, Client, Confirmation, Credentials, ErrorKind, Outcome,
    Rate, UploadState,
};

use crate::support::{Act, Request, Server, Service, client, client_with_token, locked, ok_with};

fn item(number: usize) -> BatchItem {
    BatchItem::new(
        format!("file-{number}").parse().unwrap(),
        UploadState::Created,
    )
}

fn file_of(request: &Request) -> String {
    let id = request.line().split('/').nth(4);
    id.unwrap_or_default().to_owned()
}

/// Each answer's request id is the file's id.
fn echo() -> Server {
    Server::acting(|request, _| Act::Send(ok_with(&file_of(request))))
}

fn all(results: impl Iterator<Item = Result<Confirmation, mss_http::Error>>) -> Vec<Confirmation> {
    results.collect::<Result<_, _>>().unwrap()
}

#[test]
fn each_item_has_one_result_in_its_place() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let results = client.batch().run((0..2000).map(item)).unwrap();
    let results = all(results);
    assert_eq!(results.len(), 2000);
    for (number, it) in results.iter().enumerate() {
        let file = format!("file-{number}");
        assert_eq!((it.index, &*it.subject), (number as u64, file.as_str()));
        assert_eq!(it.request_id(), Some(file.as_str()));
        assert_eq!((it.outcome(), it.status), (Outcome::Applied, Some(200)));
        assert_eq!((it.attempts, it.is_repeat), (1, false));
    }
    assert_eq!(server.requests().len(), 2000);
    assert!(server.connections() <= 32);
}

#[test]
fn f09_an_empty_batch_has_no_results_and_makes_no_connection() {
    let server = echo();
    let results = client(&server).batch().run_all(iter::empty()).unwrap();
    assert_eq!(all(results).len(), 0);
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn f09_a_batch_that_is_known_beforehand_is_refused_as_a_whole() {
    let server = echo();
    let client = client(&server);
    let refused = |items: Vec<BatchItem>| {
        let error = client.batch().run_all(items).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    };
    let bad = BatchItem::parse("..", "CREATED");
    let text = refused(vec![item(0), bad]);
    assert!(text.contains("item 1: file_id would address"), "{text}");
    let text = refused(vec![item(0), BatchItem::parse("f", "created")]);
    assert!(text.contains("item 1: state must be CREATED"), "{text}");
    let other = BatchItem::parse("file-0", "FAILED");
    let text = refused(vec![item(0), item(1), other]);
    let expected = "item 2: state is FAILED here and CREATED earlier for the same file";
    assert!(text.contains(expected) && text.contains("file-0"), "{text}");
    for batch in [
        client.batch().concurrency(0),
        client.batch().concurrency(257),
        client.batch().rate(Rate::PerSecond(f64::NAN)),
    ] {
        let error = batch.run_all([item(0)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn f09_a_repeat_yields_the_first_result_again_and_sends_nothing() {
    let server = Server::acting(|request, _| match file_of(request).as_str() {
        "file-1" => Act::status(404),
        file => Act::Send(ok_with(file)),
    });
    let client = client_with_token(&server, "token");
    let items = || [0, 1, 0, 1, 2, 0].map(item);
    for results in [
        client.batch().run(items()).unwrap(),
        client.batch().run_all(items()).unwrap(),
    ] {
        let results = all(results);
        let repeats: Vec<_> = results.iter().map(|it| it.is_repeat).collect();
        assert_eq!(repeats, [false, false, true, true, false, true]);
        for (first, repeat) in [(0, 2), (1, 3), (0, 5)] {
            let (first, repeat) = (&results[first], &results[repeat]);
            assert_eq!(repeat.subject, first.subject);
            assert_eq!(repeat.outcome(), first.outcome());
            assert_eq!(repeat.status, first.status);
            assert_eq!(repeat.error_code(), first.error_code());
            assert_eq!(repeat.request_id(), first.request_id());
            assert_eq!(repeat.attempts, first.attempts);
            let kind = |it: &Confirmation| it.result.as_ref().err().map(mss_http::Error::kind);
            assert_eq!(kind(repeat), kind(first));
        }
        assert_eq!(results[3].error_code(), Some("MSS.404"));
        assert_eq!(results[3].request_id(), Some("request-404"));
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn f09_in_a_stream_a_bad_item_fails_alone() {
    let server = echo();
    let items = [
        item(0),
        BatchItem::parse("a/b", "CREATED"),
        BatchItem::parse("file-0", "CANCELLED"),
        item(3),
    ];
    let results = all(client_with_token(&server, "token")
        .batch()
        .run(items)
        .unwrap());
    let outcomes: Vec<_> = results.iter().map(Confirmation::outcome).collect();
    let (yes, no) = (Outcome::Applied, Outcome::NotApplied);
    assert_eq!(outcomes, [yes, no, no, yes]);
    let text = |index: usize| results[index].result.as_ref().unwrap_err().to_string();
    assert!(text(1).contains("may only hold"), "{}", text(1));
    assert!(
        text(2).contains("state is CANCELLED here and CREATED earlier"),
        "{}",
        text(2)
    );
    assert_eq!((&*results[1].subject, results[1].state), ("a/b", None));
    assert_eq!(results[2].state, Some(UploadState::Cancelled));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn f12_a_thousand_items_and_a_wrong_secret_are_one_failure() {
    let service = Service::new();
    let access_key = service.emulator.access_key();
    let keys = Credentials::new(access_key, "not-its-secret-key").unwrap();
    let builder = Client::builder().endpoint(service.emulator.url());
    let builder = builder.project_id(service.emulator.project_id());
    let client = builder.credentials(keys).build().unwrap();
    let results = all(client.batch().run_all((0..1000).map(item)).unwrap());
    assert_eq!(results.len(), 1000);
    for it in &results {
        let error = it.result.as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    }
    let sent = results.iter().filter(|it| it.attempts > 0).count();
    let failures = service.emulator.authentication_failures();
    let failed: u64 = failures.iter().map(|it| it.failures).sum();
    assert_eq!((sent, failed, service.requests()), (1, 1, 1));
}

#[test]
fn f55_one_poison_item_fails_alone() {
    let failed_once = AtomicBool::new(false);
    let server = Server::acting(move |request, _| match file_of(request).as_str() {
        "file-137" => Act::status(500),
        // The poison leaves retries to others.
        "file-9000" if !failed_once.swap(true, Ordering::Relaxed) => Act::status(503),
        file => Act::Send(ok_with(file)),
    });
    let client = client_with_token(&server, "token");
    let results = all(client.batch().run((0..10_000).map(item)).unwrap());
    let failed: Vec<_> = results.iter().filter(|it| it.result.is_err()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].index, failed[0].attempts), (137, 3));
    assert_eq!(failed[0].outcome(), Outcome::Unknown);
    assert_eq!(
        (failed[0].status, failed[0].error_code()),
        (Some(500), Some("MSS.500"))
    );
    assert!(
        results
            .iter()
            .enumerate()
            .all(|(at, it)| it.index == at as u64)
    );
    assert_eq!(results[9000].attempts, 2);
    assert_eq!(server.requests().len(), 10_003);
}

#[test]
fn f56_who_leaves_early_gets_what_was_begun_and_leaves_no_thread() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let mut results = client.batch().concurrency(8).run((0..).map(item)).unwrap();
    let first = results.next().unwrap().unwrap();
    assert_eq!(first.index, 0);
    let pulled = usize::try_from(results.pulled()).unwrap();
    let rest = results.close();
    assert_eq!(
        rest.len() + 1,
        pulled,
        "each item that was pulled is accounted for"
    );
    let sent = server.requests().len();
    let applied = rest
        .iter()
        .filter(|it| it.outcome() == Outcome::Applied)
        .count();
    assert_eq!(applied + 1, sent, "what was sent has ended");
    for (at, it) in rest.iter().enumerate() {
        assert_eq!(it.index, at as u64 + 1);
        if let Err(error) = &it.result {
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert_eq!((it.attempts, it.outcome()), (0, Outcome::NotApplied));
            assert!(
                error.to_string().contains("not sent: the batch was ended"),
                "{error}"
            );
        }
    }
}

#[test]
fn f56_a_call_that_hangs_is_given_up_when_the_batch_is_left() {
    let server = Server::script([Act::Silence]);
    let client = client_with_token(&server, "token");
    let cancel = CancelHandle::new();
    let options = CallOptions::new().cancel(&cancel);
    let client = client.with_options(options).unwrap();
    let mut results = client
        .batch()
        .concurrency(4)
        .run((0..100).map(item))
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server.wait_for_requests(4);
            cancel.cancel();
        });
        let error = results.next().unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Cancelled, Outcome::Unknown)
        );
        let text = error.to_string();
        assert!(
            text.ends_with(
                "0 results were handed out before; of the 16 other items that were begun 0 are \
                 applied, 4 unknown, 12 not applied; nothing more is sent"
            ),
            "{text}"
        );
    });
    assert!(results.next().is_none());
    let rest = results.close();
    assert_eq!(rest.len(), 16, "what was pulled for four threads");
    let outcomes: Vec<_> = rest.iter().map(Confirmation::outcome).collect();
    assert_eq!(outcomes[..4], [Outcome::Unknown; 4]);
    assert_eq!(outcomes[4..], [Outcome::NotApplied; 12]);
    assert_eq!(server.requests().len(), 4);
}

/// Those that wait for their turn don't get it in the second that the others have to end.
#[test]
fn f56_nothing_is_begun_after_a_batch_was_left() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let batch = client.batch().rate(Rate::PerSecond(20.0)).concurrency(8);
    let mut results = batch.run((0..).map(item)).unwrap();
    results.next().unwrap().unwrap();
    let sent = server.requests().len();
    let rest = results.close();
    // One may have got its turn just before.
    let more = server.requests().len() - sent;
    assert!(more <= 1, "{more} were sent afterwards");
    let unsent = rest.iter().filter(|it| it.attempts == 0);
    assert_eq!(unsent.count(), rest.len() + 1 - server.requests().len());
}

/// What was pulled is sent while the source has nothing more to give.
#[test]
fn a_source_that_waits_for_what_it_gave_doesnt_wait_for_ever() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let items = (0..20).map(|number| {
        server.wait_for_requests(number);
        item(number)
    });
    assert_eq!(all(client.batch().run(items).unwrap()).len(), 20);
}

/// A source that is slow doesn't hold up what is there.
#[test]
fn results_come_while_the_source_is_slow() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let pulled = Cell::new(0);
    let items = (0..20).map(|number| {
        std::thread::sleep(Duration::from_millis(20));
        pulled.set(number + 1);
        item(number)
    });
    let mut results = client.batch().run(items).unwrap();
    let first = results.next().unwrap().unwrap();
    assert_eq!(first.index, 0);
    assert!(
        pulled.get() < 20,
        "{} were pulled for the first result",
        pulled.get()
    );
    assert_eq!(results.count(), 19);
}

/// Threads that have to do go on while the caller is busy with results.
#[test]
fn a_caller_that_takes_its_time_doesnt_starve_the_threads() {
    let server = echo();
    let client = client_with_token(&server, "token");
    let mut results = client
        .batch()
        .concurrency(1)
        .run((0..64).map(item))
        .unwrap();
    for number in 0..64 {
        results.next().unwrap().unwrap();
        // Two places in line are always filled again before the results run out.
        let ahead = results.pulled() - number - 1;
        assert!(number >= 60 || ahead > 0, "none ahead after {number}");
    }
}

#[test]
fn all_calls_name_the_user_and_keep_to_the_rate() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&times);
    let server = Server::acting(move |_, _| {
        locked(&seen).push(std::time::Instant::now());
        Act::ok()
    });
    let client = client_with_token(&server, "token");
    let batch = client.batch().rate(Rate::PerSecond(50.0));
    let batch = batch.app_user_id("user-7".parse().unwrap());
    let results = all(batch.run((0..26).map(item)).unwrap());
    assert_eq!(results.len(), 26);
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|it| it.header("X-App-UserId") == Some("user-7"))
    );
    let times = locked(&times);
    let took = times[25] - times[0];
    assert!(
        took > Duration::from_millis(450),
        "26 calls at 50 a second took {took:?}"
    );
}
