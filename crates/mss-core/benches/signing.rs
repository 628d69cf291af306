//! What signing a confirmation costs, beside the hashing that it can't do without.
#![allow(missing_docs)] // criterion's macros make undocumented items
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a clock, and a figure to show
#![allow(clippy::unwrap_used)] // all values are known to be good

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use mss_core::{
    ConfirmFileUpload, Credentials, Endpoint, Operation, ProjectId, Target, UploadState,
    signing::{Algorithm, KeyScope, Signer},
};
use sha2::block_api::compress256;
use time::{Date, Month, OffsetDateTime, Time};

/// SHA-256 blocks of one signature: 1 for the body, 6 for the canonical request, 2 inner and 1
/// outer of the HMAC, whose key blocks are hashed beforehand.
const BLOCKS: usize = 10;

fn signing(c: &mut Criterion) {
    let (signer, request, now) = (signer(Algorithm::default()), confirm_request(), now());
    // Each call goes on from the state that the one before left. Else the processor would begin
    // one before the other is done, which the blocks of a signature don't allow it either.
    let mut state = [0_u32; 8];
    let mut blocks = || {
        compress256(&mut state, black_box(&[[7_u8; 64]; BLOCKS]));
        state
    };
    let mut sign = || signer.sign(black_box(&request), black_box(now)).unwrap();

    let mut group = c.benchmark_group("confirm request");
    group.bench_function("ten SHA-256 blocks", |b| b.iter(&mut blocks));
    group.bench_function("sign", |b| b.iter(&mut sign));
    let scope = KeyScope::new("cn-north-4", "metastudio").unwrap();
    for other in [Algorithm::SdkHmacSm3, Algorithm::V11HmacSha256(scope)] {
        let name = format!("sign with {}", other.name());
        let signer = self::signer(other);
        group.bench_function(name, |b| {
            b.iter(|| signer.sign(black_box(&request), black_box(now)).unwrap());
        });
    }
    group.finish();

    // Absent where `cargo test` only wants to see that this runs.
    if std::env::args().any(|argument| argument == "--bench") {
        let ratio = median_ratio(sign, blocks);
        println!("confirm request: sign takes {ratio:.3} times as long as ten SHA-256 blocks");
    }
}

/// How long `this` takes, as a multiple of `that`. The two are timed in turns, because on a busy
/// machine two figures that were taken one after the other can't be compared.
fn median_ratio<A, B>(mut this: impl FnMut() -> A, mut that: impl FnMut() -> B) -> f64 {
    let mut ratios: Vec<f64> = (0..1000)
        .map(|_| time_of(&mut this).as_secs_f64() / time_of(&mut that).as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn time_of<R>(mut work: impl FnMut() -> R) -> Duration {
    let start = Instant::now();
    for _ in 0..2000 {
        black_box(work());
    }
    start.elapsed()
}

fn signer(algorithm: Algorithm) -> Signer {
    let key = "QTWAOYTTINDUT2QVKYUC";
    let secret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    Signer::with_algorithm(&Credentials::new(key, secret).unwrap(), algorithm)
}

/// The request as it is when our own client signs it.
fn confirm_request() -> Request<Vec<u8>> {
    let project_id: ProjectId = "6a6a1f8354f64dd9b9a614def7b59d83".parse().unwrap();
    let target = Target {
        endpoint: &Endpoint::of_region("cn-north-4").unwrap(),
        project_id: &project_id,
    };
    let file_id = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
    let confirm = ConfirmFileUpload::new(file_id, UploadState::Created);
    let mut request = confirm.request(&target).unwrap();
    let value = project_id.as_str().parse().unwrap();
    request.headers_mut().insert("x-project-id", value);
    request
}

fn now() -> OffsetDateTime {
    let date = Date::from_calendar_date(2026, Month::January, 2).unwrap();
    date.with_time(Time::from_hms(3, 4, 5).unwrap())
        .assume_utc()
}

criterion_group!(benches, signing);
criterion_main!(benches);
