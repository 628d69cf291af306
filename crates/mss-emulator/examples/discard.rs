//! A server for benchmarks of uploads: it takes whatever is sent and throws it away.
//!
//! ```sh
//! cargo run --release -p mss-emulator --example discard
//! ```
//!
//! It prints its port and runs until its standard input ends. CreateFile hands out a URL of this
//! same server, a PUT is asked for its content and read to its end, and everything else is said to
//! be done. It checks, keeps and copies nothing, so that a benchmark of clients measures clients.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

const DONE: &str = "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\
    Content-Type: application/json\r\nX-Request-Id: 2c6a1f8354f64dd9b9a614def7b59d83\r\n\
    x-obs-request-id: 0000018A2C6A1F8354F64DD9B9A614DE\r\n\
    ETag: \"00000000000000000000000000000000\"\r\n";

/// What is thrown away in one system call, in bytes.
const BLOCK: usize = 1024 * 1024;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "{}", address.port())?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that goes away ends its thread; nobody needs to hear of it.
            thread::spawn(move || serve(connection, address));
        }
    });
    // Ends with whoever started it, however that one ended.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// Answers one request after the other, until the client has had enough.
fn serve(mut connection: TcpStream, address: SocketAddr) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = Vec::with_capacity(16 * 1024);
    let mut block = vec![0; BLOCK];
    loop {
        let Some(end) = end_of_head(&input) else {
            match connection.read(&mut block[..16 * 1024])? {
                0 => return Ok(()),
                amount => input.extend_from_slice(&block[..amount]),
            }
            continue;
        };
        let head = Head::parse(&input[..end]);
        if head.expects {
            connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let here = head.content_length.min(input.len() - end);
        discard(&mut connection, head.content_length - here, &mut block)?;
        let body = if head.creates {
            let url = format!("http://{address}/key?Expires=4000000000&Signature=s");
            format!(r#"{{"file_id":"24bad716-87b1-45e5-8912-6102f7693265","upload_url":"{url}"}}"#)
        } else {
            String::new()
        };
        let length = body.len();
        connection.write_all(format!("{DONE}Content-Length: {length}\r\n\r\n{body}").as_bytes())?;
        input.drain(..end + here);
    }
}

fn end_of_head(input: &[u8]) -> Option<usize> {
    let at = input.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some(at + 4)
}

/// What matters of a request's head.
#[derive(Default)]
struct Head {
    creates: bool,
    expects: bool,
    content_length: usize,
}

impl Head {
    fn parse(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.lines();
        let line = lines.next().unwrap_or_default();
        let mut parsed = Self {
            creates: line.starts_with("POST ") && line.contains("/files "),
            ..Self::default()
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                parsed.content_length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case("expect") {
                parsed.expects = true;
            }
        }
        parsed
    }
}

/// Throws so many bytes away. Linux does it without copying them.
#[cfg(target_os = "linux")]
fn discard(connection: &mut TcpStream, mut left: usize, block: &mut [u8]) -> io::Result<()> {
    use rustix::net::{RecvFlags, recv};
    while left > 0 {
        let wanted = left.min(block.len());
        let (_, amount) = recv(&*connection, &mut block[..wanted], RecvFlags::TRUNC)?;
        if amount == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= amount;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn discard(connection: &mut TcpStream, left: usize, block: &mut [u8]) -> io::Result<()> {
    let mut left = left;
    while left > 0 {
        let wanted = left.min(block.len());
        match connection.read(&mut block[..wanted])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            amount => left -= amount,
        }
    }
    Ok(())
}
