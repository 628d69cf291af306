//! Calls that are ended early.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use mss_http::{CallOptions, CancelHandle, Client, Error, ErrorKind, Outcome, UploadState};

use crate::support::{
    Act, Blackhole, PATIENCE, Server, builder, client, client_with_token, create, file, locked, ok,
};

/// Longest time between the wish and the end.
const PROMPT: Duration = Duration::from_millis(200);

pub(crate) fn cancellable(client: &Client) -> (Client, CancelHandle) {
    let handle = CancelHandle::new();
    let options = CallOptions::new().cancel(&handle);
    (client.with_options(options).unwrap(), handle)
}

/// Makes a call, cancels it once `ready`, and checks that it ends promptly.
pub(crate) fn cancelled<R: Send>(
    handle: &CancelHandle,
    ready: impl FnOnce(),
    call: impl FnOnce() -> Result<R, Error> + Send,
) -> Error {
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let result = call();
            (result, Instant::now())
        });
        ready();
        // Well into the wait that is to be ended.
        thread::sleep(Duration::from_millis(30));
        let wished = Instant::now();
        handle.cancel();
        let (result, ended) = call.join().unwrap();
        let error = result.err().expect("cancelled");
        let time = ended.saturating_duration_since(wished);
        assert!(time <= PROMPT, "ended after {time:?}: {error}");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        error
    })
}

#[test]
fn f57_a_silent_server_does_not_hold_a_cancelled_call() {
    let server = Server::script([Act::Silence, Act::ok()]);
    let plain = client(&server);
    let (client, handle) = cancellable(&plain);
    let error = cancelled(
        &handle,
        || server.wait_for_requests(1),
        || client.confirm_file_upload(&file(), UploadState::Created),
    );
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.requests().len(), 1, "it isn't tried again");
    // The handle ends later calls too, and nobody else's.
    let later = client.confirm_file_upload(&file(), UploadState::Created);
    let later = later.unwrap_err();
    assert_eq!(later.kind(), ErrorKind::Cancelled);
    assert_eq!(later.outcome(), Outcome::NotApplied);
    assert_eq!(server.counts(), (1, 1), "nothing was sent");
    plain
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
}

#[test]
fn f57_an_answer_that_drips_does_not_hold_it_either() {
    let server = Server::script([Act::Drip {
        start: b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 100000\r\n\r\n".to_vec(),
        slowly: vec![b' '; 1000],
    }]);
    let (client, handle) = cancellable(&client(&server));
    let error = cancelled(
        &handle,
        || server.wait_for_requests(1),
        || client.create_file(&create()),
    );
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

#[test]
fn f57_a_connect_that_hangs_is_left() {
    let blackhole = Blackhole::new();
    let plain = builder().endpoint(blackhole.url()).build().unwrap();
    let (client, handle) = cancellable(&plain);
    let error = cancelled(
        &handle,
        || thread::sleep(Duration::from_millis(100)),
        || client.create_file(&create()),
    );
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}

#[test]
fn f57_a_handshake_that_hangs_is_left() {
    let server = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    let endpoint = format!("https://{}", server.address());
    let (client, handle) = cancellable(&builder().endpoint(endpoint).build().unwrap());
    let error = cancelled(
        &handle,
        || server.wait_for_connections(1),
        || client.create_file(&create()),
    );
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}

#[test]
fn f57_a_pause_between_attempts_is_left() {
    for (status, outcome) in [(503, Outcome::Unknown), (429, Outcome::NotApplied)] {
        let act = Act::answer(&format!("{status} W"), "Retry-After: 30", "");
        let server = Server::script([act]);
        let (client, handle) = cancellable(&client(&server));
        let error = cancelled(
            &handle,
            || server.wait_for_requests(1),
            || client.confirm_file_upload(&file(), UploadState::Created),
        );
        assert_eq!(error.outcome(), outcome, "{error}");
        assert_eq!(error.attempts().len(), 1, "{error}");
        assert_eq!(error.status(), Some(status));
    }
}

#[test]
fn a_hook_is_as_good_as_a_handle() {
    let server = Server::script([Act::Silence, Act::ok()]);
    let raised = Arc::new(AtomicBool::new(false));
    let hook = Arc::clone(&raised);
    let caller = Arc::new(Mutex::new(None));
    let asked_on = Arc::clone(&caller);
    let options = CallOptions::new().cancel_when(move || {
        locked(&asked_on).get_or_insert(thread::current().id());
        hook.load(Ordering::Acquire)
    });
    let client = client(&server).with_options(options).unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let result = client.confirm_file_upload(&file(), UploadState::Created);
            (result, Instant::now(), thread::current().id())
        });
        server.wait_for_requests(1);
        let wished = Instant::now();
        raised.store(true, Ordering::Release);
        let (result, ended, on) = call.join().unwrap();
        assert!(ended.saturating_duration_since(wished) <= PROMPT);
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(*locked(&caller), Some(on), "asked on the caller's thread");
    });
    raised.store(false, Ordering::Release);
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
}

/// A hook may itself make calls, as a signal's handler does.
#[test]
fn a_hook_may_use_the_client_itself() {
    let (go, gone) = mpsc::channel();
    let gone = Mutex::new(gone);
    let server = Arc::new(Server::raw(move |connection, number| {
        while let Some(request) = connection.request() {
            if number == 0 && request.text().contains("CREATED") {
                let _ = locked(&gone).recv_timeout(PATIENCE);
                // In many pieces, so that the outer call goes on to wait after the inner one.
                connection.drip(&ok(), Duration::from_millis(1));
            } else if !connection.send(ok()) {
                return;
            }
        }
    }));
    let inner = client(&server);
    let go = Mutex::new(Some(go));
    let arrived = Arc::clone(&server);
    let options = CallOptions::new().cancel_when(move || {
        // In the middle of the outer call, which waits for its answer.
        if !arrived.requests().is_empty()
            && let Some(go) = locked(&go).take()
        {
            inner
                .confirm_file_upload(&file(), UploadState::Failed)
                .unwrap();
            go.send(()).unwrap();
        }
        false
    });
    let outer = client(&server).with_options(options).unwrap();
    outer
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn f59_another_threads_call_goes_on() {
    let (go, gone) = mpsc::channel();
    let gone = Mutex::new(gone);
    let server = Server::raw(move |connection, _| {
        while let Some(request) = connection.request() {
            if request.text().contains("FAILED") {
                connection.wait_for_client();
                return;
            }
            let _ = locked(&gone).recv_timeout(PATIENCE);
            if !connection.send(ok()) {
                return;
            }
        }
    });
    let plain = client_with_token(&server, "token");
    let (client, handle) = cancellable(&plain);
    thread::scope(|scope| {
        let other = scope.spawn(|| plain.confirm_file_upload(&file(), UploadState::Created));
        server.wait_for_requests(1);
        cancelled(
            &handle,
            || server.wait_for_requests(2),
            || client.confirm_file_upload(&file(), UploadState::Failed),
        );
        assert!(!other.is_finished());
        go.send(()).unwrap();
        other.join().unwrap().unwrap();
    });
    assert_eq!(server.counts(), (2, 2));
}
