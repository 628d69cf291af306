//! A server for benchmarks: kept connections, one thread each, the same answer to everything.
//!
//! ```sh
//! cargo run --release -p mss-emulator --example keep_alive
//! ```
//!
//! It prints its port and runs until its standard input ends. It checks nothing, so that a
//! benchmark of clients measures clients; the emulator would cost more than they do.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\
    Content-Type: application/json\r\nX-Request-Id: 2c6a1f8354f64dd9b9a614def7b59d83\r\n\
    Content-Length: 0\r\n\r\n";

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that goes away ends its thread; nobody needs to hear of it.
            thread::spawn(move || serve(connection));
        }
    });
    // Ends with whoever started it, however that one ended.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// Answers one request after the other, until the client has had enough.
fn serve(mut connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = Vec::with_capacity(16 * 1024);
    let mut block = [0; 16 * 1024];
    loop {
        while let Some(length) = length_of_request(&input) {
            input.drain(..length);
            connection.write_all(ANSWER)?;
        }
        match connection.read(&mut block)? {
            0 => return Ok(()),
            amount => input.extend_from_slice(&block[..amount]),
        }
    }
}

/// Length of the first request with its body, once all of it is there.
fn length_of_request(input: &[u8]) -> Option<usize> {
    let head = input.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let body = input[..head]
        .split(|byte| *byte == b'\n')
        .find_map(content_length)
        .unwrap_or(0);
    (input.len() >= head + body).then_some(head + body)
}

fn content_length(line: &[u8]) -> Option<usize> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    name.eq_ignore_ascii_case("content-length")
        .then(|| value.trim().parse().ok())?
}
