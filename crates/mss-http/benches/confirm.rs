//! One confirmation over a kept connection: what it costs the client's CPU, against ureq used
//! plainly with the same bytes on the wire.
//!
//! The time that counts is the calling thread's own, since waiting for a server is no cost. Our
//! side signs each request anew; ureq's side sends a signature that was made before.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use criterion::{
    Criterion,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use mss_http::{Client, Credentials, FileId, UploadState};
use rustix::time::{ClockId, clock_gettime};

const PROJECT: &str = "6a6a1f8354f64dd9b9a614def7b59d83";
const FILE: &str = "24bad716-87b1-45e5-8912-6102f7693265";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\
    Content-Type: application/json\r\nX-Request-Id: 2c6a1f8354f64dd9b9a614def7b59d83\r\n\
    Content-Length: 0\r\n\r\n";

/// Time that the calling thread has used.
#[derive(Debug)]
struct ThreadTime;

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let part = |value: i64| u64::try_from(value).unwrap_or_default();
    Duration::from_secs(part(now.tv_sec)) + Duration::from_nanos(part(now.tv_nsec))
}

impl Measurement for ThreadTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        thread_time()
    }

    fn end(&self, start: Duration) -> Duration {
        thread_time().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// A server that says yes to everything; it keeps the last request of each connection.
struct Server {
    url: String,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let last = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&last);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || serve(socket, &seen));
            }
        });
        Ok(Self { url, last })
    }

    /// The last request's header names with the lengths of their lines, sorted: all that can be
    /// the same in two requests with different dates.
    fn last_shape(&self) -> Vec<(String, usize)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&last).into_owned();
        let shape = |line: &str| {
            let name = line.split([':', ' ']).next().unwrap_or_default();
            (name.to_ascii_lowercase(), line.len())
        };
        let mut shapes: Vec<_> = text.lines().map(shape).collect();
        shapes.sort();
        shapes
    }
}

fn serve(mut socket: TcpStream, seen: &Mutex<Vec<u8>>) {
    let _ = socket.set_nodelay(true);
    let mut request = Vec::new();
    let mut block = [0; 4096];
    while let Ok(amount @ 1..) = socket.read(&mut block) {
        request.extend_from_slice(&block[..amount]);
        if request.ends_with(b"}") {
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&request);
            request.clear();
            if socket.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

/// Our side: a confirmation, signed.
fn ours(url: &str) -> impl Fn() {
    let keys = Credentials::new("BENCHACCESSKEY", "bench-secret-key").expect("good keys");
    let builder = Client::builder().endpoint(url).project_id(PROJECT);
    let client = builder.credentials(keys).build().expect("a client");
    let id: FileId = FILE.parse().expect("a good id");
    move || {
        let confirmed = client.confirm_file_upload(&id, UploadState::Created);
        assert!(!confirmed.expect("an answer").request_id.is_empty());
    }
}

/// ureq as it comes, with the headers that our side sends.
fn plain(url: &str) -> impl Fn() {
    let url = format!("{url}/v1/{PROJECT}/files/{FILE}/complete");
    let agent = ureq::Agent::new_with_defaults();
    let signature = "0".repeat(64);
    let authorization = format!(
        "SDK-HMAC-SHA256 Access=BENCHACCESSKEY, \
         SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={signature}"
    );
    move || {
        let mut answer = agent
            .post(&url)
            .header("content-type", "application/json")
            .header("x-project-id", PROJECT)
            .header("x-sdk-date", "20261122T100000Z")
            .header("authorization", &authorization)
            .header(
                "user-agent",
                concat!("metastudio/", env!("CARGO_PKG_VERSION")),
            )
            .send(r#"{"state":"CREATED"}"#)
            .expect("an answer");
        assert!(answer.headers().contains_key("x-request-id"));
        assert!(answer.body_mut().read_to_vec().expect("a body").is_empty());
    }
}

/// Median time of one call, from rounds that take turns, so that both meet the same machine.
fn compare(ours: &impl Fn(), plain: &impl Fn(), rounds: usize) -> (Duration, Duration) {
    const CALLS: u32 = 200;
    let round = |call: &dyn Fn()| {
        let started = thread_time();
        (0..CALLS).for_each(|_| call());
        thread_time().saturating_sub(started) / CALLS
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(round(ours));
        times[1].push(round(plain));
    }
    let [ours, plain] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    (ours, plain)
}

/// Keeps all threads of this process on one processor. Waking a thread on another one costs the
/// waker more than a whole call, and whether it has to is the scheduler's mood.
#[cfg(target_os = "linux")]
fn stay_on_one_processor() {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    if let Some(last) = (0..CpuSet::MAX_CPU).rfind(|cpu| allowed.is_set(*cpu)) {
        let mut one = CpuSet::new();
        one.set(last);
        let _ = sched_setaffinity(None, &one);
    }
}

#[cfg(not(target_os = "linux"))]
fn stay_on_one_processor() {}

#[allow(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    stay_on_one_processor();
    let server = Server::start().expect("a server");
    let (ours, plain) = (ours(&server.url), plain(&server.url));
    ours();
    let our_shape = server.last_shape();
    plain();
    assert_eq!(our_shape, server.last_shape(), "not the same bytes");

    let mut criterion = Criterion::default()
        .with_measurement(ThreadTime)
        .configure_from_args();
    let mut group = criterion.benchmark_group("confirm, client CPU");
    group.bench_function("mss-http", |bencher| bencher.iter(&ours));
    group.bench_function("plain ureq", |bencher| bencher.iter(&plain));
    group.finish();

    let tested_only = std::env::args().any(|argument| argument == "--test");
    let (ours, plain) = compare(&ours, &plain, if tested_only { 1 } else { 101 });
    let ratio = ours.as_secs_f64() / plain.as_secs_f64();
    println!("confirm, client CPU: {ours:?} against {plain:?}, ratio {ratio:.2}");
    criterion.final_summary();
}
