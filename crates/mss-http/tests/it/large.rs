//! Answers that are larger than any answer of the service.

use std::time::Duration;

use mss_http::{ErrorKind, Outcome, UploadState};

use crate::support::{Connection, Server, file, once, timed};

const HEAD: &str = "HTTP/1.1 200 OK\r\nX-Request-Id: request-1\r\n";

/// How the server goes on after the head's first lines, until the client goes away.
#[derive(Debug, Clone, Copy)]
enum Flood {
    OneHugeHeader,
    EndlessHeaders,
    ManyHeaders,
    EndlessChunks,
    OneHugeChunk,
    EndlessChunkSize,
    HugeContentLength,
    EndlessUntilClose,
    GzipBomb,
}

fn pour(connection: &mut Connection, block: &[u8]) {
    // A gigabyte is more than any test takes; who reads it all has lost.
    for _ in 0..(1 << 30) / block.len() {
        if !connection.send(block) {
            return;
        }
    }
}

impl Flood {
    fn play(self, connection: &mut Connection) {
        let block = vec![b'x'; 64 * 1024];
        connection.send(HEAD);
        match self {
            Self::OneHugeHeader => {
                connection.send("X-Huge: ");
                pour(connection, &block);
            }
            Self::EndlessHeaders => pour(connection, &b"X-Many: y\r\n".repeat(1000)),
            Self::ManyHeaders => {
                connection.send(b"X-Many: y\r\n".repeat(300));
                connection.send("Content-Length: 0\r\n\r\n");
            }
            Self::EndlessChunks => {
                connection.send("Transfer-Encoding: chunked\r\n\r\n");
                pour(
                    connection,
                    &[b"1000\r\n", &block[..0x1000], b"\r\n"].concat(),
                );
            }
            Self::OneHugeChunk => {
                connection.send("Transfer-Encoding: chunked\r\n\r\n40000000\r\n");
                pour(connection, &block);
            }
            Self::EndlessChunkSize => {
                connection.send("Transfer-Encoding: chunked\r\n\r\n");
                pour(connection, &b"0".repeat(64 * 1024));
            }
            Self::HugeContentLength => {
                connection.send("Content-Length: 1073741824\r\n\r\n");
                pour(connection, &block);
            }
            Self::EndlessUntilClose => {
                connection.send("\r\n");
                pour(connection, &block);
            }
            Self::GzipBomb => {
                // Nobody unpacks it; what counts is that it is no JSON.
                connection.send("Content-Encoding: gzip\r\nContent-Length: 19\r\n\r\n");
                connection.send(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xed\xc1\x31\x01\0\0\0\xc2\xa0");
            }
        }
    }
}

const FLOODS: [Flood; 9] = [
    Flood::GzipBomb,
    Flood::ManyHeaders,
    Flood::OneHugeHeader,
    Flood::EndlessHeaders,
    Flood::EndlessChunks,
    Flood::OneHugeChunk,
    Flood::EndlessChunkSize,
    Flood::HugeContentLength,
    Flood::EndlessUntilClose,
];

fn assert_ends_soon(flood: Flood) {
    let server = Server::raw(move |connection, _| {
        if connection.request().is_some() {
            flood.play(connection);
        }
    });
    let client = once(&server);
    let (result, time) = timed(|| client.confirm_file_upload(&file(), UploadState::Created));
    let error = result.expect_err("no success");
    let kinds = [ErrorKind::Protocol, ErrorKind::UnexpectedResponse];
    assert!(kinds.contains(&error.kind()), "{flood:?}: {error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{flood:?}: {error}");
    assert!(time < Duration::from_millis(250), "{flood:?}: {time:?}");
    assert!(error.to_string().len() < 4096, "{flood:?}: {error}");
    // The rest isn't read to keep the connection.
    server.wait_for_ends(1);
}

#[test]
fn f31_floods_end_soon() {
    FLOODS.into_iter().for_each(assert_ends_soon);
}

/// What is read is bounded, so is what is kept. Other tests of this program need memory too, so
/// this one runs in a process of its own.
#[test]
fn f31_floods_need_little_memory() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "large::measures_its_memory", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
}

#[test]
#[ignore = "half of f31_floods_need_little_memory"]
fn measures_its_memory() {
    // Two small ones warm everything up.
    FLOODS[..2].iter().copied().for_each(assert_ends_soon);
    let Some(before) = peak_kib() else {
        return;
    };
    FLOODS[2..].iter().copied().for_each(assert_ends_soon);
    let after = peak_kib().unwrap();
    assert!(after - before <= 2048, "{} KiB more", after - before);
}

/// The process's largest size so far, where the system tells it.
fn peak_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
