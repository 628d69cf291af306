//! A small HTTP client and a small signer, both written for these tests alone.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use mss_emulator::Emulator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::tls_client;

/// 2026-01-02T03:04:05Z, the date of the vendor's vectors.
pub(crate) const NOW: i64 = 1_767_323_045;
pub(crate) const NOW_BASIC: &str = "20260102T030405Z";

/// A request as bytes, header by header.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn replace(mut self, name: &str, value: &str) -> Self {
        for (known, old) in &mut self.headers {
            if known.eq_ignore_ascii_case(name) {
                value.clone_into(old);
            }
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Signs all headers that are there; a body hash among them is taken at its word.
    pub(crate) fn signed(self, access_key: &str, secret_key: &str) -> Self {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        headers.sort();
        let date = headers
            .iter()
            .find(|(name, _)| name == "x-sdk-date")
            .map(|(_, date)| date.clone())
            .unwrap();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let lines = lines.concat();
        let payload = headers
            .iter()
            .find(|(name, _)| name == "x-sdk-content-sha256")
            .map_or_else(
                || hex(&Sha256::digest(&self.body)),
                |(_, hash)| hash.clone(),
            );
        let canonical = format!(
            "{}\n{path}/\n{query}\n{lines}\n{names}\n{payload}",
            self.method
        );
        let to_sign = format!(
            "SDK-HMAC-SHA256\n{date}\n{}",
            hex(&Sha256::digest(canonical))
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes()).unwrap();
        mac.update(to_sign.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        self.header(
            "Authorization",
            format!(
                "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={names}, Signature={signature}"
            ),
        )
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        let has = |wanted: &str| {
            self.headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !has("content-length") && !has("transfer-encoding") {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// Sends it on a connection of its own.
    pub(crate) fn send(&self, emulator: &Emulator) -> Response {
        if emulator.ca_pem().is_some() {
            return tls_client::call(&mut tls_client::open(emulator), self);
        }
        Connection::open(emulator.local_addr()).call(self)
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn error_code(&self) -> String {
        self.json()["error_code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn error_msg(&self) -> String {
        self.json()["error_msg"].as_str().unwrap().to_owned()
    }

    /// The code of an error of the object store.
    pub(crate) fn xml_code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/xml"));
        assert!(self.header("x-obs-request-id").is_some());
        let text = self.text();
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Error><Code>";
        let rest = text.strip_prefix(start).unwrap();
        for element in ["Message", "Resource", "RequestId", "HostId"] {
            assert!(text.contains(&format!("<{element}>")), "{text}");
        }
        rest.split_once("</Code>").unwrap().0.to_owned()
    }
}

/// A connection that stays open between calls.
pub(crate) struct Connection(pub(crate) TcpStream);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn call(&mut self, request: &Request) -> Response {
        let mut bytes = request.head();
        bytes.extend_from_slice(&request.body);
        self.0.write_all(&bytes).unwrap();
        self.read()
    }

    pub(crate) fn read(&mut self) -> Response {
        read(&mut self.0)
    }
}

pub(crate) fn read(stream: &mut impl Read) -> Response {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut response = Response {
        status: status.parse().unwrap(),
        headers,
        body: Vec::new(),
    };
    let length = response
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    response.body = vec![0; length];
    stream.read_exact(&mut response.body).unwrap();
    response
}

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct Hand(Arc<Mutex<OffsetDateTime>>);

impl Hand {
    pub(crate) fn new() -> Self {
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        Self(Arc::new(Mutex::new(now)))
    }

    pub(crate) fn clock(&self) -> Arc<dyn Fn() -> OffsetDateTime + Send + Sync> {
        let hand = self.clone();
        Arc::new(move || *hand.0.lock().unwrap())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += time::Duration::seconds(seconds);
    }
}

/// An emulator whose clock stands at [`NOW`].
pub(crate) fn emulator() -> Emulator {
    Emulator::builder()
        .clock(Hand::new().clock())
        .start()
        .unwrap()
}

/// A call with the usual headers, not yet signed.
pub(crate) fn unsigned(emulator: &Emulator, path: &str, body: impl Into<Vec<u8>>) -> Request {
    let target = format!("/v1/{}{path}", emulator.project_id());
    Request::new("POST", &target, body)
        .header("Host", emulator.local_addr().to_string())
        .header("Content-Type", "application/json")
        .header("X-Project-Id", emulator.project_id())
        .header("X-Sdk-Date", NOW_BASIC)
}

pub(crate) fn call(emulator: &Emulator, path: &str, body: &Value) -> Request {
    unsigned(emulator, path, body.to_string()).signed(emulator.access_key(), emulator.secret_key())
}

/// A call without a body; the path may end in a query.
pub(crate) fn bare(emulator: &Emulator, method: &str, path: &str) -> Response {
    let mut request = unsigned(emulator, path, "");
    method.clone_into(&mut request.method);
    let request = request.signed(emulator.access_key(), emulator.secret_key());
    request.send(emulator)
}

/// An asset that was created: its id.
pub(crate) fn create_asset(emulator: &Emulator, asset_type: &str) -> String {
    let fields = json!({"asset_name": "Trailer", "asset_type": asset_type});
    let created = call(emulator, "/digital-assets", &fields).send(emulator);
    assert_eq!(created.status, 200, "{created:?}");
    created.json()["asset_id"].as_str().unwrap().to_owned()
}

/// The answer of `ShowAsset`.
pub(crate) fn show_asset(emulator: &Emulator, asset_id: &str) -> Value {
    let shown = bare(emulator, "GET", &format!("/digital-assets/{asset_id}"));
    assert_eq!(shown.status, 200, "{shown:?}");
    shown.json()
}

/// A file as `CreateFile` takes it.
pub(crate) fn fields(content: &[u8], file_type: &str, asset_id: &str) -> Value {
    json!({
        "file_name": format!("clip.{file_type}"),
        "file_md5": md5_base64(content),
        "file_size": content.len(),
        "file_type": file_type,
        "asset_id": asset_id,
        "asset_file_category": "MAIN",
    })
}

/// The body of a `CreateFile` that may come again and again.
pub(crate) fn repeatable() -> String {
    let mut file = fields(b"x", "mp4", "a");
    file["asset_file_category"] = json!("OTHER");
    file.to_string()
}

/// A registered file: its id, and the upload that fits it.
pub(crate) struct Registered {
    pub(crate) file_id: String,
    pub(crate) put: Request,
}

pub(crate) fn register(emulator: &Emulator, content: &[u8]) -> Registered {
    let asset_id = format!("asset-{}", emulator.files().len());
    let created = call(emulator, "/files", &fields(content, "mp4", &asset_id)).send(emulator);
    assert_eq!(created.status, 200, "{created:?}");
    let created = created.json();
    let url = created["upload_url"].as_str().unwrap();
    let target = url.strip_prefix(emulator.url()).unwrap();
    Registered {
        file_id: created["file_id"].as_str().unwrap().to_owned(),
        put: Request::new("PUT", target, content)
            .header("Host", emulator.local_addr().to_string())
            .header("Content-MD5", md5_base64(content))
            .header("Content-Type", "video/mp4"),
    }
}

pub(crate) fn confirm(emulator: &Emulator, file_id: &str, state: &str) -> Response {
    call(
        emulator,
        &format!("/files/{file_id}/complete"),
        &json!({"state": state}),
    )
    .send(emulator)
}

pub(crate) fn md5_base64(content: &[u8]) -> String {
    STANDARD.encode(Md5::digest(content))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Waits for what another thread will do soon.
pub(crate) fn wait_until(happened: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !happened() {
        assert!(Instant::now() < patience, "it did not happen");
        thread::yield_now();
    }
}
