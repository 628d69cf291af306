//! Many uploads, each with something going wrong at a random point: what the result or the error
//! says of the file is what the emulator holds.
//!
//! `METASTUDIO_UPLOADS` sets how many, `METASTUDIO_SEED` where the dice begin.

use std::{
    fmt::Write as _,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use fastrand::Rng;
use mss_emulator::{Fault, FileState as Emulated, FileView, Operation, ReviewScript};
use mss_http::{
    AssetCleanup, AssetType, CallOptions, CancelHandle, Cleanup, Destination, Error, FileId,
    Outcome, Source, Stage, Upload, UploadEvent, UploadState, Uploaded,
};

use crate::support::{Service, asset, bytes, locked, timed};

/// As many as the checks have time for; `just faulty-uploads` makes a thousand.
const UPLOADS: u64 = 60;

const THREADS: usize = 8;

/// Longer than all timeouts, retries and cleaning up together.
const LONGEST: Duration = Duration::from_secs(20);

const STATUSES: [u16; 12] = [301, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504];

const STORE_ERRORS: [&str; 7] = [
    "AccessDenied",
    "BadDigest",
    "IncompleteBody",
    "InternalError",
    "RequestTimeout",
    "SignatureDoesNotMatch",
    "SlowDown",
];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn whatever_goes_wrong_the_caller_knows_what_became_of_the_file() {
    let count = number("METASTUDIO_UPLOADS").unwrap_or(UPLOADS);
    let seed = number("METASTUDIO_SEED").unwrap_or(20_261_123);
    let next = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    let ends = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let seed = seed + index;
                    match catch_unwind(AssertUnwindSafe(|| one(seed))) {
                        Ok(end) => locked(&ends).push(end),
                        Err(_) => locked(&failed).push(seed),
                    }
                }
            });
        }
    });
    let failed = locked(&failed);
    assert!(
        failed.is_empty(),
        "again with METASTUDIO_UPLOADS=1 METASTUDIO_SEED= one of {failed:?}"
    );
    // The dice reach all kinds of ends.
    let ends = locked(&ends);
    for end in ["created", "done", "failed", "forbidden", "not_needed"] {
        let seen = ends.iter().filter(|it| **it == end).count();
        assert!(seen > 0 || count < UPLOADS, "{end} never: {ends:?}");
    }
}

/// What is going to happen to one upload.
struct Dice {
    rng: Rng,
    /// For whoever looks at a failure.
    story: String,
}

impl Dice {
    fn chance(&mut self, of: u32) -> bool {
        self.rng.u32(0..of) == 0
    }

    fn tell(&mut self, what: impl std::fmt::Debug) {
        writeln!(self.story, "{what:?}").unwrap();
    }

    fn operation(&mut self) -> Operation {
        use Operation::{ConfirmFileUpload, CreateDigitalAsset, CreateFile, PutObject, ShowAsset};
        let likely = [PutObject, ConfirmFileUpload, CreateFile];
        let rare = [ShowAsset, CreateDigitalAsset, Operation::DeleteAsset];
        let all = [&likely[..], &likely, &rare].concat();
        all[self.rng.usize(0..all.len())]
    }

    /// A fault of the line at any place of a call, or one of the service.
    fn fault(&mut self, size: u64) -> Fault {
        let operation = self.operation();
        let fault = match self.rng.u32(0..12) {
            0 if operation == Operation::PutObject => {
                let code = STORE_ERRORS[self.rng.usize(0..STORE_ERRORS.len())];
                Fault::store_error(code)
            }
            1 if matches!(operation, Operation::PutObject | Operation::CreateFile) => {
                Fault::expired().on(operation)
            }
            2 if operation == Operation::PutObject => Fault::no_continue().on(operation),
            3 => Fault::truncate(self.rng.u64(0..400)).on(operation),
            0..=5 => {
                let status = STATUSES[self.rng.usize(0..STATUSES.len())];
                let fault = Fault::status(status).on(operation);
                // A refusal of what was done is beyond anyone's knowledge.
                let is_open = !matches!(status, 400 | 401 | 403 | 404 | 409 | 429);
                if is_open && self.chance(3) {
                    fault.applied()
                } else {
                    fault
                }
            }
            kind => {
                let fault = match kind {
                    6 | 7 => Fault::reset(),
                    8 | 9 => Fault::close(),
                    10 => Fault::black_hole(),
                    _ => Fault::latency(Duration::from_millis(self.rng.u64(0..400))),
                };
                let fault = fault.on(operation);
                match self.rng.u32(0..6) {
                    0 => fault.after_request_bytes(self.rng.u64(0..800)),
                    1 => fault.after_body_bytes(self.rng.u64(0..=size)),
                    2 => fault.after_request(),
                    3 => fault.before_answer(),
                    4 => fault.after_answer_bytes(self.rng.u64(0..400)),
                    _ => fault.after_answer_body_bytes(self.rng.u64(0..200)),
                }
            }
        };
        let times = self.rng.u32(1..=4);
        let fault = if times == 4 {
            fault.always()
        } else {
            fault.times(times)
        };
        self.tell(&fault);
        fault
    }
}

/// One upload; in one word how it ended.
fn one(seed: u64) -> &'static str {
    let mut dice = Dice {
        rng: Rng::with_seed(seed),
        story: String::new(),
    };
    let handle = CancelHandle::new();
    let service = Service::with(
        CallOptions::new()
            .connect_timeout(Duration::from_millis(500))
            .attempt_timeout(Duration::from_millis(250))
            .total_timeout(Duration::from_secs(2))
            .stall_timeout(Duration::from_millis(250))
            .cancel(&handle),
    );
    let sizes = [1, 2_000, 300_000, 1_500_000];
    let content = bytes(sizes[dice.rng.usize(0..sizes.len())]);
    let size = content.len() as u64;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    fs::write(&path, &content).unwrap();

    let destination = if dice.chance(3) {
        Destination::from(AssetType::Video)
    } else {
        Destination::from(asset())
    };
    let mut upload = Upload::new(Source::path(&path), destination)
        .verify(dice.chance(3))
        .verify_source(dice.chance(4))
        .cancel_orphan(dice.chance(2))
        .delete_asset_on_failure(dice.chance(2));
    if dice.chance(4) {
        service.emulator.set_review(ReviewScript::blocks(1, 0));
        upload = upload.wait(Duration::from_millis(300));
    }
    dice.tell(&upload);
    for _ in 0..=dice.rng.usize(0..3) {
        service.fault(dice.fault(size));
    }
    let cancel_at = dice.chance(6).then(|| dice.rng.usize(0..6));
    let change_at = dice.chance(6).then(|| dice.rng.usize(0..4));
    dice.tell((cancel_at, change_at));
    let events = Mutex::new(0);
    let observe = |_: UploadEvent| {
        let mut events = locked(&events);
        if cancel_at == Some(*events) {
            handle.cancel();
        }
        if change_at == Some(*events) {
            fs::write(&path, vec![7; content.len()]).unwrap();
        }
        *events += 1;
    };

    let (result, time) = timed(|| service.client.upload(upload.observe(&observe)));
    let files = service.emulator.files();
    writeln!(
        dice.story,
        "{result:#?}\n{files:#?}\n{:#?}",
        service.emulator.requests()
    )
    .unwrap();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        assert!(time < LONGEST, "it took {time:?}");
        for file in files.iter().filter(|it| is_created(it.state)) {
            let put = file.put.as_ref().expect("CREATED without a content");
            assert_eq!(put.md5, file.file_md5, "CREATED with other bytes");
            let body = service.emulator.file_body(&file.file_id);
            assert!(
                body.as_ref() == Some(&content) || change_at.is_some(),
                "other bytes"
            );
        }
        match &result {
            Ok(uploaded) => check_success(uploaded, &files),
            Err(error) => check_failure(error, &files, &service),
        }
    }));
    assert!(checked.is_ok(), "METASTUDIO_SEED={seed}\n{}", dice.story);
    match result {
        Ok(_) => "created",
        Err(error) => error.upload().unwrap().cleanup.as_str(),
    }
}

fn is_created(state: Emulated) -> bool {
    use Emulated::{Block, Created, Review, Uploaded};
    matches!(state, Created | Uploaded | Review | Block)
}

fn check_success(uploaded: &Uploaded, files: &[FileView]) {
    let (last, before) = files.split_last().expect("a file");
    assert_eq!(last.file_id, uploaded.file_id.as_str());
    assert!(is_created(last.state), "said to be CREATED");
    assert!(
        before.iter().all(|it| it.state == Emulated::Cancelled),
        "of expired URLs nothing stays open"
    );
}

fn check_failure(error: &Error, files: &[FileView], service: &Service) {
    let failure = error.upload().expect("where it stood");
    let id = failure.file_id.as_ref().map(FileId::as_str);
    let state = id.map(|id| {
        let file = files.iter().find(|it| it.file_id == id);
        file.expect("the file that the error names").state
    });
    match error.outcome() {
        Outcome::Applied => assert!(state.is_some_and(is_created), "said to be CREATED"),
        Outcome::NotApplied => {
            assert!(
                !files.iter().any(|it| is_created(it.state)),
                "said not to be CREATED"
            );
        }
        Outcome::Unknown => {}
    }
    match failure.cleanup {
        Cleanup::NotNeeded => assert_eq!(state, None),
        Cleanup::Done(UploadState::Failed) => assert_eq!(state, Some(Emulated::Failed)),
        Cleanup::Done(_) => assert_eq!(state, Some(Emulated::Cancelled)),
        Cleanup::Failed(wanted) => {
            // Its answer may have got lost.
            let applied = if wanted == UploadState::Failed {
                Emulated::Failed
            } else {
                Emulated::Cancelled
            };
            let state = state.expect("a file");
            assert!(state == Emulated::Creating || state == applied, "{state}");
        }
        Cleanup::Forbidden => {
            let state = state.expect("a file");
            assert!(state == Emulated::Creating || is_created(state), "{state}");
        }
        _ => panic!("a cleanup that nobody knows"),
    }
    let is_unknown_create = failure.stage == Stage::Create && error.outcome() == Outcome::Unknown;
    for file in files.iter().filter(|it| it.state == Emulated::Creating) {
        let is_named = id == Some(file.file_id.as_str());
        let stays = matches!(failure.cleanup, Cleanup::Failed(_) | Cleanup::Forbidden);
        assert!(
            is_unknown_create || (is_named && stays),
            "CREATING, and nobody was told"
        );
    }
    let deletes = service.count(Operation::DeleteAsset);
    match failure.asset_cleanup {
        AssetCleanup::Kept | AssetCleanup::NotNeeded => assert_eq!(deletes, 0),
        AssetCleanup::Deleted => {
            let id = failure.new_asset.as_ref().expect("its asset").as_str();
            let assets = service.emulator.assets();
            let asset = assets
                .iter()
                .find(|it| it.asset_id == id)
                .expect("the asset");
            assert!(asset.state.contains("DELET"), "{}", asset.state);
            assert!(
                !files.iter().any(|it| is_created(it.state)),
                "CREATED in a deleted asset"
            );
        }
        _ => assert!(deletes <= 2),
    }
}
