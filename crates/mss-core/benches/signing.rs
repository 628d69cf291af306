//! What signing a confirmation costs, beside the hashing that it can't do without.
#![allow(missing_docs)] // criterion's macros make undocumented items

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mss_core::{
    ConfirmFileUpload, Credentials, Endpoint, Operation, Target, UploadState, signing::Signer,
};
use sha2::block_api::compress256;
use time::{Date, Month, OffsetDateTime, Time};

/// SHA-256 blocks of one signature: 1 for the body, 6 for the canonical request, 2 inner and 1
/// outer of the HMAC, whose key blocks are hashed beforehand.
const BLOCKS: usize = 10;

fn now() -> OffsetDateTime {
    let date = Date::from_calendar_date(2026, Month::January, 2).unwrap();
    date.with_time(Time::from_hms(3, 4, 5).unwrap())
        .assume_utc()
}

fn signing(c: &mut Criterion) {
    let endpoint = Endpoint::of_region("cn-north-4").unwrap();
    let project_id = "6a6a1f8354f64dd9b9a614def7b59d83".parse().unwrap();
    let target = Target {
        endpoint: &endpoint,
        project_id: &project_id,
    };
    let file_id = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
    let mut request = ConfirmFileUpload::new(file_id, UploadState::Created)
        .request(&target)
        .unwrap();
    let value = project_id.as_str().parse().unwrap();
    request.headers_mut().insert("x-project-id", value);
    let credentials = Credentials::new(
        "QTWAOYTTINDUT2QVKYUC",
        "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
    );
    let signer = Signer::new(&credentials.unwrap());
    let now = now();

    let mut group = c.benchmark_group("confirm request");
    group.throughput(Throughput::Elements(1));
    group.bench_function("ten SHA-256 blocks", |b| {
        let blocks = [[7_u8; 64]; BLOCKS];
        let mut state = [0_u32; 8];
        b.iter(|| {
            compress256(&mut state, black_box(&blocks));
            state
        });
    });
    group.bench_function("sign", |b| {
        b.iter(|| signer.sign(black_box(&request), black_box(now)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, signing);
criterion_main!(benches);
