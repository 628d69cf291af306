//! Uploads that keep a journal: each step stands in it first, and a crash loses nothing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Fault, FileState, Operation};
use mss_http::{
    AssetCleanup, AssetId, AssetType, CallOptions, CancelHandle, Cleanup, Client, Content,
    CreateDigitalAsset, CreateFile, Error, ErrorKind, FileCategory, FileId, ManyOptions, Outcome,
    ResumeOptions, Resumed, Resumption, Source, Token, Upload, UploadEvent, UploadState, Uploaded,
    journal::{Created, Creating, Journal, JournalKind, Record, Step, Todo},
};

use crate::support::{Act, Call, PATIENCE, Service, bytes, client, metastudio, short};

/// A directory with so many small files, and the path of a journal beside them.
struct Place {
    directory: tempfile::TempDir,
    journal: PathBuf,
}

impl Place {
    fn new(files: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Self {
            journal: directory.path().join("run.jsonl"),
            directory,
        };
        for index in 0..files {
            fs::write(place.file(index), bytes(100 + index)).unwrap();
        }
        place
    }

    fn file(&self, index: usize) -> PathBuf {
        file_in(self.directory.path(), index)
    }

    fn upload(&self, index: usize) -> Upload<'static> {
        upload_in(self.directory.path(), index)
    }

    fn begin(&self, client: &Client) -> Journal {
        let header = client.journal_header(JournalKind::Upload).unwrap();
        Journal::create(&self.journal, &header).unwrap()
    }

    fn steps(&self, entry: u64) -> Vec<String> {
        steps(&self.journal, entry)
    }

    /// A journal whose entry 0 has come so far.
    fn crashed(&self, client: &Client, steps: impl IntoIterator<Item = Step>) {
        let before = ManyOptions::new().journal(self.begin(client));
        // Its own line of the plan, as the batch writes it.
        let cancelled = CancelHandle::new();
        cancelled.cancel();
        let options = CallOptions::new().cancel(&cancelled);
        let unable = client.with_options(options).unwrap();
        let results = unable.upload_many(vec![self.upload(0)], &before).unwrap();
        assert_eq!(
            results[0].as_ref().unwrap_err().kind(),
            ErrorKind::Cancelled
        );
        drop(before);
        let (journal, ledger) = Journal::open(&self.journal).unwrap();
        assert_eq!(ledger.len(), 1);
        for step in steps {
            journal.append_synced(&[Record::new(0, step)]).unwrap();
        }
    }

    fn resume(&self, client: &Client, options: &ResumeOptions<'_>) -> Resumed {
        let mut resumed = client.resume(&self.journal, options).unwrap();
        assert_eq!(resumed.len(), 1);
        resumed.remove(0)
    }
}

fn file_in(directory: &Path, index: usize) -> PathBuf {
    directory.join(format!("clip-{index}.mp4"))
}

/// One goes beside the main file of an asset, one into an asset of its own, and one is the main
/// file of an asset that exists.
fn upload_in(directory: &Path, index: usize) -> Upload<'static> {
    let file = file_in(directory, index);
    match index % 3 {
        0 => Upload::new(file, asset(index)).category(FileCategory::Other),
        1 => Upload::new(file, AssetType::Video),
        _ => {
            let id = fs::read_to_string(file.with_extension("asset"));
            let id = id.map_or_else(|_| asset(index), |id| id.parse().unwrap());
            Upload::new(file, id).cancel_orphan(true)
        }
    }
}

fn asset(index: usize) -> AssetId {
    format!("asset-{index}").parse().unwrap()
}

/// The steps of an entry, as the file says them at this moment.
fn steps(journal: &Path, entry: u64) -> Vec<String> {
    let text = fs::read_to_string(journal).unwrap();
    let lines = text.lines().skip(1);
    let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of_entry = lines.filter(|line| line["n"] == entry);
    of_entry
        .map(|line| {
            let step = line.as_object().unwrap();
            let (name, value) = step.iter().find(|(name, _)| *name != "n").unwrap();
            match (value, value.get("outcome")) {
                (_, Some(outcome)) => format!("{name} {}", outcome.as_str().unwrap()),
                (serde_json::Value::String(text), _) => format!("{name} {text}"),
                (serde_json::Value::Object(fields), _) if name != "item" => {
                    format!("{name} {}", fields.keys().next().unwrap())
                }
                _ => name.clone(),
            }
        })
        .collect()
}

/// What the emulator holds for each file's name.
fn by_name(emulator: &Emulator) -> BTreeMap<String, Vec<FileState>> {
    let mut names: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in emulator.files() {
        names.entry(file.file_name).or_default().push(file.state);
    }
    names
}

#[test]
fn every_step_stands_in_the_journal_and_no_secret() {
    let service = Service::new();
    let place = Place::new(3);
    let options = ManyOptions::new().journal(place.begin(&service.client));
    let uploads = (0..3).map(|it| place.upload(it)).collect();
    for result in service.client.upload_many(uploads, &options).unwrap() {
        result.unwrap();
    }
    let whole = [
        "item",
        "creating file",
        "created file_id",
        "sending CREATED",
        "ended applied",
    ];
    assert_eq!(place.steps(0), whole);
    let with_asset = ["item", "creating asset", "created asset_id"];
    assert_eq!(place.steps(1), [&with_asset[..], &whole[1..]].concat());
    let text = fs::read_to_string(&place.journal).unwrap();
    for secret in [
        "Signature",
        "Expires",
        service.emulator.access_key(),
        service.emulator.secret_key(),
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    drop(options);
    // Nothing is left to do, and nothing is sent.
    let before = service.requests();
    let resumed = service.client.resume(&place.journal, &ResumeOptions::new());
    for (index, resumed) in resumed.unwrap().into_iter().enumerate() {
        assert_eq!(resumed.entry, index as u64);
        assert_eq!(resumed.subject, place.file(index).to_str().unwrap());
        let done = Resumption::Done(UploadState::Created);
        assert_eq!(resumed.result.unwrap(), done);
    }
    assert_eq!(service.requests(), before);
}

#[test]
fn f51_each_call_finds_its_line_on_the_disk() {
    let place = Arc::new(Place::new(3));
    let seen = Arc::clone(&place);
    let server = metastudio(move |call, number, _| {
        let lines: Vec<_> = (0..3)
            .flat_map(|entry| steps(&seen.journal, entry))
            .collect();
        let guard = match call {
            Call::CreateAsset => "creating asset",
            Call::Create => "creating file",
            Call::Put => "created file_id",
            Call::Confirm => "sending ",
            Call::DeleteAsset => "deleting ",
            Call::Show | Call::CreateLarge => panic!("{call:?}"),
        };
        let count = lines.iter().filter(|line| line.starts_with(guard)).count();
        assert_eq!(count, number + 1, "{call:?}: {lines:?}");
        (call == Call::Put && number == 2).then(|| Act::status(403))
    });
    let client = client(&server);
    let options = ManyOptions::new()
        .concurrency(1)
        .journal(place.begin(&client));
    let uploads = vec![place.upload(0), place.upload(2)];
    for result in client.upload_many(uploads, &options).unwrap() {
        result.unwrap();
    }
    // A second batch goes on where the first has ended.
    let last = place.upload(1).delete_asset_on_failure(true);
    let results = client.upload_many(vec![last], &options).unwrap();
    let failure = results[0].as_ref().unwrap_err().upload().unwrap();
    assert_eq!(failure.cleanup, Cleanup::Done(UploadState::Failed));
    assert_eq!(failure.asset_cleanup, AssetCleanup::Deleted);
    let end = place.steps(2);
    let end: Vec<_> = end
        .iter()
        .map(|step| step.split(' ').next().unwrap())
        .collect();
    let whole = [
        "item", "creating", "created", "creating", "created", "sending", "ended", "deleting",
        "ended",
    ];
    assert_eq!(end, whole);
}

#[test]
fn only_paths_can_be_resumed() {
    let service = Service::new();
    let place = Place::new(1);
    let options = ManyOptions::new().journal(place.begin(&service.client));
    let memory = Upload::new(Source::bytes("a.mp4", bytes(3)), asset(1));
    let uploads = vec![place.upload(0), memory];
    let error = service.client.upload_many(uploads, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("a.mp4: source must be a path"),
        "{error}"
    );
    assert_eq!(service.requests(), 0);
}

#[test]
fn a_journal_of_something_else_is_refused() {
    let (service, other) = (Service::new(), Service::new());
    let place = Place::new(1);
    place.crashed(&service.client, []);
    let error = other.client.resume(&place.journal, &ResumeOptions::new());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(
        error.to_string().contains("but this client is for"),
        "{error}"
    );
    assert_eq!(other.requests(), 0);

    let header = service.client.journal_header(JournalKind::Confirm).unwrap();
    let confirms = place.journal.with_file_name("confirms.jsonl");
    let journal = Journal::create(confirms, &header).unwrap();
    let options = ManyOptions::new().journal(journal);
    let error = service.client.upload_many(vec![place.upload(0)], &options);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(
        error.to_string().contains("is one of kind confirm"),
        "{error}"
    );
    assert_eq!(service.requests(), 0);
}

/// Registers a file as an earlier process did, and says so in the terms of a journal.
fn registered(service: &Service, place: &Place) -> (FileId, Vec<Step>, CreateFile) {
    let content = Content::open(place.file(0)).unwrap();
    let create = CreateFile::new(
        "clip-0.mp4",
        content.size(),
        content.md5().clone(),
        asset(0),
    )
    .unwrap();
    let created = service.client.create_file(&create).unwrap();
    service
        .client
        .put_content(&created, &create, &content)
        .unwrap();
    let creating = Creating::File {
        asset_id: asset(0),
        file_name: "clip-0.mp4".into(),
        size: content.size(),
        md5: Some(content.md5().as_str().to_owned()),
    };
    let file_id = created.file_id.clone();
    let steps = vec![
        Step::Creating(creating),
        Step::Created(Created::FileId(file_id.clone())),
    ];
    (file_id, steps, create)
}

#[test]
fn f51_an_open_file_is_cancelled_and_the_content_gets_another_url() {
    let service = Service::new();
    let place = Place::new(1);
    let (file_id, steps, _) = registered(&service, &place);
    place.crashed(&service.client, steps);
    let resumed = place.resume(&service.client, &ResumeOptions::new());
    let Resumption::Uploaded(uploaded) = resumed.result.unwrap() else {
        panic!("it is uploaded anew");
    };
    assert_ne!(uploaded.file_id, file_id);
    assert_eq!(resumed.closed, Some((file_id, UploadState::Cancelled)));
    assert_eq!(service.states(), [FileState::Cancelled, FileState::Created]);
    assert_eq!(service.count(Operation::PutObject), 2);
}

#[test]
fn f51_what_may_be_created_is_confirmed_again_and_nothing_else() {
    let service = Service::new();
    let place = Place::new(1);
    let (file_id, mut steps, _) = registered(&service, &place);
    steps.push(Step::Sending(UploadState::Created));
    place.crashed(&service.client, steps);
    // Whoever wants it cancelled comes too late.
    let cancel = ResumeOptions::new().cancel_open(true);
    let resumed = place.resume(&service.client, &cancel);
    assert_eq!(
        resumed.result.unwrap(),
        Resumption::MayBeCreated(file_id.clone())
    );
    assert_eq!(service.states(), [FileState::Creating]);
    let resumed = place.resume(&service.client, &ResumeOptions::new());
    let Resumption::Confirmed { file_id: id, .. } = resumed.result.unwrap() else {
        panic!("it is confirmed");
    };
    assert_eq!(id, file_id);
    assert_eq!(service.states(), [FileState::Created]);
    assert_eq!(service.count(Operation::CreateFile), 1);
    let done = Resumption::Done(UploadState::Created);
    let again = place.resume(&service.client, &ResumeOptions::new());
    assert_eq!(again.result.unwrap(), done);
}

#[test]
fn f51_a_content_that_has_changed_meanwhile_is_not_uploaded() {
    let service = Service::new();
    let place = Place::new(1);
    let (file_id, steps, _) = registered(&service, &place);
    place.crashed(&service.client, steps);
    fs::write(place.file(0), bytes(7)).unwrap();
    for closed in [Some((file_id, UploadState::Cancelled)), None] {
        let resumed = place.resume(&service.client, &ResumeOptions::new());
        let error = resumed.result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Source);
        assert!(error.to_string().contains("clip-0.mp4"), "{error}");
        assert!(error.to_string().contains("has changed"), "{error}");
        assert_eq!(resumed.closed, closed);
    }
    assert_eq!(service.states(), [FileState::Cancelled]);
}

#[test]
fn f51_a_create_without_an_answer_is_reported_as_a_possible_orphan() {
    let place = Place::new(1);
    let states = [FileState::Cancelled, FileState::Created];
    for cancel_orphan in [false, true] {
        let service = Service::new();
        let create = CreateDigitalAsset::new("Clips", AssetType::Video).unwrap();
        let made = service.client.execute(&create).unwrap().asset_id;
        let upload = || Upload::new(place.file(0), made.clone());
        fs::remove_file(&place.journal).ok();
        let options = ManyOptions::new().journal(place.begin(&service.client));
        let upload = upload().cancel_orphan(cancel_orphan);
        // Nobody can look at the asset either, so it is as after a crash.
        service.fault(Fault::reset().on(Operation::CreateFile).before_answer());
        let unseen = service.fault(Fault::status(500).on(Operation::ShowAsset).times(5));
        let results = service.client.upload_many(vec![upload], &options).unwrap();
        assert_eq!(results[0].as_ref().unwrap_err().outcome(), Outcome::Unknown);
        drop(options);
        assert!(service.emulator.fired(unseen) > 0);
        service.emulator.clear_faults();
        assert_eq!(place.steps(0), ["item", "creating file", "ended unknown"]);
        let resumed = place.resume(&service.client, &ResumeOptions::new());
        assert_eq!(resumed.possible_orphans.len(), 1);
        if cancel_orphan {
            let Resumption::Uploaded(_) = resumed.result.unwrap() else {
                panic!("it is uploaded");
            };
            assert!(resumed.orphan_ids.is_empty());
            let (_, state) = resumed.closed.unwrap();
            assert_eq!(state, UploadState::Cancelled);
        } else {
            // An asset has one main file, so the service refuses another beside it.
            assert_eq!(resumed.result.unwrap_err().kind(), ErrorKind::Rejected);
            let file: FileId = service.file().file_id.parse().unwrap();
            assert_eq!(resumed.orphan_ids, std::slice::from_ref(&file));
            // As soon as it is out of the way it goes on.
            let cancelled = UploadState::Cancelled;
            service
                .client
                .confirm_file_upload(&file, cancelled)
                .unwrap();
            let resumed = place.resume(&service.client, &ResumeOptions::new());
            assert!(matches!(resumed.result, Ok(Resumption::Uploaded(_))));
        }
        assert_eq!(service.states(), states);
    }
}

#[test]
fn a_file_is_left_open_for_who_confirms_it() {
    let service = Service::new();
    let place = Place::new(3);
    let options = ManyOptions::new().journal(place.begin(&service.client));
    let uploads = (0..3).map(|it| place.upload(it).leave_open(true)).collect();
    let results = service.client.upload_many(uploads, &options).unwrap();
    drop(options);
    let files: Vec<_> = results
        .into_iter()
        .map(|it| {
            let Uploaded { file_id, state, .. } = it.unwrap();
            assert_eq!(state, None);
            file_id
        })
        .collect();
    assert_eq!(service.states(), [FileState::Creating; 3]);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 0);
    for resumed in service
        .client
        .resume(&place.journal, &ResumeOptions::new())
        .unwrap()
    {
        assert!(
            matches!(resumed.result, Ok(Resumption::LeftOpen(_))),
            "{resumed:?}"
        );
    }
    assert_eq!(service.count(Operation::PutObject), 3);
    let cancel = ResumeOptions::new()
        .cancel_open(true)
        .keep([files[1].clone()]);
    let resumed = service.client.resume(&place.journal, &cancel).unwrap();
    let results: Vec<_> = resumed.into_iter().map(|it| it.result.unwrap()).collect();
    let cancelled = |index: usize| Resumption::Cancelled(Some(files[index].clone()));
    let kept = Resumption::LeftOpen(files[1].clone());
    assert_eq!(results, [cancelled(0), kept, cancelled(2)]);
    let mut states = service.states();
    states.sort_by_key(|state| state.as_str());
    let expected = [
        FileState::Cancelled,
        FileState::Cancelled,
        FileState::Creating,
    ];
    assert_eq!(states, expected);
}

#[test]
fn f08_a_file_that_is_left_open_has_no_review_to_wait_for() {
    let service = Service::new();
    let place = Place::new(1);
    let left = || place.upload(0).leave_open(true);
    for upload in [left().verify(true), left().wait(Duration::from_secs(1))] {
        let error = service.client.upload(upload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("leave_open"), "{error}");
    }
    assert_eq!(service.requests(), 0);
    let uploaded = service.client.upload(left()).unwrap();
    assert_eq!(service.file().file_id, uploaded.file_id.as_str());
    assert_eq!(service.file().state, FileState::Creating);
}

#[test]
fn a_confirmation_that_could_not_be_sent_stays_open_for_the_resumption() {
    let service = Service::with(short().max_attempts(1));
    let place = Place::new(1);
    let options = ManyOptions::new().journal(place.begin(&service.client));
    service.fault(Fault::status(403).on(Operation::ConfirmFileUpload));
    let results = service
        .client
        .upload_many(vec![place.upload(0)], &options)
        .unwrap();
    drop(options);
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(error.upload().unwrap().cleanup, Cleanup::Open);
    assert!(error.to_string().contains("resume the journal"), "{error}");
    assert_eq!(service.states(), [FileState::Creating]);
    let (_, ledger) = Journal::open(&place.journal).unwrap();
    assert!(matches!(ledger.todo(0), Some(Todo::Confirm { .. })));
    let resumed = place.resume(&service.client, &ResumeOptions::new());
    assert!(matches!(resumed.result, Ok(Resumption::Confirmed { .. })));
    assert_eq!(service.states(), [FileState::Created]);
    assert_eq!(service.count(Operation::PutObject), 1);
}

/// Once CREATED stands in the journal the file gets nothing else, even if not a byte was sent.
#[test]
fn f51_who_cancels_before_created_is_sent_leaves_the_file_to_the_resumption() {
    let service = Service::new();
    let place = Place::new(1);
    let options = ManyOptions::new().journal(place.begin(&service.client));
    // The batch asks on its own thread: when it asks again after a yes, it has passed that on.
    let (is_wanted, answers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let hook = {
        let (is_wanted, answers) = (Arc::clone(&is_wanted), Arc::clone(&answers));
        move || {
            let wanted = is_wanted.load(Ordering::Acquire);
            answers.fetch_add(u32::from(wanted), Ordering::AcqRel);
            wanted
        }
    };
    let options_of_calls = CallOptions::new().cancel_when(hook);
    let client = service.client.with_options(options_of_calls).unwrap();
    let cancel = |event| {
        if matches!(event, UploadEvent::Stored { .. }) {
            is_wanted.store(true, Ordering::Release);
            let end = Instant::now() + PATIENCE;
            while answers.load(Ordering::Acquire) < 2 {
                assert!(Instant::now() < end, "nobody asks");
                std::thread::yield_now();
            }
        }
    };
    let upload = place.upload(0).observe(&cancel);
    let results = client.upload_many(vec![upload], &options).unwrap();
    drop(options);
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(error.upload().unwrap().cleanup, Cleanup::Open);
    assert_eq!(service.count(Operation::ConfirmFileUpload), 0);
    let resumed = place.resume(&service.client, &ResumeOptions::new());
    assert!(matches!(resumed.result, Ok(Resumption::Confirmed { .. })));
    assert_eq!(service.states(), [FileState::Created]);
}

/// How many files the batches have that are killed.
const FILES: usize = 200;

/// How often they are killed; `METASTUDIO_KILLS` sets another number.
const ROUNDS: u32 = 10;

/// Runs a test of this file that is ignored, in a process of its own.
fn child(test: &str, emulator: &Emulator, place: &Place) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("upload_journal::{test}")])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env("MSS_TEST_ENDPOINT", emulator.url())
        .env("MSS_TEST_PROJECT", emulator.project_id())
        .env("MSS_TEST_TOKEN", emulator.token())
        .env("MSS_TEST_DIRECTORY", place.directory.path());
    command
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("run by another test")
}

fn client_of_the_child() -> Client {
    Client::builder()
        .endpoint(variable("MSS_TEST_ENDPOINT"))
        .project_id(variable("MSS_TEST_PROJECT"))
        .token(Token::new(variable("MSS_TEST_TOKEN")).unwrap())
        .build()
        .unwrap()
}

#[test]
#[ignore = "run by other tests as a process of its own"]
#[allow(clippy::print_stdout, reason = "how it tells the test that started it")]
fn uploads_with_a_journal() {
    let client = client_of_the_child();
    let directory = PathBuf::from(variable("MSS_TEST_DIRECTORY"));
    let header = client.journal_header(JournalKind::Upload).unwrap();
    let journal = Journal::create(directory.join("run.jsonl"), &header).unwrap();
    let options = ManyOptions::new().concurrency(8).journal(journal);
    let uploads = (0..FILES)
        .map(|index| upload_in(&directory, index))
        .collect();
    let results = client.upload_many(uploads, &options).unwrap();
    let done = results.iter().filter(|it| it.is_ok()).count();
    let error = results.into_iter().find_map(Result::err);
    let is_journal = |error: &Error| error.kind() == ErrorKind::Journal;
    println!("said: {done} {}", error.as_ref().is_some_and(is_journal));
}

#[test]
#[ignore = "run by other tests as a process of its own"]
fn resumes_the_journal() {
    let journal = PathBuf::from(variable("MSS_TEST_DIRECTORY")).join("run.jsonl");
    let options = ResumeOptions::new().concurrency(8);
    client_of_the_child().resume(journal, &options).unwrap();
}

/// Kills a process when this many more requests have arrived, unless it ends before.
fn kill_after(mut child: Child, emulator: &Emulator, requests: usize) {
    let wanted = emulator.requests().len() + requests;
    let end = Instant::now() + 3 * PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if emulator.requests().len() >= wanted {
            child.kill().unwrap();
            break;
        }
        assert!(Instant::now() < end, "it hangs");
        std::thread::yield_now();
    }
    child.wait().unwrap();
}

#[test]
#[allow(clippy::print_stdout, reason = "seen when it fails")]
fn f51_killed_at_any_point_every_file_is_created_once_and_the_others_are_accounted_for() {
    let rounds = std::env::var("METASTUDIO_KILLS");
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("a number"));
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    for round in 0..rounds {
        let emulator = Emulator::builder().start().unwrap();
        let place = Place::new(FILES);
        let client = Client::builder()
            .endpoint(emulator.url())
            .project_id(emulator.project_id())
            .token(Token::new(emulator.token()).unwrap())
            .build()
            .unwrap();
        for index in (2..FILES).step_by(3) {
            let create = CreateDigitalAsset::new("Clip", AssetType::Video).unwrap();
            let made = client.execute(&create).unwrap().asset_id;
            fs::write(place.file(index).with_extension("asset"), made.as_str()).unwrap();
        }
        let start = |test| {
            let mut command = child(test, &emulator, &place);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().unwrap()
        };
        kill_after(
            start("uploads_with_a_journal"),
            &emulator,
            dice.usize(1..650),
        );
        // Killed as well.
        kill_after(start("resumes_the_journal"), &emulator, dice.usize(1..300));
        let resumed = client.resume(&place.journal, &ResumeOptions::new().concurrency(8));
        let resumed = resumed.unwrap();
        assert_eq!(resumed.len(), FILES, "round {round}");
        let mut names = by_name(&emulator);
        for (index, resumed) in resumed.iter().enumerate() {
            assert!(resumed.result.is_ok(), "round {round}: {resumed:?}");
            let states = names.remove(&format!("clip-{index}.mp4")).unwrap();
            let count = |state| states.iter().filter(|it| **it == state).count();
            assert_eq!(
                count(FileState::Created),
                1,
                "round {round}: {resumed:?} {states:?}"
            );
            let open = count(FileState::Creating);
            assert!(
                open <= resumed.possible_orphans.len(),
                "{resumed:?} {states:?}"
            );
            assert_eq!(1 + open + count(FileState::Cancelled), states.len());
        }
        assert!(names.is_empty());
        // No state was refused, as FAILED or CANCELLED after CREATED would have been.
        for request in emulator.requests() {
            let is_confirm = request.operation == Some(Operation::ConfirmFileUpload);
            assert!(
                !is_confirm || request.status.is_none_or(|it| it < 400),
                "{request:?}"
            );
        }
        let again = client
            .resume(&place.journal, &ResumeOptions::new())
            .unwrap();
        let done = Resumption::Done(UploadState::Created);
        assert!(
            again
                .iter()
                .all(|it| it.result.as_ref().ok() == Some(&done))
        );
    }
}

/// No more room for the journal than so many blocks.
#[cfg(unix)]
#[test]
fn f52_nothing_is_sent_that_the_journal_has_no_room_for() {
    // Where it is full while the batch is planned, and where files are under way.
    for (blocks, is_planned) in [(16, false), (200, true)] {
        let emulator = Emulator::builder().start().unwrap();
        let place = Place::new(FILES);
        let child = child("uploads_with_a_journal", &emulator, &place);
        let mut command = Command::new("sh");
        let script = format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
        command.args(["-c", &script]).arg(child.get_program());
        command.args(child.get_args());
        for (name, value) in child.get_envs() {
            command.env(name, value.unwrap());
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !is_planned {
            assert!(!output.status.success(), "{text}");
            assert_eq!(emulator.requests().len(), 0);
            continue;
        }
        let said = text.split_once("said: ").expect(&text).1;
        assert!(said.contains("true"), "{said}");
        let done: usize = said.split(' ').next().unwrap().parse().unwrap();
        assert!(0 < done && done < FILES, "{said}");
        let (_, ledger) = Journal::open(&place.journal).unwrap();
        let journal = fs::read_to_string(&place.journal).unwrap();
        let lines = |step: &str| journal.matches(step).count();
        let count = |operation| {
            let requests = emulator.requests();
            let same = requests.iter().filter(|it| it.operation == Some(operation));
            same.count()
        };
        assert!(count(Operation::CreateFile) <= lines("\"creating\":{\"file\""));
        assert!(count(Operation::CreateDigitalAsset) <= lines("\"creating\":{\"asset\""));
        assert!(count(Operation::PutObject) <= lines("\"created\":{\"file_id\""));
        assert!(count(Operation::ConfirmFileUpload) <= lines("\"sending\":"));
        assert_eq!(ledger.len(), FILES as u64);
    }
}
