//! What is confirmed for a file whose upload ended early, and what never is.

use std::{
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use mss_http::{Cleanup, ErrorKind, Outcome, Stage, Upload, UploadEvent, UploadState};

use crate::{
    cancel::{cancellable, cancelled},
    support::{Act, Server, answer, asset, client},
};

/// A content of so many bytes.
fn content(size: usize) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    file.write_all(&vec![b'x'; size]).unwrap();
    file
}

/// A service and object store that keep each stage waiting as a test wants.
fn service(put: Option<Act>, confirm_created: Act) -> Server {
    Server::raw(move |connection, _| {
        while let Some(head) = connection.head() {
            if head.starts_with("PUT ") && put.is_none() {
                // Reads no further, so that the sender gets stuck.
                connection.note(head, Vec::new());
                thread::sleep(Duration::from_secs(1));
                return;
            }
            let Some(body) = connection.body(&head) else {
                return;
            };
            let request = connection.note(head, body);
            let act = if request.line().starts_with("PUT ") {
                put.clone().unwrap()
            } else if request.line().ends_with("/files") {
                let host = request.header("host").unwrap();
                Act::created("file-1", &format!("http://{host}/k?Signature=s"))
            } else if request.text().contains("CREATED") {
                confirm_created.clone()
            } else {
                Act::ok()
            };
            if !connection.perform(&act) {
                return;
            }
        }
    })
}

fn stored() -> Act {
    Act::Send(answer("200 OK", "x-obs-request-id: r", ""))
}

/// The states that were confirmed, in their order.
fn states(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let confirms = requests
        .iter()
        .filter(|it| it.line().ends_with("/complete"));
    confirms.map(|it| it.text().to_owned()).collect()
}

#[test]
fn an_upload_that_is_cancelled_while_it_sends_is_confirmed_as_cancelled() {
    let server = service(None, Act::ok());
    // More than all buffers on its way hold.
    let source = content(32 << 20);
    let (client, handle) = cancellable(&client(&server));
    let error = cancelled(
        &handle,
        || server.wait_for_requests(2),
        || client.upload(Upload::new(source.path(), asset())),
    );
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Put);
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Cancelled));
    assert_eq!(states(&server), [r#"{"state":"CANCELLED"}"#]);
}

#[test]
fn an_upload_that_is_cancelled_before_it_sends_is_confirmed_as_cancelled() {
    let server = service(Some(stored()), Act::ok());
    let source = content(100);
    let (client, handle) = cancellable(&client(&server));
    let cancel = |event| {
        if matches!(event, UploadEvent::Created { .. }) {
            handle.cancel();
        }
    };
    let error = client
        .upload(Upload::new(source.path(), asset()).observe(&cancel))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(states(&server), [r#"{"state":"CANCELLED"}"#]);
    assert_eq!(server.requests().len(), 2, "no PUT");
}

#[test]
fn an_upload_that_is_cancelled_between_put_and_confirm_is_confirmed_as_cancelled() {
    let server = service(Some(stored()), Act::ok());
    let source = content(100);
    let (client, handle) = cancellable(&client(&server));
    let cancel = |event| {
        if matches!(event, UploadEvent::Stored { .. }) {
            handle.cancel();
        }
    };
    let error = client
        .upload(Upload::new(source.path(), asset()).observe(&cancel))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(states(&server), [r#"{"state":"CANCELLED"}"#]);
}

#[test]
fn f57_cancelling_once_more_ends_the_cleaning_up_too() {
    let server = Server::acting(|request, _| {
        if request.line().ends_with("/files") {
            let host = request.header("host").unwrap();
            Act::created("file-1", &format!("http://{host}/k?Signature=s"))
        } else {
            Act::Silence
        }
    });
    let source = content(100);
    let (client, handle) = cancellable(&client(&server));
    thread::scope(|scope| {
        let call = scope.spawn(|| client.upload(Upload::new(source.path(), asset())));
        server.wait_for_requests(2);
        handle.cancel();
        // The confirmation of CANCELLED, which nobody answers.
        server.wait_for_requests(3);
        let wished = Instant::now();
        handle.cancel();
        let error = call.join().unwrap().unwrap_err();
        let time = wished.elapsed();
        assert!(time < Duration::from_millis(400), "ended after {time:?}");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        let cleanup = error.upload().unwrap().cleanup;
        assert_eq!(cleanup, Cleanup::Failed(UploadState::Cancelled));
    });
    assert_eq!(states(&server), [r#"{"state":"CANCELLED"}"#]);
}

#[test]
fn after_created_was_written_nothing_else_is_sent() {
    let server = service(Some(stored()), Act::Silence);
    let source = content(100);
    let (client, handle) = cancellable(&client(&server));
    let error = cancelled(
        &handle,
        || server.wait_for_requests(3),
        || client.upload(Upload::new(source.path(), asset())),
    );
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Confirm);
    assert_eq!(failure.cleanup, Cleanup::Forbidden);
    assert_eq!(states(&server), [r#"{"state":"CREATED"}"#]);
}

/// Even a refusal of CREATED doesn't change that: what it means nobody knows, and a wrong key
/// would only be wrong once more.
#[test]
fn f45_a_store_that_always_breaks_off_gets_nothing_confirmed_as_created() {
    for act in [Act::close(), Act::reset()] {
        let server = service(Some(act.clone()), Act::ok());
        let file = content(100_000);
        let upload = Upload::new(file.path(), asset());
        let error = client(&server).upload(upload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{act:?}: {error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{act:?}: {error}");
        assert_eq!(error.attempts().len(), 3, "{act:?}: {error}");
        let failure = error.upload().unwrap();
        assert_eq!(failure.stage, Stage::Put);
        assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
        assert_eq!(states(&server), [r#"{"state":"FAILED"}"#], "{act:?}");
    }
}

#[test]
fn f38_a_refused_created_is_not_followed_by_failed() {
    let source = content(100);
    for status in [400, 401, 403, 404, 409] {
        let server = service(Some(stored()), Act::status(status));
        let error = client(&server)
            .upload(Upload::new(source.path(), asset()))
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert_eq!(error.status(), Some(status));
        let failure = error.upload().unwrap();
        assert_eq!(failure.stage, Stage::Confirm);
        assert_eq!(failure.cleanup, Cleanup::Forbidden, "{error}");
        assert_eq!(states(&server), [r#"{"state":"CREATED"}"#], "{status}");
    }
}

#[test]
fn f38_a_lost_created_is_not_followed_by_failed() {
    let source = content(100);
    let server = service(Some(stored()), Act::close());
    let error = client(&server)
        .upload(Upload::new(source.path(), asset()))
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.upload().unwrap().cleanup, Cleanup::Forbidden);
    assert_eq!(states(&server), vec![r#"{"state":"CREATED"}"#; 3]);
}
