//! The upload, and how the object store refuses it.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use mss_emulator::Emulator;

use crate::support::{
    Connection, Hand, Request, call, emulator, fields, md5_base64, register, wait_until,
};

/// Sends an upload and expects this error, with nothing stored.
fn refused(emulator: &Emulator, put: &Request, status: u16, code: &str) -> String {
    let answer = put.send(emulator);
    assert_eq!((answer.status, answer.xml_code().as_str()), (status, code));
    assert!(emulator.files().iter().all(|file| file.put.is_none()));
    answer.text()
}

#[test]
fn headers_other_than_the_signed_ones() {
    let emulator = emulator();
    let put = register(&emulator, b"content").put;
    let mutations = [
        put.clone().without("Content-MD5"),
        put.clone().replace("Content-MD5", &md5_base64(b"other")),
        put.clone().without("Content-Type"),
        put.clone().replace("Content-Type", "video/MP4"),
        put.clone().header("x-obs-acl", "public-read"),
        put.clone().header("X-Amz-Date", "20260102T030405Z"),
    ];
    for mutation in mutations {
        let text = refused(&emulator, &mutation, 403, "SignatureDoesNotMatch");
        assert!(text.contains("<StringToSign>PUT\n"), "{text}");
        assert!(!text.contains("<Signature"), "{text}");
    }
    let authorized = put.clone().header("Authorization", "OBS a:b");
    refused(&emulator, &authorized, 403, "AccessDenied");
    assert_eq!(put.send(&emulator).status, 200);
}

#[test]
fn urls_other_than_the_signed_one() {
    let emulator = emulator();
    let put = register(&emulator, b"content").put;
    let edited = |from: &str, to: &str| {
        let mut request = put.clone();
        request.target = request.target.replacen(from, to, 1);
        assert_ne!(request.target, put.target);
        request
    };
    let no_match = "SignatureDoesNotMatch";
    refused(&emulator, &edited("Expires=1", "Expires=2"), 403, no_match);
    refused(
        &emulator,
        &edited("/mss-emulator/", "/other/"),
        403,
        no_match,
    );
    refused(&emulator, &edited("?", "x?"), 403, no_match);
    refused(&emulator, &edited("?", "?acl&"), 403, no_match);
    refused(
        &emulator,
        &edited("Signature=", "Signature=x"),
        403,
        no_match,
    );
    let mut get = put.clone();
    get.method = "GET".to_owned();
    refused(&emulator, &get, 403, no_match);
    let key = edited("AccessKeyId=", "AccessKeyId=X");
    refused(&emulator, &key, 403, "InvalidAccessKeyId");
    refused(
        &emulator,
        &edited("Expires=", "Expires=x"),
        403,
        "AccessDenied",
    );
    refused(
        &emulator,
        &edited("&Signature", "&Sig"),
        403,
        "AccessDenied",
    );
    let mut bare = put.clone();
    bare.target = "/_obs".to_owned();
    refused(&emulator, &bare, 403, "AccessDenied");
    assert_eq!(put.send(&emulator).status, 200);
}

#[test]
fn an_expired_url() {
    let hand = Hand::new();
    let emulator = Emulator::builder()
        .clock(hand.clock())
        .url_lifetime(Duration::from_secs(60))
        .start()
        .unwrap();
    let put = register(&emulator, b"content").put;
    hand.advance(61);
    let text = refused(&emulator, &put, 403, "AccessDenied");
    assert!(text.contains("<Message>Request has expired</Message>"));
    hand.advance(-1);
    assert_eq!(put.send(&emulator).status, 200);
}

#[test]
fn a_day_is_the_usual_lifetime() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    let put = register(&emulator, b"content").put;
    hand.advance(24 * 60 * 60 + 1);
    refused(&emulator, &put, 403, "AccessDenied");
    hand.advance(-1);
    assert_eq!(put.send(&emulator).status, 200);
}

#[test]
fn bytes_other_than_the_announced_ones() {
    let emulator = emulator();
    let put = register(&emulator, b"content").put;
    let with_body = |body: &[u8]| {
        let mut request = put.clone();
        request.body = body.to_vec();
        request
    };
    refused(&emulator, &with_body(b"CONTENT"), 400, "BadDigest");
    refused(
        &emulator,
        &with_body(b"contents"),
        400,
        "InvalidContentLength",
    );
    refused(&emulator, &with_body(b""), 400, "InvalidContentLength");
    assert_eq!(put.send(&emulator).status, 200);
    // What is there stays when a later upload fails.
    assert_eq!(with_body(b"CONTENT").send(&emulator).status, 400);
    assert_eq!(emulator.files()[0].put.as_ref().unwrap().size, 7);
    // The same again replaces it.
    assert_eq!(put.send(&emulator).status, 200);
}

#[test]
fn a_chunked_body() {
    let emulator = emulator();
    let mut put = register(&emulator, b"content").put;
    put = put.header("Transfer-Encoding", "chunked");
    put.body = b"7\r\ncontent\r\n0\r\n\r\n".to_vec();
    refused(&emulator, &put, 411, "MissingContentLength");
}

#[test]
fn each_type_has_its_content_type() {
    let emulator = emulator();
    for (file_type, content_type) in [
        ("gif", "image/gif"),
        ("jpg", "image/jpeg"),
        ("JPEG", "image/jpeg"),
        ("png", "image/png"),
        ("mp4", "video/mp4"),
        ("mp3", "audio/mp3"),
        ("wav", "audio/wav"),
        ("pptx", "application/octet-stream"),
    ] {
        let created =
            call(&emulator, "/files", &fields(b"x", file_type, file_type)).send(&emulator);
        let url = created.json()["upload_url"].as_str().unwrap().to_owned();
        let put = Request::new("PUT", url.strip_prefix(emulator.url()).unwrap(), "x")
            .header("Host", "localhost")
            .header("Content-MD5", md5_base64(b"x"))
            .header("Content-Type", content_type);
        assert_eq!(put.send(&emulator).status, 200, "{file_type}");
    }
}

/// The client hears of it before it has sent a byte of the content.
#[test]
fn an_early_no_to_a_client_that_asks_first() {
    let emulator = emulator();
    let put = register(&emulator, &vec![1; 4 << 20]).put;
    let mut connection = Connection::open(emulator.local_addr());
    let asking = put
        .clone()
        .replace("Content-Type", "text/plain")
        .header("Expect", "100-continue");
    connection.0.write_all(&asking.head()).unwrap();
    let answer = connection.read();
    assert_eq!(
        (answer.status, answer.xml_code().as_str()),
        (403, "SignatureDoesNotMatch")
    );
    // Nothing else comes, and the end comes at once: no body is waited for.
    let start = Instant::now();
    assert_eq!(connection.0.read(&mut [0]).unwrap(), 0);
    assert!(start.elapsed() < Duration::from_secs(3));

    let mut connection = Connection::open(emulator.local_addr());
    let asking = put.header("Expect", "100-continue");
    connection.0.write_all(&asking.head()).unwrap();
    assert_eq!(connection.read().status, 100);
    connection.0.write_all(&asking.body).unwrap();
    assert_eq!(connection.read().status, 200);
}

/// Without asking, a small body is still read, and the connection stays.
#[test]
fn an_early_no_to_a_client_that_just_sends() {
    let emulator = emulator();
    let put = register(&emulator, &vec![1; 500_000]).put;
    let mut connection = Connection::open(emulator.local_addr());
    for _ in 0..3 {
        let answer = connection.call(&put.clone().without("Content-Type"));
        assert_eq!(answer.status, 403);
    }
    assert_eq!(connection.call(&put).status, 200);
}

#[test]
fn a_sender_that_goes_away_leaves_nothing() {
    let emulator = emulator();
    let put = register(&emulator, b"content").put;
    let mut connection = Connection::open(emulator.local_addr());
    connection.0.write_all(&put.head()).unwrap();
    connection.0.write_all(b"cont").unwrap();
    wait_until(|| emulator.requests().len() == 2);
    drop(connection);
    assert_eq!(emulator.requests()[1].status, None);
    assert!(emulator.files()[0].put.is_none());
    assert_eq!(put.send(&emulator).status, 200);
}
