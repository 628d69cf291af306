//! Clients and calls, as most tests want them.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use mss_http::{
    AssetId, CallOptions, Client, ClientBuilder, ContentMd5, CreateFile, Credentials, FileId, Token,
};

use super::Server;

pub(crate) const PROJECT: &str = "6a6a1f8354f64dd9b9a614def7b59d83";
pub(crate) const ACCESS_KEY: &str = "PLANTEDACCESSKEY";
pub(crate) const SECRET_KEY: &str = "planted-secret-key-5f3a";

/// A builder with everything but the endpoint. Its access key is no other test's, since what one
/// server says of a key holds for the whole process.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder().project_id(PROJECT).credentials(keys())
}

/// A key pair that no other test has.
pub(crate) fn keys() -> Credentials {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let keys = Credentials::new(format!("{ACCESS_KEY}{number}"), SECRET_KEY);
    keys.expect("good keys")
}

/// A client that sends a user token.
pub(crate) fn client_with_token(server: &Server, token: &str) -> Client {
    let token = Token::new(token).expect("a good token");
    let builder = Client::builder().project_id(PROJECT).token(token);
    let built = builder.endpoint(server.url()).build();
    built.expect("a good configuration")
}

/// A client with the default options.
pub(crate) fn client(server: &Server) -> Client {
    let built = builder().endpoint(server.url()).build();
    built.expect("a good configuration")
}

/// A client that tries once and takes at most a second.
pub(crate) fn once(server: &Server) -> Client {
    let options = quick(Duration::from_secs(1)).max_attempts(1);
    client(server).with_options(options).expect("good options")
}

/// Options that leave this much time to a whole call.
pub(crate) fn quick(total: Duration) -> CallOptions {
    CallOptions::new().total_timeout(total)
}

pub(crate) fn file() -> FileId {
    let id = "24bad716-87b1-45e5-8912-6102f7693265".parse();
    id.expect("a good id")
}

pub(crate) fn asset() -> AssetId {
    let id = "942e65a5fd219a2e01fb08d881cfadb9".parse();
    id.expect("a good id")
}

/// The registration of a small file.
pub(crate) fn create() -> CreateFile {
    let md5 = ContentMd5::new([7; 16]);
    CreateFile::new("clip.mp4", 5, md5, asset()).expect("a good file")
}
