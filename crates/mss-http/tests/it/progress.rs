//! What a caller is told while an upload runs.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use mss_emulator::{Fault, FileState as Emulated, Operation};
use mss_http::{
    CallOptions, CancelHandle, Cleanup, ErrorKind, Progress, Source, Stage, Upload, UploadState,
};

use crate::support::{Service, asset, bytes, locked};

const SIZE: usize = 3 << 20;

fn upload<'a>() -> Upload<'a> {
    of_size(SIZE)
}

fn of_size<'a>(size: usize) -> Upload<'a> {
    Upload::new(Source::bytes("clip.mp4", bytes(size)), asset())
}

/// Uploads, and what was told when.
fn told(service: &Service, size: usize) -> Vec<(Instant, Progress)> {
    let told = Mutex::new(Vec::new());
    let caller = thread::current().id();
    let tell = |progress| {
        assert_eq!(thread::current().id(), caller);
        locked(&told).push((Instant::now(), progress));
    };
    service
        .client
        .upload(of_size(size).progress(&tell))
        .unwrap();
    told.into_inner().unwrap()
}

#[track_caller]
fn assert_ten_a_second(told: &[(Instant, Progress)]) {
    for (from, _) in told {
        let within = |at: &Instant| *at >= *from && *at < *from + Duration::from_secs(1);
        let within = told.iter().filter(|(at, _)| within(at)).count();
        assert!(within <= 10, "{within} calls in a second");
    }
}

fn of_stage(told: &[(Instant, Progress)], stage: Stage) -> Vec<u64> {
    let same = told.iter().filter(|(_, it)| it.stage == stage);
    same.map(|(_, it)| it.done).collect()
}

#[test]
fn each_stage_goes_up_and_is_told_to_its_end() {
    let service = Service::new();
    let slow = Fault::bandwidth(20 << 20).on(Operation::PutObject);
    service.fault(slow.after_body_bytes(0).always());
    // More than fits between the two.
    let told = told(&service, 40 << 20);
    assert_ten_a_second(&told);
    let size = 40 << 20;
    assert!(
        told.iter()
            .all(|(_, it)| it.total == size && it.done <= size),
        "{told:?}"
    );
    let stages: Vec<_> = told.iter().map(|(_, it)| it.stage).collect();
    assert!(stages.is_sorted(), "{stages:?}");
    for stage in [Stage::Hash, Stage::Put] {
        let done = of_stage(&told, stage);
        assert!(done.is_sorted(), "{stage}: {done:?}");
        assert_eq!(done.first(), Some(&0), "{stage}");
        assert_eq!(done.last(), Some(&size), "{stage}");
    }
    // Slowly enough for more than its ends.
    assert!(of_stage(&told, Stage::Put).len() > 3, "{told:?}");
    assert_eq!(of_stage(&told, Stage::Confirm), [size]);
}

#[test]
fn f45_it_goes_back_when_the_put_begins_again() {
    for cut in [0, SIZE as u64 / 2, SIZE as u64 - 1_000, SIZE as u64] {
        let service = Service::new();
        let fault = Fault::reset().on(Operation::PutObject);
        service.fault(if cut == SIZE as u64 {
            fault.before_answer()
        } else {
            fault.after_body_bytes(cut)
        });
        let told = told(&service, SIZE);
        assert_ten_a_second(&told);
        let done = of_stage(&told, Stage::Put);
        assert_eq!(done.last(), Some(&(SIZE as u64)), "{cut}");
        if cut > 0 {
            // Once at the beginning, once when it went back to it.
            assert!(
                done.iter().filter(|it| **it == 0).count() >= 2,
                "{cut}: {done:?}"
            );
        }
        assert_eq!(service.states(), [Emulated::Created]);
        assert_eq!(service.count(Operation::PutObject), 2);
    }
}

#[test]
fn f50_a_callback_that_uploads_does_not_get_stuck() {
    let service = Service::new();
    let calls = Mutex::new(0);
    let tell = |_: Progress| {
        let is_first = {
            let mut calls = locked(&calls);
            *calls += 1;
            *calls == 1
        };
        if is_first {
            let inner = Source::bytes("inner.mp4", bytes(100));
            let other = "other-asset".parse::<mss_http::AssetId>().unwrap();
            service.client.upload(Upload::new(inner, other)).unwrap();
        }
    };
    service.client.upload(upload().progress(&tell)).unwrap();
    assert_eq!(service.states(), [Emulated::Created; 2]);
}

#[test]
fn f50_a_slow_callback_loses_nothing() {
    let service = Service::new();
    let tell = |_: Progress| thread::sleep(Duration::from_millis(200));
    service.client.upload(upload().progress(&tell)).unwrap();
    assert_eq!(service.states(), [Emulated::Created]);
}

#[test]
fn f50_a_callback_that_cancels_ends_cleanly_in_each_stage() {
    for stage in [Stage::Hash, Stage::Create, Stage::Put, Stage::Confirm] {
        let service = Service::new();
        let handle = CancelHandle::new();
        let client = service
            .client
            .with_options(CallOptions::new().cancel(&handle));
        let tell = |progress: Progress| {
            if progress.stage == stage {
                handle.cancel();
            }
        };
        let error = client
            .unwrap()
            .upload(upload().progress(&tell))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{stage}: {error}");
        if stage <= Stage::Create {
            assert_eq!(service.requests(), 0, "{stage}");
        } else {
            let cleanup = error.upload().unwrap().cleanup;
            assert_eq!(cleanup, Cleanup::Done(UploadState::Cancelled), "{stage}");
            assert_eq!(service.states(), [Emulated::Cancelled], "{stage}");
        }
    }
}
