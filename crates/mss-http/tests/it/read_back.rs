//! Confirmations whose answer got lost, and waiting for the review.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use mss_emulator::{Fault, FileState as Emulated, Operation, ReviewScript};
use mss_http::{
    CallOptions, Cleanup, Client, ConfirmFileUpload, Error, ErrorKind, FileState, Outcome, Source,
    Stage, Upload, UploadEvent, UploadState, Uploaded,
};

use crate::{
    cancel::cancellable,
    support::{
        Act, Call, Server, Service, asset, client, confirmed, count, file, locked, metastudio,
        short, shows, shows_files, timed,
    },
};

const CREATED: &str = "CREATED";

fn upload<'a>() -> Upload<'a> {
    Upload::new(Source::bytes("clip.mp4", &b"content"[..]), asset())
}

fn short_client(server: &Server) -> Client {
    client(server).with_options(short()).unwrap()
}

/// CREATED was sent, so nothing but CREATED may follow.
#[track_caller]
fn assert_only_created(server: &Server) {
    let states = confirmed(server);
    assert!(
        !states.is_empty() && states.iter().all(|it| it == CREATED),
        "{states:?}"
    );
}

#[track_caller]
fn assert_open(error: &Error, outcome: Outcome) {
    assert_eq!(error.outcome(), outcome, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Confirm, "{error}");
    assert_eq!(failure.cleanup, Cleanup::Forbidden, "{error}");
}

#[test]
fn a_lost_answer_is_looked_up() {
    let service = Service::new();
    let lost = Fault::reset().on(Operation::ConfirmFileUpload);
    service.fault(lost.before_answer().times(3));
    let events = Mutex::new(Vec::new());
    let observe = |event| locked(&events).push(event);
    let uploaded = service.client.upload(upload().observe(&observe)).unwrap();
    assert_eq!(uploaded.state, Some(FileState::Created));
    assert_eq!(service.states(), [Emulated::Created]);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 3);
    let looks = service.emulator.requests();
    let look = looks.last().unwrap();
    assert_eq!(look.operation, Some(Operation::ShowAsset));
    assert_eq!(uploaded.request_id, look.request_id);
    let state = Some(FileState::Created);
    assert!(locked(&events).contains(&UploadEvent::LookedUp { state }));
}

#[test]
fn a_lost_confirmation_is_sent_again() {
    let service = Service::new();
    let lost = Fault::reset().on(Operation::ConfirmFileUpload);
    service.fault(lost.after_request().times(3));
    let uploaded = service.client.upload(upload()).unwrap();
    assert_eq!(uploaded.state, None, "the last answer was good");
    assert_eq!(service.states(), [Emulated::Created]);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 4);
    assert_eq!(service.count(Operation::ShowAsset), 1);
}

#[test]
fn what_stays_creating_stays_unknown_and_ends_in_time() {
    let service = Service::with(short());
    service.fault(Fault::status(500).on(Operation::ConfirmFileUpload).always());
    let (result, time) = timed(|| service.client.upload(upload()));
    let error = result.unwrap_err();
    assert_open(&error, Outcome::Unknown);
    assert!(error.to_string().contains("CREATING"), "{error}");
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert_eq!(service.states(), [Emulated::Creating]);
    // The pauses double: 0.5 and 1 s fit into 3 s, so there are three rounds of three attempts.
    let confirms = service.count(Operation::ConfirmFileUpload);
    assert!((4..=9).contains(&confirms), "{confirms}");
    assert!(service.count(Operation::ShowAsset) <= 4);
    assert_eq!(error.attempts().len(), confirms, "all of them are told");
}

#[test]
fn a_black_hole_ends_in_time() {
    let service = Service::with(short());
    service.fault(
        Fault::black_hole()
            .on(Operation::ConfirmFileUpload)
            .always(),
    );
    service.fault(Fault::black_hole().on(Operation::ShowAsset).always());
    let (result, time) = timed(|| service.client.upload(upload()));
    let error = result.unwrap_err();
    assert_open(&error, Outcome::Unknown);
    assert!(
        error.to_string().contains("could not be looked at"),
        "{error}"
    );
    // The confirmation's three attempts, and the look's.
    assert!(time < Duration::from_secs(5), "{time:?}");
}

#[test]
fn another_end_proves_that_created_did_not_arrive() {
    for (state, end) in [
        (UploadState::Failed, Emulated::Failed),
        (UploadState::Cancelled, Emulated::Cancelled),
    ] {
        let service = Service::new();
        let observe = |event| {
            if matches!(event, UploadEvent::Stored { .. }) {
                let id = service.file().file_id.parse().unwrap();
                service.client.confirm_file_upload(&id, state).unwrap();
                let lost = Fault::reset().on(Operation::ConfirmFileUpload);
                service.fault(lost.after_request().times(3));
            }
        };
        let error = service.client.upload(upload().observe(&observe));
        let error = error.unwrap_err();
        assert_open(&error, Outcome::NotApplied);
        assert!(error.to_string().contains(end.as_str()), "{error}");
        assert_eq!(service.states(), [end]);
        assert_eq!(service.count(Operation::ConfirmFileUpload), 1 + 3);
    }
}

/// FAILED with a reason is a failed review, which begins after CREATED.
#[test]
fn a_failed_review_proves_nothing() {
    let failed_review = [r#","reason":"too dark""#, r#","block_reason_code":"7""#];
    for more in failed_review {
        let server = metastudio(move |call, _, _| match call {
            Call::Confirm => Some(Act::reset()),
            Call::Show => Some(shows("FAILED", more)),
            _ => None,
        });
        let error = short_client(&server).upload(upload()).unwrap_err();
        assert_open(&error, Outcome::Unknown);
        assert_only_created(&server);
    }
}

#[test]
fn a_look_that_fails_leaves_it_unknown() {
    for answer in [Act::status(500), Act::status(403), Act::reset()] {
        let server = metastudio(move |call, _, _| match call {
            Call::Confirm => Some(Act::status(502)),
            Call::Show => Some(answer.clone()),
            _ => None,
        });
        let error = short_client(&server).upload(upload()).unwrap_err();
        assert_open(&error, Outcome::Unknown);
        assert_eq!(error.status(), Some(502), "the confirmation's own failure");
        assert!(
            error.to_string().contains("could not be looked at"),
            "{error}"
        );
        assert_only_created(&server);
    }
}

#[test]
fn f38_a_refusal_after_a_lost_answer_is_looked_up() {
    let service = Service::new();
    let confirm = Operation::ConfirmFileUpload;
    service.fault(Fault::reset().on(confirm).before_answer());
    service.fault(Fault::status(409).on(confirm));
    let uploaded = service.client.upload(upload()).unwrap();
    assert_eq!(uploaded.state, Some(FileState::Created));
    assert_eq!(service.count(confirm), 2);
}

#[test]
fn f38_a_refusal_after_a_lost_answer_stays_unknown_without_proof() {
    let service = Service::new();
    let confirm = Operation::ConfirmFileUpload;
    service.fault(Fault::reset().on(confirm).before_answer());
    service.fault(Fault::status(409).on(confirm));
    service.fault(Fault::status(404).on(Operation::ShowAsset).always());
    let error = service.client.upload(upload()).unwrap_err();
    assert_open(&error, Outcome::Unknown);
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    let statuses: Vec<_> = error.attempts().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [None, Some(409)]);
    assert_eq!(service.states(), [Emulated::Created]);
}

#[test]
fn verify_looks_after_a_good_answer_too() {
    let service = Service::new();
    let uploaded = service.client.upload(upload().verify(true)).unwrap();
    assert_eq!(uploaded.state, Some(FileState::Created));
    assert_eq!(service.requests(), 4);
}

/// CREATED was answered with success; whatever the look brings, nothing else may be sent.
#[test]
fn verify_never_takes_created_back() {
    let rows: [(&str, Act, Outcome); 7] = [
        ("no such file", shows_files(""), Outcome::Unknown),
        (
            "a long time CREATING",
            shows("CREATING", ""),
            Outcome::Unknown,
        ),
        ("FAILED", shows("FAILED", ""), Outcome::Unknown),
        ("DELETED", shows("DELETED", ""), Outcome::Unknown),
        (
            "a state nobody knows",
            shows("ARCHIVED", ""),
            Outcome::Unknown,
        ),
        ("a refused look", Act::status(403), Outcome::Applied),
        ("a lost look", Act::reset(), Outcome::Applied),
    ];
    for (what, act, outcome) in rows {
        let server = metastudio(move |call, _, _| (call == Call::Show).then(|| act.clone()));
        let client = short_client(&server);
        let client = client
            .with_options(CallOptions::new().total_timeout(Duration::from_secs(1)))
            .unwrap();
        let error = client.upload(upload().verify(true)).expect_err(what);
        assert_eq!(confirmed(&server), [CREATED], "{what}");
        assert_open(&error, outcome);
    }
}

#[test]
fn verify_cancelled_never_takes_created_back() {
    let server = metastudio(|call, _, _| (call == Call::Show).then(|| shows("CREATING", "")));
    let (client, handle) = cancellable(&client(&server));
    let cancel = |event| {
        if matches!(event, UploadEvent::LookedUp { .. }) {
            handle.cancel();
        }
    };
    let upload = upload().verify(true).observe(&cancel);
    let error = client.upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(confirmed(&server), [CREATED]);
    assert_open(&error, Outcome::Unknown);
}

#[test]
fn verify_waits_for_an_asset_that_lags_behind() {
    let server = metastudio(|call, number, _| {
        let lags = call == Call::Show && number < 2;
        lags.then(|| shows("CREATING", ""))
    });
    let uploaded = client(&server).upload(upload().verify(true)).unwrap();
    assert_eq!(uploaded.state, Some(FileState::Created));
    assert_eq!(
        confirmed(&server),
        [CREATED],
        "what was answered isn't sent again"
    );
    assert_eq!(count(&server, Call::Show), 3);
}

#[test]
fn cancelling_between_two_rounds_sends_nothing_else() {
    let server = metastudio(|call, _, _| match call {
        Call::Confirm => Some(Act::status(500)),
        Call::Show => Some(shows("CREATING", "")),
        _ => None,
    });
    let (client, handle) = cancellable(&client(&server));
    let cancel = |event| {
        if matches!(event, UploadEvent::LookedUp { .. }) {
            handle.cancel();
        }
    };
    let error = client.upload(upload().observe(&cancel)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_open(&error, Outcome::Unknown);
    assert_eq!(confirmed(&server), [CREATED; 3]);
}

fn waited(script: ReviewScript, wait: Duration) -> (Service, Uploaded, Vec<FileState>) {
    let service = Service::new();
    service.emulator.set_review(script);
    let states = Mutex::new(Vec::new());
    let observe = |event| {
        if let UploadEvent::Reviewing { state } = event {
            locked(&states).push(state);
        }
    };
    let upload = upload().wait(wait).observe(&observe);
    let uploaded = service.client.upload(upload).unwrap();
    let states = locked(&states).clone();
    (service, uploaded, states)
}

#[test]
fn a_review_is_waited_for() {
    for (script, end) in [
        (ReviewScript::passes(1, 1), FileState::Created),
        (ReviewScript::blocks(1, 1), FileState::Block),
    ] {
        let (service, uploaded, states) = waited(script, Duration::from_secs(30));
        assert_eq!(uploaded.state, Some(end));
        assert_eq!(states, [FileState::Uploaded, FileState::Review]);
        assert_eq!(service.count(Operation::ShowAsset), 3);
        assert_eq!(service.count(Operation::ConfirmFileUpload), 1);
    }
}

#[test]
fn a_review_that_takes_longer_is_no_error() {
    let wait = Duration::from_millis(700);
    let ((_, uploaded, _), time) = timed(|| waited(ReviewScript::passes(0, 1000), wait));
    assert_eq!(uploaded.state, Some(FileState::Review));
    assert!(time >= wait && time < 3 * wait, "{time:?}");
}

/// More than five refusals lock a key.
#[test]
fn a_review_is_not_asked_for_again_with_a_key_that_is_refused() {
    let service = Service::new();
    service.fault(Fault::status(401).on(Operation::ShowAsset).always());
    let upload = upload().wait(Duration::from_secs(30));
    let uploaded = service.client.upload(upload).unwrap();
    assert_eq!(uploaded.state, None);
    assert_eq!(service.count(Operation::ShowAsset), 1);
}

#[test]
fn a_review_that_cannot_be_looked_at_takes_no_longer_than_was_said() {
    let service = Service::new();
    service.fault(Fault::black_hole().on(Operation::ShowAsset).always());
    let upload = upload().wait(Duration::from_millis(500));
    let (uploaded, time) = timed(|| service.client.upload(upload));
    assert_eq!(uploaded.unwrap().state, None);
    assert!(time < Duration::from_secs(4), "{time:?}");
}

#[test]
fn cancelling_the_wait_leaves_the_file_created() {
    let service = Service::new();
    service.emulator.set_review(ReviewScript::passes(0, 1000));
    let (client, handle) = cancellable(&service.client);
    let cancel = |event| {
        if matches!(event, UploadEvent::Reviewing { .. }) {
            handle.cancel();
        }
    };
    let upload = upload().wait(Duration::from_secs(30)).observe(&cancel);
    let (result, time) = timed(|| client.upload(upload));
    let error = result.unwrap_err();
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(error.outcome(), Outcome::Applied, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Review);
    assert_eq!(failure.cleanup, Cleanup::Forbidden);
    assert_eq!(service.states(), [Emulated::Review]);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 1);
}

#[test]
fn an_asset_made_for_it_stays_when_the_wait_is_cancelled() {
    let service = Service::new();
    service.emulator.set_review(ReviewScript::passes(0, 1000));
    let (client, handle) = cancellable(&service.client);
    let cancelled = AtomicBool::new(false);
    let cancel = |event| {
        if matches!(event, UploadEvent::Reviewing { .. }) {
            cancelled.store(true, Ordering::Relaxed);
            handle.cancel();
        }
    };
    let source = Source::bytes("clip.mp4", &b"content"[..]);
    let upload = Upload::new(source, mss_http::AssetType::Video);
    let upload = upload.delete_asset_on_failure(true);
    let upload = upload.wait(Duration::from_secs(30)).observe(&cancel);
    client.upload(upload).unwrap_err();
    assert!(cancelled.load(Ordering::Relaxed));
    assert_eq!(service.count(Operation::DeleteAsset), 0);
}

#[test]
fn a_confirmation_on_its_own_is_settled() {
    let service = Service::new();
    let other = |state| {
        let service = &service;
        let observe = move |event| {
            if let UploadEvent::Created { file_id, .. } = event {
                service.client.confirm_file_upload(&file_id, state).unwrap();
            }
        };
        let source = Source::bytes("still.png", &b"content"[..]);
        let upload = Upload::new(source, asset()).category("COVER".parse().unwrap());
        service.client.upload(upload.observe(&observe)).unwrap_err();
        service
            .emulator
            .files()
            .pop()
            .unwrap()
            .file_id
            .parse()
            .unwrap()
    };
    let cancelled = other(UploadState::Cancelled);
    let lose = || {
        let lost = Fault::reset().on(Operation::ConfirmFileUpload);
        service.fault(lost.before_answer().times(3));
    };
    let settle = |id: &mss_http::FileId, state, verify| {
        let confirm = ConfirmFileUpload::new(id.clone(), state);
        service
            .client
            .settle_file_upload(&confirm, &asset(), verify)
    };
    lose();
    let settled = settle(&cancelled, UploadState::Cancelled, false).unwrap();
    assert_eq!(settled.state, Some(FileState::Cancelled));
    let settled = settle(&cancelled, UploadState::Cancelled, false).unwrap();
    assert_eq!(settled.state, None);
    let settled = settle(&cancelled, UploadState::Cancelled, true).unwrap();
    assert_eq!(settled.state, Some(FileState::Cancelled));
    lose();
    let error = settle(&cancelled, UploadState::Failed, false).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    lose();
    let error = settle(&file(), UploadState::Created, false).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(error.to_string().contains("doesn't show"), "{error}");
}

/// Whatever happens to CREATED and to the looks: nothing but CREATED follows.
#[test]
fn after_created_nothing_but_created_is_sent() {
    let confirms = [
        Act::ok(),
        Act::reset(),
        Act::close(),
        Act::status(400),
        Act::status(401),
        Act::status(403),
        Act::status(409),
        Act::status(500),
        Act::answer("200 OK", "Content-Type: text/html", "<html>"),
        Act::answer("302 Found", "Location: https://elsewhere.invalid/", ""),
    ];
    let looks = [
        shows("CREATING", ""),
        shows("FAILED", ""),
        shows("CANCELLED", ""),
        shows("CREATED", ""),
        shows_files(""),
        Act::status(401),
        Act::status(500),
        Act::reset(),
    ];
    thread::scope(|scope| {
        for confirm in confirms {
            let looks = looks.clone();
            scope.spawn(move || {
                for look in looks {
                    let (answer, shown) = (confirm.clone(), look.clone());
                    let server = metastudio(move |call, _, _| match call {
                        Call::Confirm => Some(answer.clone()),
                        Call::Show => Some(shown.clone()),
                        _ => None,
                    });
                    let options = short().total_timeout(Duration::from_millis(700));
                    let client = client(&server).with_options(options).unwrap();
                    let upload = upload().verify(true).delete_asset_on_failure(true);
                    let result = client.upload(upload);
                    assert_only_created(&server);
                    if let Err(error) = result {
                        let cleanup = error.upload().unwrap().cleanup;
                        assert_eq!(cleanup, Cleanup::Forbidden, "{confirm:?} {look:?}: {error}");
                    }
                }
            });
        }
    });
}
