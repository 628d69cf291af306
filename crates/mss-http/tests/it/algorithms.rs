//! Each algorithm, before a gateway that was written apart from the signer.

use mss_emulator::Emulator;
use mss_http::{
    Algorithm, Client, ClientBuilder, ContentMd5, CreateFile, Credentials, ErrorKind, KeyScope,
};

use crate::support::create;

fn derived(region: &str, service: &str) -> Algorithm {
    Algorithm::V11HmacSha256(KeyScope::new(region, service).unwrap())
}

fn builder(emulator: &Emulator) -> ClientBuilder {
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    Client::builder()
        .endpoint(emulator.url())
        .project_id(emulator.project_id())
        .credentials(keys)
}

#[test]
fn each_is_accepted() {
    let emulator = Emulator::builder().region("cn-east-3").start().unwrap();
    for algorithm in [
        Algorithm::SdkHmacSha256,
        Algorithm::SdkHmacSm3,
        derived("cn-east-3", "metastudio"),
    ] {
        let name = algorithm.name();
        let client = builder(&emulator).algorithm(algorithm).build().unwrap();
        // An asset has one main file.
        let asset = name.parse().unwrap();
        let file = CreateFile::new("clip.mp4", 5, ContentMd5::new([7; 16]), asset).unwrap();
        let created = client.create_file(&file).expect(name);
        let files = emulator.files();
        assert_eq!(files.last().unwrap().file_id, created.file_id.as_str());
    }
}

#[test]
fn f11_a_key_derived_for_elsewhere_is_refused_once() {
    for algorithm in [
        derived("cn-east-3", "metastudio"),
        derived("cn-north-4", "obs"),
    ] {
        // Another key, for a refused one isn't tried again.
        let emulator = Emulator::builder().start().unwrap();
        let client = builder(&emulator).algorithm(algorithm).build().unwrap();
        let before = emulator.requests().len();
        let error = client.create_file(&create()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(error.message().contains("verify aksk signature fail"));
        assert_eq!(emulator.requests().len(), before + 1);
    }
}
