//! The hook that is told of every attempt.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::Duration,
};

use mss_emulator::Emulator;
use mss_http::{
    AssetType, AttemptEvent, CallOptions, Client, Credentials, ErrorKind, FileCategory, Outcome,
    Source, Token, Upload, UploadState, Variables,
};
use time::OffsetDateTime;

use crate::support::{
    Act, Call, PATIENCE, PROJECT, Server, Service, asset, builder, create, file, locked,
    metastudio, timed,
};

/// An event, kept.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    operation: &'static str,
    subject: Option<String>,
    attempt: u32,
    status: Option<u16>,
    error_code: Option<String>,
    request_id: Option<String>,
    outcome: Outcome,
    error: Option<ErrorKind>,
    retry_in: Option<Duration>,
}

/// Notes what it is told.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Told>>>);

impl Notes {
    fn hook(&self) -> impl Fn(&AttemptEvent<'_>) + Send + Sync + 'static {
        let notes = Arc::clone(&self.0);
        move |event| {
            locked(&notes).push(Told {
                operation: event.operation,
                subject: event.subject.map(str::to_owned),
                attempt: event.attempt,
                status: event.status,
                error_code: event.error_code.map(str::to_owned),
                request_id: event.request_id.map(str::to_owned),
                outcome: event.outcome,
                error: event.error,
                retry_in: event.retry_in,
            });
        }
    }

    fn taken(&self) -> Vec<Told> {
        std::mem::take(&mut locked(&self.0))
    }
}

fn watched(server: &Server) -> (Client, Notes) {
    let notes = Notes::default();
    let builder = builder().endpoint(server.url()).on_attempt(notes.hook());
    (builder.build().unwrap(), notes)
}

/// Another client of the emulator, which is watched.
fn beside(service: &Service) -> (Client, Notes) {
    let (emulator, notes) = (&service.emulator, Notes::default());
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    let builder = Client::builder().project_id(emulator.project_id());
    let builder = builder.endpoint(emulator.url()).credentials(keys);
    (builder.on_attempt(notes.hook()).build().unwrap(), notes)
}

#[test]
fn each_attempt_is_told_once_with_what_came_of_it() {
    let busy = Act::answer("503 Busy", "Retry-After: 0\nX-Request-Id: busy", "");
    let server = Server::script([busy, Act::close(), Act::ok()]);
    let (client, notes) = watched(&server);
    let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
    let confirmed = confirmed.unwrap();
    let told = notes.taken();
    let [first, second, third] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(first.subject.as_deref(), Some(file().as_str()));
    assert!(told.iter().all(|it| it.operation == "ConfirmFileUpload"));
    assert!(told.iter().all(|it| it.subject == first.subject));
    assert_eq!([1, 2, 3], [first.attempt, second.attempt, third.attempt]);
    assert_eq!(first.status, Some(503));
    assert_eq!(first.request_id.as_deref(), Some("busy"));
    assert_eq!(
        (first.error, first.outcome),
        (Some(ErrorKind::Server), Outcome::Unknown)
    );
    assert!(first.retry_in.is_some() && second.retry_in.is_some());
    assert_eq!((second.status, second.request_id.as_deref()), (None, None));
    assert_eq!(second.error, Some(ErrorKind::Disconnected));
    assert_eq!(
        *third,
        Told {
            attempt: 3,
            status: Some(200),
            error_code: None,
            request_id: Some(confirmed.request_id),
            outcome: Outcome::Applied,
            error: None,
            retry_in: None,
            ..first.clone()
        }
    );
}

#[test]
fn the_events_are_the_attempts_of_the_error() {
    for (act, count) in [
        (Act::status(500), 3),
        (Act::status(404), 1),
        (Act::Silence, 1),
    ] {
        let server = Server::script([act]);
        let (client, notes) = watched(&server);
        let options = CallOptions::new().total_timeout(Duration::from_secs(2));
        let client = client.with_options(options).unwrap();
        let error = client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        let told = notes.taken();
        assert_eq!(told.len(), count, "{told:?}");
        assert_eq!(told.len(), error.attempts().len());
        for (event, attempt) in told.iter().zip(error.attempts()) {
            assert_eq!(
                (event.status, event.outcome),
                (attempt.status, attempt.outcome)
            );
            assert_eq!(event.error_code, attempt.error_code);
            assert_eq!(event.request_id, attempt.request_id);
        }
        let last = told.last().unwrap();
        assert_eq!((last.error, last.retry_in), (Some(error.kind()), None));
    }
}

#[test]
fn what_is_refused_unsent_is_no_attempt() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication"}"#;
    let server = Server::script([Act::answer("401 Unauthorized", "X-Request-Id: r", body)]);
    let (client, notes) = watched(&server);
    for _ in 0..2 {
        let refused = client.confirm_file_upload(&file(), UploadState::Created);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Authentication);
    }
    assert_eq!(notes.taken().len(), 1, "the second one met the fuse");
}

#[test]
fn a_repeat_with_a_corrected_clock_is_an_attempt_too() {
    let ahead = || OffsetDateTime::now_utc() + time::Duration::hours(1);
    let service = Service::of(Emulator::builder().clock(Arc::new(ahead)));
    let (client, notes) = beside(&service);
    client.create_file(&create()).unwrap();
    let told = notes.taken();
    let seen: Vec<_> = told.iter().map(|it| (it.status, it.retry_in)).collect();
    assert_eq!(seen, [(Some(401), Some(Duration::ZERO)), (Some(200), None)]);
}

#[test]
fn an_upload_is_told_call_by_call_and_so_are_its_parts() {
    let service = Service::new();
    let (client, notes) = beside(&service);
    let source = || Source::bytes("clip.mp4", vec![7; 300_000]);
    let whole = client.upload(Upload::new(source(), asset())).unwrap();
    let told = notes.taken();
    let operations: Vec<_> = told.iter().map(|it| it.operation).collect();
    assert_eq!(
        operations,
        ["CreateFile", "PutContent", "ConfirmFileUpload"]
    );
    assert_eq!(told[0].subject.as_deref(), Some("clip.mp4"));
    for event in &told[1..] {
        assert_eq!(event.subject.as_deref(), Some(whole.file_id.as_str()));
    }
    assert!(told.iter().all(|it| it.request_id.is_some()), "{told:?}");
    let upload = Upload::new(source(), AssetType::Video).part_count(2);
    client.upload(upload).unwrap();
    let mut operations: Vec<_> = notes.taken().iter().map(|it| it.operation).collect();
    // The parts go side by side, each on a thread of its own.
    operations[2..4].sort_unstable();
    let expected = [
        "CreateDigitalAsset",
        "CreateLargeFile",
        "PutPart",
        "PutPart",
    ];
    assert_eq!(operations[..4], expected);
    assert_eq!(operations[4..], ["ConfirmFileUpload"]);
}

#[test]
fn a_put_that_is_tried_again_is_told_each_time() {
    let server =
        metastudio(|call, number, _| (call == Call::Put && number == 0).then(|| Act::status(503)));
    let (client, notes) = watched(&server);
    let upload = Upload::new(Source::bytes("clip.mp4", vec![7; 5]), asset());
    client.upload(upload).unwrap();
    let mut told = notes.taken();
    told.retain(|it| it.operation == "PutContent");
    let seen: Vec<_> = told.iter().map(|it| (it.attempt, it.status)).collect();
    assert_eq!(seen, [(1, Some(503)), (2, Some(200))]);
    assert!(told[0].retry_in.is_some() && told[1].retry_in.is_none());
}

#[test]
fn f65_an_event_holds_no_secret_and_no_url() {
    let said = r#"{"error_code":"X planted-user-token X","error_msg":"planted-user-token"}"#;
    let server = metastudio(move |call, _, request| {
        let status = match call {
            Call::Create => {
                let host = request.header("host").unwrap();
                let url = format!("http://{host}/k?Signature=planted-signature");
                let body = format!(r#"{{"file_id":"f","upload_url":"{url}"}}"#);
                return Some(Act::answer(
                    "200 OK",
                    "X-Request-Id: planted-user-token",
                    body,
                ));
            }
            Call::Put => "403 Forbidden",
            _ => "400 Bad Request",
        };
        let headers = "X-Request-Id: planted-user-token\nx-obs-request-id: planted-signature";
        Some(Act::answer(status, headers, said))
    });
    let notes = Arc::new(Mutex::new(String::new()));
    let all = Arc::clone(&notes);
    let token = Token::new("planted-user-token").unwrap();
    let builder = mss_http::Client::builder().project_id(PROJECT).token(token);
    let builder = builder.endpoint(server.url());
    let builder = builder.on_attempt(move |event| writeln!(locked(&all), "{event:?}").unwrap());
    let client = builder.build().unwrap();
    let upload = Upload::new(Source::bytes("clip.mp4", vec![7; 5]), asset());
    client.upload(upload).unwrap_err();
    let all = locked(&notes).clone();
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("***"), "{all}");
    for secret in ["planted-user-token", "Signature", "http"] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[test]
fn a_hook_runs_where_the_call_is_made_and_may_make_calls_of_its_own() {
    let server = Server::script([Act::ok()]);
    let own: Arc<OnceLock<Client>> = Arc::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (inner, seen) = (Arc::clone(&own), Arc::clone(&told));
    let builder = builder().endpoint(server.url()).on_attempt(move |_| {
        locked(&seen).push(thread::current().id());
        let client = inner.get().unwrap();
        client
            .confirm_file_upload(&file(), UploadState::Failed)
            .unwrap();
    });
    let client = own.get_or_init(|| builder.build().unwrap());
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(
        *locked(&told),
        [thread::current().id()],
        "not of its own calls"
    );
    assert_eq!(server.requests().len(), 2);
}

/// The project that a call waits for is the one that the hook's call needs.
#[test]
fn a_hook_may_make_calls_while_the_project_is_looked_up() {
    let service = Service::new();
    let own: Arc<OnceLock<Client>> = Arc::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (inner, seen) = (Arc::clone(&own), Arc::clone(&told));
    let emulator = &service.emulator;
    let url = emulator.url().to_owned();
    let variables = Variables::new(move |name| {
        (name == "HUAWEICLOUD_SDK_IAM_ENDPOINT").then(|| url.clone().into())
    });
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    let builder = Client::builder()
        .region("cn-north-4")
        .endpoint(emulator.url());
    let builder = builder
        .credentials(keys)
        .variables(variables)
        .on_attempt(move |event| {
            locked(&seen).push(event.operation);
            if event.operation != "CreateFile" {
                inner.get().unwrap().create_file(&create()).unwrap();
            }
        });
    let client = own.get_or_init(|| builder.build().unwrap());
    let (created, time) = timed(|| client.create_file(&create().category(FileCategory::Other)));
    created.unwrap();
    assert!(time < PATIENCE, "{time:?}");
    assert_eq!(locked(&told).last(), Some(&"CreateFile"));
    assert_eq!(locked(&told).len(), 2, "{:?}", locked(&told));
}

#[test]
fn a_panic_in_the_hook_changes_nothing() {
    let server = Server::script([Act::status(503), Act::ok()]);
    let builder = builder().endpoint(server.url());
    let client = builder.on_attempt(|_| panic!("forced")).build().unwrap();
    for _ in 0..2 {
        client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap();
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_slow_hook_holds_up_no_other_call() {
    let server = Server::script([Act::ok()]);
    let (go, gone) = mpsc::channel::<()>();
    let (told, was_told) = mpsc::channel();
    let gone = Mutex::new(Some(gone));
    let token = Token::new("token").unwrap();
    let builder = Client::builder().project_id(PROJECT).token(token);
    let builder = builder.endpoint(server.url()).on_attempt(move |_| {
        let first = locked(&gone).take();
        if let Some(gone) = first {
            told.send(()).unwrap();
            let _ = gone.recv_timeout(PATIENCE);
        }
    });
    let client = builder.build().unwrap();
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    thread::scope(|scope| {
        let slow = scope.spawn(confirm);
        was_told.recv_timeout(PATIENCE).unwrap();
        confirm().unwrap();
        assert!(!slow.is_finished());
        go.send(()).unwrap();
        slow.join().unwrap().unwrap();
    });
}
