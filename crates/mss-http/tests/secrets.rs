//! What must never be seen, looked for everywhere.
//!
//! A program of its own, since a process has one logger.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod support;

use std::{
    error::Error as _,
    fmt::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use log::{LevelFilter, Log, Metadata, Record};
use mss_http::{
    CallOptions, CancelHandle, Client, Content, Credentials, Error, Proxy, Token, Upload,
    UploadState,
};
use support::{Act, Authority, Server, answer, asset, builder, create, file, locked, self_signed};

const SECRET_KEY: &str = "canary-secret-key-4711";
const SECURITY_TOKEN: &str = "canary-security-token-0815";
const TOKEN: &str = "canary-user-token-2342";
const URL_SIGNATURE: &str = "canary%2FUrlSignature%3D";
const QUERY: &str = "AccessKeyId=canary-store-key&Expires=1&Signature=canary%2FUrlSignature%3D";

/// Keeps all that is logged.
#[derive(Default)]
struct Collector(Mutex<Vec<String>>);

static COLLECTOR: Collector = Collector(Mutex::new(Vec::new()));

impl Log for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {} {}", record.level(), record.target(), record.args());
        locked(&self.0).push(line);
    }

    fn flush(&self) {}
}

/// Columns of ureq's rows: 16 bytes as hex digits in groups of four, then as characters.
const HEX_COLUMNS: usize = 40;
const ROW: usize = HEX_COLUMNS + 1 + 16;

/// All lines, and once more what rows of bytes hold when they are put together.
fn searchable(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    let (mut digits, mut characters) = (String::new(), String::new());
    for line in lines {
        let Some(at) = line.len().checked_sub(ROW) else {
            continue;
        };
        if let (Some(hex), Some(shown)) =
            (line.get(at..at + HEX_COLUMNS), line.get(at + ROW - 16..))
        {
            digits.extend(hex.chars().filter(char::is_ascii_hexdigit));
            characters.push_str(shown);
        }
    }
    let _ = write!(text, "\n{digits}\n{characters}");
    text
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    })
}

#[track_caller]
fn assert_hidden(text: &str, secret: &str, where_: &str) {
    for form in [
        secret.to_owned(),
        hex(secret),
        secret.replace("%2F", "/").replace("%3D", "="),
    ] {
        if let Some(at) = text.find(&form) {
            let from = text[..at].rfind('\n').map_or(0, |end| end + 1);
            panic!(
                "{form} is seen in {where_}: {}",
                &text[from..at + form.len()]
            );
        }
    }
}

/// Everything that a program can make of an error.
fn faces(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{}\n", error.message());
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = writeln!(text, "{inner}\n{inner:?}");
        cause = inner.source();
    }
    let _ = writeln!(text, "{:?}\n{:?}", error.attempts(), error.upload());
    text
}

/// Registers, stores and confirms until request number `bad` goes wrong.
fn server(bad: usize, act: Act) -> Server {
    Server::acting(move |request, number| {
        if number == bad {
            return act.clone();
        }
        if request.line().starts_with("PUT ") {
            return Act::Send(answer("200 OK", "x-obs-request-id: r", ""));
        }
        if request.line().ends_with("/files") {
            let host = request.header("host").unwrap();
            return Act::created("file-1", &format!("http://{host}/key?{QUERY}"));
        }
        Act::ok()
    })
}

/// Answers that repeat what they were asked, as gateways do.
fn talkative(status: u16, secrets: &[&str]) -> Act {
    let body = format!(
        "{{\"error_code\":\"APIGW.0301\",\"error_msg\":\"canonicalRequest:POST|{}|\
         https://h/k?Expires=1&Signature={URL_SIGNATURE}\"}}",
        secrets.join("|")
    );
    let headers = format!("X-Request-Id: {}", secrets[0]);
    Act::answer(&format!("{status} W"), &headers, body)
}

/// All that can go wrong with one request.
fn troubles(secrets: &[&str]) -> Vec<Act> {
    let elsewhere = format!("Location: http://127.0.0.1:9/k?{QUERY}");
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    vec![
        Act::status(500),
        Act::close(),
        Act::SendAndClose(cut.to_vec()),
        Act::Send(b"junk\r\n\r\n".to_vec()),
        Act::answer("307 Elsewhere", &elsewhere, ""),
        talkative(400, secrets),
        talkative(401, secrets),
        talkative(200, secrets),
        Act::created("file-1", &format!("https://evil.invalid/key?{QUERY}")),
        Act::created("file-1", &format!("ftp://evil.invalid/key?{QUERY}")),
        Act::created("..", &format!("http://127.0.0.1/key?{QUERY}")),
    ]
}

fn clients(url: &str) -> [Client; 2] {
    // Another key each time, since one that was refused isn't used again.
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let keys = Credentials::new(format!("canary-access-key-{number}"), SECRET_KEY).unwrap();
    let keys = keys.with_security_token(SECURITY_TOKEN).unwrap();
    let builder = || Client::builder().endpoint(url).project_id("p");
    let token = Token::new(TOKEN).unwrap();
    let builders = [builder().credentials(keys), builder().token(token)];
    builders.map(|builder| {
        let shown = format!("{builder:?} {builder:#?}");
        for secret in [SECRET_KEY, SECURITY_TOKEN, TOKEN] {
            assert_hidden(&shown, secret, "a builder");
        }
        builder.build().unwrap()
    })
}

/// Makes every call and keeps every face of what comes of it.
fn exercise(client: &Client, path: &std::path::Path) -> String {
    let options = CallOptions::new()
        .max_attempts(2)
        .cancel(&CancelHandle::new());
    let mut seen = format!("{options:?}\n");
    let client = client.with_options(options).unwrap();
    let upload = Upload::new(path, asset());
    let _ = writeln!(seen, "{client:?} {client:#?} {upload:?}");
    match client.upload(upload) {
        Ok(uploaded) => {
            let _ = writeln!(seen, "{uploaded:?}");
        }
        Err(error) => seen.push_str(&faces(&error)),
    }
    if let Err(error) = client.confirm_file_upload(&file(), UploadState::Failed) {
        seen.push_str(&faces(&error));
    }
    match client.create_file(&create()) {
        Ok(created) => {
            let content = Content::open(path).unwrap();
            let stored = client.put_content(&created, &create(), &content);
            let _ = writeln!(seen, "{created:?} {created:#?} {stored:?} {content:?}");
        }
        Err(error) => seen.push_str(&faces(&error)),
    }
    seen
}

/// Diagnoses a client and keeps every face of what is found.
fn diagnose(client: &Client) -> String {
    let diagnosis = client.diagnose();
    let mut seen = format!("{diagnosis:?}\n");
    for finding in diagnosis {
        let _ = writeln!(seen, "{finding:?} {finding:#?} {}", finding.found);
    }
    seen
}

fn collect() {
    // Another test of this program may have done it.
    let _ = log::set_logger(&COLLECTOR);
    log::set_max_level(LevelFilter::Trace);
}

#[test]
fn f65_nothing_secret_is_logged_or_shown() {
    collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    std::fs::write(&path, vec![b'x'; 20_000]).unwrap();
    let mut seen = String::new();
    let mut signatures = Vec::new();
    for (way_in, secrets) in [&[SECURITY_TOKEN, SECRET_KEY][..], &[TOKEN]]
        .iter()
        .enumerate()
    {
        for trouble in troubles(secrets) {
            // Whatever it is asked, the question for the time included.
            let troubled = Server::script([trouble.clone()]);
            seen.push_str(&diagnose(&clients(&troubled.url())[way_in]));
            for at in 0..4 {
                let server = server(at, trouble.clone());
                seen.push_str(&exercise(&clients(&server.url())[way_in], &path));
                signatures.extend(server.requests().iter().filter_map(|request| {
                    let authorization = request.header("authorization")?;
                    let (_, signature) = authorization.rsplit_once("Signature=")?;
                    Some(signature.to_owned())
                }));
            }
        }
    }
    let lines = locked(&COLLECTOR.0).clone();
    // The collector works, and sees what ureq and the client itself have to say.
    assert!(lines.iter().any(|line| line.contains("ureq")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains(" again in ")));
    assert!(signatures.len() > 100);
    let logged = searchable(&lines);
    for (text, where_) in [(&logged, "the log"), (&seen, "errors and values")] {
        for secret in [SECRET_KEY, SECURITY_TOKEN, TOKEN, URL_SIGNATURE] {
            assert_hidden(text, secret, where_);
        }
        for signature in &signatures {
            assert_hidden(text, &signature[..9], where_);
        }
    }
    assert_hidden(&logged, QUERY, "the log");
}

/// Whatever the proxy does, and when the call is a success too.
#[test]
fn f65_a_proxys_user_and_password_are_not_logged_or_shown() {
    const USER: &str = "Zcanary-proxy-user";
    const PASSWORD: &str = "Zcanary:proxy@password";
    const URL_PASSWORD: &str = "Zcanary%3Aproxy%40password";
    collect();
    let authority = Authority::new();
    let tls = authority.server(&["metastudio.test"]);
    let service = Server::script_over(Some(tls), [Act::ok()]);
    let to = service.address();
    let mut seen = String::new();
    for answer in ["200 OK", "407 W", "502 W", "junk"] {
        let proxy = Server::raw(move |connection, _| {
            if connection.request().is_some() {
                connection.send(format!("HTTP/1.1 {answer}\r\n\r\n"));
                if answer.starts_with("200") {
                    connection.pass_on_to(to);
                }
            }
        });
        let url = format!("http://{USER}:{URL_PASSWORD}@{}", proxy.address());
        let builder = builder().endpoint("https://metastudio.test");
        let builder = builder.ca_file(authority.file()).proxy(Proxy::url(url));
        let _ = writeln!(seen, "{builder:?}");
        let client = builder.build().unwrap();
        let _ = writeln!(seen, "{client:?}");
        seen.push_str(&diagnose(&client));
        for _ in 0..2 {
            match client.confirm_file_upload(&file(), UploadState::Created) {
                Ok(_) => assert_eq!(answer, "200 OK"),
                Err(error) => seen.push_str(&faces(&error)),
            }
        }
        assert!(proxy.requests()[0].header("proxy-authorization").is_some());
    }
    let logged = searchable(&locked(&COLLECTOR.0));
    assert!(
        logged.contains("metastudio.test"),
        "the log sees these calls"
    );
    for (text, where_) in [(&logged, "the log"), (&seen, "errors and values")] {
        for secret in [
            USER,
            PASSWORD,
            URL_PASSWORD,
            "WmNhbmFyeS1wcm94eS11c2Vy",
            "Z*****",
        ] {
            assert_hidden(text, secret, where_);
        }
    }
}

#[test]
fn f65_a_clients_private_key_is_not_logged_or_shown() {
    collect();
    let authority = Authority::new();
    let (certificate, key) = authority.client();
    let both = support::pem_file(&format!("{certificate}{key}"));
    let server = Server::script_over(Some(authority.server_for_known_clients()), [Act::ok()]);
    let builder = builder().endpoint(server.url()).ca_file(authority.file());
    let builder = builder.client_cert(both.path());
    let mut seen = format!("{builder:?}\n");
    let client = builder.build().unwrap();
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    let _ = writeln!(seen, "{client:?}");
    let logged = searchable(&locked(&COLLECTOR.0));
    for line in key.lines().filter(|line| !line.starts_with("-----")) {
        assert_hidden(&seen, line, "values");
        assert_hidden(&logged, line, "the log");
    }
}

#[test]
fn each_client_that_checks_no_certificates_warns() {
    collect();
    let (tls, _) = self_signed(&["other.example"], false);
    let server = Server::script_over(Some(tls), [Act::ok()]);
    let warnings = || {
        let lines = locked(&COLLECTOR.0);
        let is_warning = |line: &&String| {
            line.starts_with("WARN mss_http") && line.contains("danger_accept_invalid_certs")
        };
        lines.iter().filter(is_warning).count()
    };
    for number in 0..2 {
        assert_eq!(warnings(), number);
        let builder = builder().endpoint(server.url());
        builder.danger_accept_invalid_certs(true).build().unwrap();
    }
    builder().endpoint(server.url()).build().unwrap();
    assert_eq!(warnings(), 2);
}

/// The search itself would find a key in the rows that ureq writes at TRACE.
#[test]
fn rows_of_bytes_are_put_together() {
    let text = format!("Host: h..x-auth-token: {TOKEN}..");
    let rows: Vec<String> = text
        .as_bytes()
        .chunks(16)
        .map(|row| {
            let mut line = "TRACE ureq_proto::util ".to_owned();
            for at in 0..16 {
                match row.get(at) {
                    Some(byte) => write!(line, "{byte:02x}").unwrap(),
                    None => line.push_str("--"),
                }
                if at % 2 == 1 {
                    line.push(' ');
                }
            }
            line.push(' ');
            line.extend((0..16).map(|at| row.get(at).map_or('.', |byte| char::from(*byte))));
            line
        })
        .collect();
    assert!(!rows.join("\n").contains(TOKEN));
    let searchable = searchable(&rows);
    assert!(searchable.contains(TOKEN), "{searchable}");
    assert!(searchable.contains(&hex(TOKEN)), "{searchable}");
}

/// ureq writes whole requests at TRACE, and there is no other way to keep it from doing so.
#[test]
fn f65_the_level_trace_is_compiled_out() {
    assert!(log::STATIC_MAX_LEVEL < LevelFilter::Trace);
}
