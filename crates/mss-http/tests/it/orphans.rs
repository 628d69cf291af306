//! Registrations of which nobody knows whether they arrived, and assets made for a file.

use std::time::{Duration, Instant};

use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    AssetCleanup, AssetType, Cleanup, CreateDigitalAsset, CreateFile, ErrorKind, FileCategory,
    Outcome, Source, Stage, Upload, UploadEvent, UploadState,
};

use crate::{
    cancel::cancellable,
    support::{
        Act, Call, Service, asset, bytes, client, confirmed, count, metastudio, short, timed,
    },
};

fn upload<'a>() -> Upload<'a> {
    Upload::new(Source::bytes("clip.mp4", bytes(2_000)), asset())
}

fn lost_create(service: &Service) {
    service.fault(Fault::reset().on(Operation::CreateFile).before_answer());
}

#[test]
fn an_unknown_create_is_looked_up_and_told() {
    let service = Service::new();
    lost_create(&service);
    let error = service.client.upload(upload()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Create);
    assert_eq!(failure.cleanup, Cleanup::NotNeeded);
    assert_eq!(failure.file_id, None);
    let orphan = service.file();
    assert_eq!(failure.possible_orphans, [orphan.file_id.parse().unwrap()]);
    assert!(error.to_string().contains(&orphan.file_id), "{error}");
    assert_eq!(orphan.state, Emulated::Creating);
    assert_eq!(
        service.count(Operation::CreateFile),
        1,
        "each one makes a file"
    );
    assert_eq!(service.count(Operation::ConfirmFileUpload), 0);
}

#[test]
fn it_is_cancelled_on_request() {
    let service = Service::new();
    lost_create(&service);
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    let failure = error.upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Cancelled));
    assert_eq!(
        failure.file_id,
        Some(service.file().file_id.parse().unwrap())
    );
    assert_eq!(failure.possible_orphans, []);
    assert_eq!(service.states(), [Emulated::Cancelled]);
}

#[test]
fn an_orphan_that_cannot_be_cancelled_is_told_too() {
    let service = Service::new();
    lost_create(&service);
    service.fault(Fault::status(500).on(Operation::ConfirmFileUpload).always());
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    let failure = error.upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Failed(UploadState::Cancelled));
    assert_eq!(failure.possible_orphans.len(), 1);
    assert_eq!(service.states(), [Emulated::Creating]);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 2);
}

#[test]
fn of_two_that_look_alike_none_is_cancelled() {
    let service = Service::new();
    let before = CreateFile::new("CLIP.mp4", 2_000, md5_of(&bytes(2_000)), asset()).unwrap();
    let before = before.category("OTHER".parse().unwrap());
    service.client.create_file(&before).unwrap();
    lost_create(&service);
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    let failure = error.upload().unwrap();
    assert_eq!(failure.possible_orphans.len(), 2, "{error}");
    assert_eq!(failure.cleanup, Cleanup::NotNeeded);
    assert_eq!(service.states(), [Emulated::Creating; 2]);
}

fn md5_of(bytes: &[u8]) -> mss_http::ContentMd5 {
    use md5::Digest as _;
    mss_http::ContentMd5::new(md5::Md5::digest(bytes).into())
}

#[test]
fn what_differs_in_name_md5_or_state_is_somebody_elses() {
    let service = Service::new();
    let other: FileCategory = "OTHER".parse().unwrap();
    for (name, md5) in [
        ("other.mp4", md5_of(&bytes(2_000))),
        ("clip.mp4", md5_of(b"other")),
        ("clip.mp4", md5_of(&bytes(2_000))),
    ] {
        let create = CreateFile::new(name, 2_000, md5, asset()).unwrap();
        let created = service
            .client
            .create_file(&create.category(other.clone()))
            .unwrap();
        if service.emulator.files().len() == 3 {
            let state = UploadState::Failed;
            service
                .client
                .confirm_file_upload(&created.file_id, state)
                .unwrap();
        }
    }
    service.fault(Fault::reset().on(Operation::CreateFile).after_request());
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.possible_orphans, []);
    assert_eq!(failure.cleanup, Cleanup::NotNeeded);
    let states = [Emulated::Creating, Emulated::Creating, Emulated::Failed];
    assert_eq!(service.states(), states);
}

#[test]
fn a_look_that_fails_finds_none() {
    let service = Service::new();
    lost_create(&service);
    service.fault(Fault::status(500).on(Operation::ShowAsset).always());
    let error = service
        .client
        .upload(upload().cancel_orphan(true))
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.upload().unwrap().possible_orphans, []);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 0);
}

#[test]
fn a_create_that_was_refused_is_not_looked_up() {
    let service = Service::new();
    service.fault(Fault::status(409).on(Operation::CreateFile));
    let error = service.client.upload(upload()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(service.requests(), 1);
}

fn new_asset<'a>() -> Upload<'a> {
    let source = Source::bytes("still.png", bytes(2_000));
    Upload::new(source, AssetType::Image)
}

#[test]
fn an_asset_of_its_own_is_named_after_the_file() {
    let service = Service::new();
    let uploaded = service.client.upload(new_asset()).unwrap();
    let assets = service.emulator.assets();
    assert_eq!(assets.len(), 1);
    assert_eq!(assets[0].asset_id, uploaded.asset_id.as_str());
    assert_eq!(assets[0].asset_name.as_deref(), Some("still.png"));
    assert_eq!(assets[0].asset_type.as_deref(), Some("IMAGE"));
    assert_eq!(service.file().asset_id, uploaded.asset_id.as_str());

    let create = CreateDigitalAsset::new("Titelbild", AssetType::Image).unwrap();
    let source = Source::bytes("still.png", bytes(2_000));
    service.client.upload(Upload::new(source, create)).unwrap();
    let name = service.emulator.assets()[1].asset_name.clone();
    assert_eq!(name.as_deref(), Some("Titelbild"));
}

#[test]
fn it_is_kept_or_deleted_as_was_said() {
    for (delete, cleanup) in [(false, AssetCleanup::Kept), (true, AssetCleanup::Deleted)] {
        for operation in [Operation::CreateFile, Operation::PutObject] {
            let service = Service::new();
            service.fault(Fault::status(403).on(operation));
            let upload = new_asset().delete_asset_on_failure(delete);
            let error = service.client.upload(upload).unwrap_err();
            let failure = error.upload().unwrap();
            assert_eq!(failure.asset_cleanup, cleanup, "{operation}");
            let assets = service.emulator.assets();
            let id = failure.new_asset.as_ref().unwrap().as_str();
            assert_eq!(assets[0].asset_id, id);
            assert_eq!(service.count(Operation::DeleteAsset), usize::from(delete));
            assert!(error.to_string().contains(id), "{error}");
        }
    }
    // An asset that isn't its own is never touched.
    let service = Service::new();
    service.fault(Fault::status(403).on(Operation::PutObject));
    let upload = upload().delete_asset_on_failure(true);
    let error = service.client.upload(upload).unwrap_err();
    assert_eq!(
        error.upload().unwrap().asset_cleanup,
        AssetCleanup::NotNeeded
    );
    assert_eq!(service.count(Operation::DeleteAsset), 0);
}

#[test]
fn it_is_kept_where_created_may_have_arrived() {
    for fault in [
        Fault::status(500).on(Operation::ConfirmFileUpload).always(),
        Fault::status(409).on(Operation::ConfirmFileUpload),
        Fault::reset()
            .on(Operation::ConfirmFileUpload)
            .after_request()
            .always(),
    ] {
        let service = Service::with(short().total_timeout(Duration::from_millis(400)));
        service.fault(fault);
        let upload = new_asset().delete_asset_on_failure(true);
        let error = service.client.upload(upload).unwrap_err();
        let failure = error.upload().unwrap();
        assert_eq!(failure.cleanup, Cleanup::Forbidden, "{error}");
        assert_eq!(failure.asset_cleanup, AssetCleanup::Kept, "{error}");
        assert_eq!(service.count(Operation::DeleteAsset), 0);
    }
}

#[test]
fn a_deletion_that_fails_is_told() {
    let service = Service::new();
    service.fault(Fault::status(403).on(Operation::PutObject));
    service.fault(Fault::status(500).on(Operation::DeleteAsset).always());
    let upload = new_asset().delete_asset_on_failure(true);
    let error = service.client.upload(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "the first error");
    let failure = error.upload().unwrap();
    assert_eq!(failure.asset_cleanup, AssetCleanup::Failed);
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert!(service.count(Operation::DeleteAsset) <= 2);
}

#[test]
fn nobody_knows_of_an_asset_whose_answer_got_lost() {
    let service = Service::new();
    let lost = Fault::reset().on(Operation::CreateDigitalAsset);
    service.fault(lost.before_answer());
    let upload = new_asset().delete_asset_on_failure(true);
    let error = service.client.upload(upload).unwrap_err();
    assert_eq!(error.operation(), "CreateDigitalAsset");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let failure = error.upload().unwrap();
    assert_eq!(failure.stage, Stage::Create);
    assert_eq!(failure.new_asset, None);
    assert_eq!(failure.cleanup, Cleanup::NotNeeded);
    assert_eq!(
        service.count(Operation::CreateDigitalAsset),
        1,
        "each one makes an asset"
    );
    assert_eq!(service.requests(), 1);
}

struct Unread<R>(R);
impl<R> std::io::Read for Unread<R> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("it isn't read")
    }
}
impl<R> std::io::Seek for Unread<R> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        Ok(match to {
            std::io::SeekFrom::End(_) => 400 << 30,
            _ => 0,
        })
    }
}

#[test]
fn limits_are_checked_before_anything_is_sent() {
    let service = Service::new();
    let content = || bytes(2_000);
    let refused: [(&str, Upload<'_>); 6] = [
        (
            "format",
            Upload::new(Source::bytes("a.mp4", content()), AssetType::Image),
        ),
        (
            "type",
            Upload::new(
                Source::bytes("a.png", content()).file_type("mp4"),
                AssetType::Image,
            ),
        ),
        (
            "no extension",
            Upload::new(Source::bytes("a", content()), asset()),
        ),
        (
            "name",
            Upload::new(Source::bytes("a/b.mp4", content()), asset()),
        ),
        (
            "long name",
            Upload::new(Source::bytes("a".repeat(260) + ".mp4", content()), asset()),
        ),
        (
            "long type",
            Upload::new(
                Source::bytes("a.mp4", content()).file_type("x".repeat(65)),
                asset(),
            ),
        ),
    ];
    for (what, upload) in refused {
        let error = service.client.upload(upload).expect_err(what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
        assert_eq!(error.upload().unwrap().stage, Stage::Inspect, "{what}");
    }
    // The vendor takes images of up to 10 MB or so: none of a gigabyte.
    let reader = std::io::Read::take(std::io::repeat(0), 1 << 30);
    let huge = Source::seekable("still.png", Unread(reader));
    let error = service
        .client
        .upload(Upload::new(huge, AssetType::Image))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(service.requests(), 0);
}

/// A service that has gone silent after the file was registered.
#[test]
fn cleaning_up_takes_five_seconds_altogether() {
    let server = metastudio(|call, _, _| match call {
        Call::Put => Some(Act::status(403)),
        Call::Confirm | Call::DeleteAsset => Some(Act::Silence),
        _ => None,
    });
    let upload = new_asset().delete_asset_on_failure(true);
    let (result, time) = timed(|| client(&server).upload(upload));
    let error = result.unwrap_err();
    assert!(time < Duration::from_millis(5_600), "{time:?}");
    let failure = error.upload().unwrap();
    assert_eq!(
        failure.cleanup,
        Cleanup::Failed(UploadState::Failed),
        "{error}"
    );
    assert_eq!(failure.asset_cleanup, AssetCleanup::Failed, "{error}");
    assert!(confirmed(&server).len() <= 2);
}

#[test]
fn f57_one_more_cancelling_ends_all_of_the_cleaning_up() {
    let server = metastudio(|call, _, _| match call {
        Call::Put | Call::Confirm | Call::DeleteAsset => Some(Act::Silence),
        _ => None,
    });
    let (client, handle) = cancellable(&client(&server));
    let upload = new_asset().delete_asset_on_failure(true);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.upload(upload));
        server.wait_for_requests(3);
        handle.cancel();
        server.wait_for_requests(4);
        let wished = Instant::now();
        handle.cancel();
        let error = call.join().unwrap().unwrap_err();
        let time = wished.elapsed();
        assert!(time < Duration::from_millis(600), "{time:?}");
        assert_eq!(error.upload().unwrap().asset_cleanup, AssetCleanup::Failed);
    });
    assert_eq!(count(&server, Call::DeleteAsset), 0);
}

/// The service has registered the file, and its answer doesn't come.
#[test]
fn f57_an_upload_that_is_cancelled_while_it_registers_is_looked_up() {
    for (upload, cleanup) in [
        (upload(), Cleanup::NotNeeded),
        (
            upload().cancel_orphan(true),
            Cleanup::Done(UploadState::Cancelled),
        ),
        // In an asset of its own nobody else's file can be.
        (new_asset(), Cleanup::Done(UploadState::Cancelled)),
    ] {
        let service = Service::new();
        let silence = Fault::black_hole().on(Operation::CreateFile);
        let silence = service.fault(silence.before_answer());
        let (client, handle) = cancellable(&service.client);
        let error = std::thread::scope(|scope| {
            let call = scope.spawn(|| client.upload(upload));
            while service.emulator.fired(silence) == 0 {
                std::thread::yield_now();
            }
            handle.cancel();
            call.join().unwrap().unwrap_err()
        });
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        let failure = error.upload().unwrap();
        assert_eq!(failure.cleanup, cleanup, "{error}");
        let id = service.file().file_id.parse().unwrap();
        if cleanup == Cleanup::NotNeeded {
            assert_eq!(failure.possible_orphans, [id]);
            assert_eq!(service.states(), [Emulated::Creating]);
        } else {
            assert_eq!(failure.file_id, Some(id));
            assert_eq!(service.states(), [Emulated::Cancelled]);
        }
    }
}

#[test]
fn events_tell_of_the_asset_first() {
    let service = Service::new();
    let first = std::sync::Mutex::new(Vec::new());
    let observe = |event: UploadEvent| crate::support::locked(&first).push(event);
    let uploaded = service
        .client
        .upload(new_asset().observe(&observe))
        .unwrap();
    let events = crate::support::locked(&first);
    let made = events.iter().position(
        |it| matches!(it, UploadEvent::AssetCreated { asset_id, .. } if *asset_id == uploaded.asset_id),
    );
    let created = events
        .iter()
        .position(|it| matches!(it, UploadEvent::Created { .. }));
    assert!(made.unwrap() < created.unwrap());
}
