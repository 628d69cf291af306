//! Batches at a limit, against servers that refuse for the rate.

use std::{
    env,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mss_emulator::{Emulator, Limiter};
use mss_http::{
    Batch, BatchItem, CallOptions, CancelHandle, Client, Confirmation, ErrorKind, Outcome, Rate,
    Token, UploadState,
};

use crate::support::{Act, Server, client_with_token, locked, ok_with, timed};

fn item(name: &str, number: usize) -> BatchItem {
    let id = format!("{name}-{number}").parse().unwrap();
    BatchItem::new(id, UploadState::Created)
}

fn items(number: usize) -> impl Iterator<Item = BatchItem> {
    (0..number).map(|it| item("file", it))
}

fn all(batch: Batch, items: impl IntoIterator<Item = BatchItem>) -> Vec<Confirmation> {
    let results = batch.run(items).unwrap();
    results.collect::<Result<_, _>>().unwrap()
}

fn throttled(headers: &str) -> Act {
    let text = r#"{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: policy api over ratelimit,limit:100,time:1 second"}"#;
    Act::answer("429 Too Many Requests", headers, text)
}

/// Refuses the first requests, and says when each one came.
fn refusing(first: usize, headers: &'static str) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = Server::acting(move |_, number| {
        locked(&noted).push(Instant::now());
        if number < first {
            throttled(headers)
        } else {
            Act::Send(ok_with("r"))
        }
    });
    (server, times)
}

#[test]
fn f36_retry_after_holds_a_whole_batch() {
    let (server, times) = refusing(1, "Retry-After: 2");
    let client = client_with_token(&server, "token");
    let batch = client.batch().rate(Rate::PerSecond(50.0));
    let results = all(batch, items(30));
    assert!(results.iter().all(|it| it.outcome() == Outcome::Applied));
    assert_eq!(results.iter().map(|it| it.attempts).sum::<u32>(), 31);
    let times = locked(&times);
    // Those that were on their way when the refusal came back.
    let pause = Duration::from_millis(1_900);
    let late = times.iter().filter(|it| **it - times[0] >= pause).count();
    assert!(late >= 25, "{late}");
}

#[test]
fn f36_refusals_cost_a_batch_none_of_its_attempts() {
    for rate in [Rate::PerSecond(100.0), Rate::Documented, Rate::Unlimited] {
        let server = Server::acting(|_, number| match number {
            0..5 => throttled(""),
            5 => Act::answer("500 Oops", "X-Request-Id: r", ""),
            _ => Act::Send(ok_with("r")),
        });
        let client = client_with_token(&server, "token");
        let options = CallOptions::new().max_attempts(2);
        let client = client.with_options(options).unwrap();
        let batch = client.batch().concurrency(1).rate(rate);
        let results = all(batch, items(1));
        assert_eq!(results[0].outcome(), Outcome::Applied, "{results:?}");
        assert_eq!(results[0].attempts, 7, "{rate:?}");
    }
}

#[test]
fn f36_endless_refusal_ends_with_the_calls_time() {
    let (server, _) = refusing(usize::MAX, "");
    let client = client_with_token(&server, "token");
    let options = CallOptions::new().total_timeout(Duration::from_secs(2));
    let client = client.with_options(options).unwrap();
    let batch = client.batch().rate(Rate::PerSecond(20.0));
    let (results, time) = timed(|| all(batch, items(3)));
    for it in results {
        let error = it.result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    }
    assert!(time < Duration::from_secs(20), "{time:?}");
    assert!(server.requests().len() < 30, "no busy loop");
}

#[test]
fn f36_an_excessive_retry_after_ends_its_call_at_once_and_not_the_batch() {
    let (server, _) = refusing(1, "Retry-After: 1000000000");
    let client = client_with_token(&server, "token");
    let batch = client.batch().concurrency(1).rate(Rate::PerSecond(20.0));
    let mut results = batch.run(items(2)).unwrap();
    let (first, time) = timed(|| results.next().unwrap().unwrap());
    let error = first.result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    assert!(time < Duration::from_secs(1), "{time:?}");
    assert_eq!(results.next().unwrap().unwrap().outcome(), Outcome::Applied);
}

#[test]
fn cancelling_ends_a_pause_at_once() {
    let (server, _) = refusing(1, "Retry-After: 50");
    let client = client_with_token(&server, "token");
    let handle = CancelHandle::new();
    let options = CallOptions::new().cancel(&handle);
    let client = client.with_options(options).unwrap();
    thread::scope(|scope| {
        let batch = client.batch().rate(Rate::PerSecond(5.0));
        let run = scope.spawn(|| batch.run(items(20)).unwrap().count());
        server.wait_for_requests(1);
        thread::sleep(Duration::from_millis(100));
        let wished = Instant::now();
        handle.cancel();
        run.join().unwrap();
        assert!(wished.elapsed() < Duration::from_secs(2));
    });
    assert!(server.requests().len() <= 2);
}

/// At 200 a second, by 32 threads that each wait for their turn.
#[test]
fn turns_are_taken_in_time() {
    let (server, times) = refusing(0, "");
    let client = client_with_token(&server, "token");
    all(client.batch().rate(Rate::PerSecond(200.0)), items(400));
    let times = locked(&times);
    assert_eq!(times.len(), 400);
    let took = (*times.last().unwrap() - times[0]).as_secs_f64();
    // A busy machine makes it longer; were turns handed on by ticks only, it would be ten seconds.
    assert!((1.9..6.0).contains(&took), "{took}");
    let crowd = |from: Instant| {
        let within = |it: &&Instant| (from..from + Duration::from_millis(500)).contains(*it);
        times.iter().filter(within).count()
    };
    let most = times.iter().map(|it| crowd(*it)).max().unwrap();
    assert!(most <= 140, "{most}");
}

/// One case of the proof: processes that don't know of one another, at one emulator.
#[derive(Debug, Clone, Copy)]
struct Case {
    limiter: Limiter,
    limit: u32,
    processes: usize,
    seconds: u64,
}

/// What came of it.
#[derive(Debug)]
struct Figures {
    /// Served calls, as a part of what the limit allows.
    used: f64,
    /// Refused calls, as a part of all.
    refused: f64,
    /// What the process got that got least, as a part of its fair share.
    least: f64,
    /// Calls that were neither served nor refused by the limiter alone.
    lost: u32,
}

const WORKER: &str = "pacing::is_a_worker";
const ENDPOINT: &str = "METASTUDIO_TEST_PACING_ENDPOINT";
const PROJECT: &str = "METASTUDIO_TEST_PACING_PROJECT";
const TOKEN: &str = "METASTUDIO_TEST_PACING_TOKEN";
const RATE: &str = "METASTUDIO_TEST_PACING_RATE";
const START: &str = "METASTUDIO_TEST_PACING_START";
const SECONDS: &str = "METASTUDIO_TEST_PACING_SECONDS";

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// The program that a process runs; it prints how many calls were served, refused and lost until
/// its time was over.
fn worker(emulator: &Emulator, case: Case, start: Duration) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", WORKER, "--ignored", "--nocapture"])
        .env(ENDPOINT, emulator.url())
        .env(PROJECT, emulator.project_id())
        .env(TOKEN, emulator.token())
        .env(RATE, case.limit.to_string())
        .env(START, start.as_millis().to_string())
        .env(SECONDS, case.seconds.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "half of the tests that need several processes"]
fn is_a_worker() {
    let given = |name| env::var(name).unwrap();
    let client = Client::builder()
        .endpoint(given(ENDPOINT))
        .project_id(given(PROJECT))
        .token(Token::new(given(TOKEN)).unwrap())
        .build()
        .unwrap();
    let start = Duration::from_millis(given(START).parse().unwrap());
    let end = start + Duration::from_secs(given(SECONDS).parse().unwrap());
    thread::sleep(start.saturating_sub(since_epoch()));
    let own = format!("of-{}", std::process::id());
    let endless = (0..).map(|number| item(&own, number));
    let rate = Rate::PerSecond(given(RATE).parse().unwrap());
    let (mut served, mut refused, mut lost) = (0, 0, 0);
    let mut count = |it: Confirmation| {
        refused += it.attempts - 1;
        // Nobody has registered these files.
        if it.status == Some(404) {
            served += 1;
        } else {
            lost += 1;
        }
    };
    let mut results = client.batch().rate(rate).run(endless).unwrap();
    while since_epoch() < end
        && let Some(it) = results.next()
    {
        count(it.unwrap());
    }
    println!("counts: {served} {refused} {lost}");
}

fn run(case: Case) -> Figures {
    let emulator = Emulator::builder()
        .rate_limit(Some(case.limit))
        .limiter(case.limiter)
        .start()
        .unwrap();
    let start = since_epoch() + Duration::from_secs(1);
    let workers: Vec<_> = (0..case.processes)
        .map(|_| worker(&emulator, case, start))
        .collect();
    let counts = workers.into_iter().map(|it| {
        let output = it.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, counts) = text.split_once("counts: ").expect(&text);
        let counts = counts.lines().next().unwrap().split(' ');
        let counts: Vec<u32> = counts.map(|it| it.parse().unwrap()).collect();
        (counts[0], counts[1], counts[2])
    });
    let counts: Vec<_> = counts.collect();
    let served: u32 = counts.iter().map(|it| it.0).sum();
    let refused: u32 = counts.iter().map(|it| it.1).sum();
    let least = f64::from(counts.iter().map(|it| it.0).min().unwrap());
    #[allow(clippy::cast_precision_loss, reason = "a few")]
    let (processes, seconds) = (case.processes as f64, case.seconds as f64);
    Figures {
        used: f64::from(served) / (f64::from(case.limit) * seconds),
        refused: f64::from(refused) / f64::from(served + refused),
        least: least * processes / f64::from(served),
        lost: counts.iter().map(|it| it.2).sum(),
    }
}

/// A few seconds show that a limit is shared and used; how well is what `just pacing` measures.
#[test]
fn f36_processes_share_a_limit_and_lose_nothing() {
    thread::scope(|scope| {
        for limiter in [Limiter::TokenBucket, Limiter::FixedWindow, Limiter::Spacing] {
            scope.spawn(move || {
                let case = Case {
                    limiter,
                    limit: 100,
                    processes: 2,
                    seconds: 4,
                };
                let it = run(case);
                assert_eq!(it.lost, 0, "{case:?}: {it:?}");
                if limiter != Limiter::Spacing {
                    assert!(it.used > 0.5 && it.refused < 0.1, "{case:?}: {it:?}");
                    assert!(it.least > 0.3, "{case:?}: {it:?}");
                }
            });
        }
    });
}

/// `just pacing`: a minute for each limiter.
#[test]
#[ignore = "takes three minutes"]
fn a_minute_at_each_limit() {
    let mut missed = Vec::new();
    println!("limiter      limit  processes  used   refused  least share  lost");
    for limiter in [Limiter::TokenBucket, Limiter::FixedWindow, Limiter::Spacing] {
        let cases = [(10, 1), (10, 4), (200, 1), (200, 4)];
        let runs = thread::scope(|scope| {
            let runs = cases.map(|(limit, processes)| {
                let case = Case {
                    limiter,
                    limit,
                    processes,
                    seconds: 60,
                };
                scope.spawn(move || (case, run(case)))
            });
            runs.map(|it| it.join().unwrap())
        });
        for (case, it) in runs {
            let (used, refused) = match case.processes {
                1 => (0.97, 0.01),
                _ => (0.90, 0.04),
            };
            let counts = limiter != Limiter::Spacing;
            let shares = it.used >= used && it.refused <= refused && it.least >= 0.4;
            let verdict = if it.lost > 0 || counts && !shares {
                missed.push((case, format!("{it:?}")));
                "  missed"
            } else {
                ""
            };
            println!(
                "{:<12} {:>5}  {:>9}  {:.3}  {:>6.2}%  {:>11.2}  {:>4}{verdict}",
                format!("{limiter:?}"),
                case.limit,
                case.processes,
                it.used,
                100.0 * it.refused,
                it.least,
                it.lost,
            );
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}
