//! URLs whose time is over, and other refusals of the object store.

use std::{io::Cursor, sync::Mutex, time::Duration};

use md5::{Digest as _, Md5};
use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    Cleanup, ContentMd5, ErrorKind, Outcome, Source, Stage, Upload, UploadEvent, UploadState,
};

use crate::{
    cancel::cancellable,
    support::{
        Act, Call, Service, answer, asset, bytes, client, confirmed, count, locked, metastudio,
    },
};

fn upload<'a>() -> Upload<'a> {
    Upload::new(Source::bytes("clip.mp4", bytes(2_000)), asset())
}

fn refusal(code: &str, message: &str) -> Act {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Act::Send(answer("403 Forbidden", "x-obs-request-id: r", body))
}

#[test]
fn f49_an_expired_url_is_given_up_and_one_new_one_made() {
    for (size, what) in [
        (2_000, Operation::PutObject),
        (3 << 20, Operation::CreateFile),
    ] {
        let service = Service::new();
        service.fault(Fault::expired().on(what));
        let events = Mutex::new(Vec::new());
        let observe = |event| locked(&events).push(event);
        let source = Source::bytes("clip.mp4", bytes(size));
        let upload = Upload::new(source, asset()).observe(&observe);
        let uploaded = service.client.upload(upload).unwrap();
        assert_eq!(service.states(), [Emulated::Cancelled, Emulated::Created]);
        let files = service.emulator.files();
        assert_eq!(uploaded.file_id.as_str(), files[1].file_id);
        let requests = service.emulator.requests();
        let rows: Vec<_> = requests
            .iter()
            .map(|it| (it.operation.unwrap(), it.file_id.clone()))
            .collect();
        let (old, new) = (
            Some(files[0].file_id.clone()),
            Some(files[1].file_id.clone()),
        );
        assert_eq!(
            rows,
            [
                (Operation::CreateFile, old.clone()),
                (Operation::PutObject, old.clone()),
                (Operation::ConfirmFileUpload, old),
                (Operation::CreateFile, new.clone()),
                (Operation::PutObject, new.clone()),
                (Operation::ConfirmFileUpload, new),
            ]
        );
        let file_id = files[0].file_id.parse().unwrap();
        assert!(locked(&events).contains(&UploadEvent::Expired { file_id }));
    }
}

/// The store doesn't say why, but the URL itself says that its time is over.
#[test]
fn f49_the_urls_own_time_is_enough() {
    for (expires, creates) in [("1", 2), ("4102444800", 1)] {
        let server = metastudio(move |call, number, request| match (call, number) {
            (Call::Create, 0) => {
                let host = request.header("host").unwrap();
                let url = format!("http://{host}/k?Expires={expires}&Signature=s");
                Some(Act::created("file-1", &url))
            }
            (Call::Put, 0) => Some(refusal("AccessDenied", "no")),
            _ => None,
        });
        let result = client(&server).upload(upload());
        assert_eq!(count(&server, Call::Create), creates, "{expires}");
        if creates == 2 {
            result.unwrap();
            assert_eq!(confirmed(&server), ["CANCELLED", "CREATED"]);
        } else {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::PermissionDenied);
            assert_eq!(confirmed(&server), ["FAILED"]);
        }
    }
}

#[test]
fn f49_a_second_expiry_ends_failed() {
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::CreateFile).times(2));
    let error = service.client.upload(upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(service.states(), [Emulated::Cancelled, Emulated::Failed]);
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Put);
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert_eq!(
        failure.file_id.as_ref().unwrap().as_str(),
        service.emulator.files()[1].file_id
    );
}

#[test]
fn f49_without_giving_up_the_old_file_there_is_no_new_one() {
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::PutObject));
    service.fault(Fault::status(500).on(Operation::ConfirmFileUpload).always());
    let error = service.client.upload(upload()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Failed(UploadState::Cancelled));
    assert_eq!(service.states(), [Emulated::Creating]);
    assert_eq!(service.count(Operation::CreateFile), 1);
    assert_eq!(
        service.count(Operation::ConfirmFileUpload),
        2,
        "two attempts"
    );
}

/// A new URL is of no use for a content that can't be read again.
#[test]
fn f49_a_one_shot_reader_that_was_begun_gets_no_new_file() {
    let content = bytes(2_000);
    let known = ContentMd5::new(Md5::digest(&content).into());
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::PutObject));
    let source = Source::reader("clip.mp4", Cursor::new(content)).known(2_000, known);
    let error = service
        .client
        .upload(Upload::new(source, asset()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(service.states(), [Emulated::Failed]);
}

#[test]
fn f46_other_refusals_are_final() {
    for (fault, code) in [
        (
            Fault::store_error("SignatureDoesNotMatch"),
            "SignatureDoesNotMatch",
        ),
        (Fault::store_error("AccessDenied"), "AccessDenied"),
        (Fault::store_error("BadDigest"), "BadDigest"),
        (Fault::store_error("EntityTooLarge"), "EntityTooLarge"),
    ] {
        let service = Service::new();
        service.fault(fault);
        let error = service.client.upload(upload()).unwrap_err();
        assert_eq!(error.error_code(), Some(code), "{error}");
        assert!(error.request_id().is_some(), "{error}");
        assert_eq!(service.states(), [Emulated::Failed], "{code}");
        assert_eq!(service.count(Operation::PutObject), 1, "{code}");
        assert_eq!(service.count(Operation::CreateFile), 1, "{code}");
    }
}

#[test]
fn f46_a_wrong_signature_is_none_that_expired() {
    // Even when the URL's time is over too.
    let server = metastudio(|call, number, request| match (call, number) {
        (Call::Create, 0) => {
            let host = request.header("host").unwrap();
            Some(Act::created(
                "file-1",
                &format!("http://{host}/k?Expires=1&Signature=s"),
            ))
        }
        (Call::Put, _) => Some(refusal("SignatureDoesNotMatch", "check the key")),
        _ => None,
    });
    client(&server).upload(upload()).unwrap_err();
    assert_eq!(count(&server, Call::Create), 1);
    assert_eq!(confirmed(&server), ["FAILED"]);
}

#[test]
fn f47_after_417_it_is_sent_without_the_question() {
    let content = bytes((1 << 20) + 1);
    let server = crate::support::Server::raw(|connection, _| {
        while let Some(head) = connection.head() {
            if head.starts_with("PUT ") && head.to_lowercase().contains("100-continue") {
                connection.note(head, Vec::new());
                connection.send(answer("417 Expectation Failed", "Connection: close", ""));
                return;
            }
            let Some(body) = connection.body(&head) else {
                return;
            };
            let request = connection.note(head, body);
            let act = match Call::of(&request) {
                Call::Create => {
                    let host = request.header("host").unwrap();
                    Act::created("file-1", &format!("http://{host}/k?Signature=s"))
                }
                Call::Put => Act::Send(answer("200 OK", "x-obs-request-id: r", "")),
                _ => Act::ok(),
            };
            connection.perform(&act);
        }
    });
    let source = Source::bytes("clip.mp4", content.clone());
    client(&server)
        .upload(Upload::new(source, asset()))
        .unwrap();
    let requests = server.requests();
    let puts: Vec<_> = requests
        .iter()
        .filter(|it| Call::of(it) == Call::Put)
        .collect();
    let expects: Vec<_> = puts.iter().map(|it| it.header("expect")).collect();
    assert_eq!(expects, [Some("100-continue"), None]);
    assert!(puts[1].body == content);
    assert_eq!(confirmed(&server), ["CREATED"]);
}

#[test]
fn f47_without_100_continue_it_is_sent_after_a_second() {
    let service = Service::new();
    service.fault(Fault::no_continue().on(Operation::PutObject));
    let source = Source::bytes("clip.mp4", bytes(2 << 20));
    let (result, time) =
        crate::support::timed(|| service.client.upload(Upload::new(source, asset())));
    result.unwrap();
    assert!(time >= Duration::from_secs(1), "{time:?}");
    assert_eq!(service.count(Operation::PutObject), 1);
}

/// Waits until a fault has happened, which is before its answer is late.
fn wait_for(service: &Service, fault: u64) {
    while service.emulator.fired(fault) == 0 {
        std::thread::yield_now();
    }
}

#[test]
fn f49_cancelling_while_the_old_file_is_given_up_makes_no_new_one() {
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::PutObject));
    let silence = Fault::black_hole().on(Operation::ConfirmFileUpload);
    let silence = service.fault(silence);
    let (client, handle) = cancellable(&service.client);
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| client.upload(upload()));
        wait_for(&service, silence);
        handle.cancel();
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(
        error.upload().unwrap().cleanup,
        Cleanup::Done(UploadState::Cancelled)
    );
    assert_eq!(service.states(), [Emulated::Cancelled]);
}

#[test]
fn the_error_after_a_second_create_names_the_file_that_was_given_up() {
    let service = Service::new();
    service.fault(Fault::expired().on(Operation::PutObject));
    let (client, handle) = cancellable(&service.client);
    let cancel = |event| {
        if matches!(event, UploadEvent::Expired { .. }) {
            handle.cancel();
        }
    };
    let error = client.upload(upload().observe(&cancel)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    let given_up = service.file();
    assert_eq!(given_up.state, Emulated::Cancelled);
    let failure = error.upload().unwrap();
    assert_eq!(failure.expired, Some(given_up.file_id.parse().unwrap()));
    let text = error.to_string();
    assert!(text.contains(&given_up.file_id), "{text}");
    assert!(!text.contains("nothing was sent"), "{text}");
}

/// What was told anyway isn't cut off by the first Ctrl-C.
#[test]
fn f57_the_first_cancelling_lets_failed_be_told() {
    let service = Service::new();
    service.fault(Fault::store_error("SignatureDoesNotMatch"));
    let late = Fault::latency(Duration::from_millis(400));
    let late = service.fault(late.on(Operation::ConfirmFileUpload));
    let (client, handle) = cancellable(&service.client);
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| client.upload(upload()));
        wait_for(&service, late);
        handle.cancel();
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(
        error.upload().unwrap().cleanup,
        Cleanup::Done(UploadState::Failed),
        "{error}"
    );
    assert_eq!(service.states(), [Emulated::Failed]);
}
