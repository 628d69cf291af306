//! The server's side of one connection.

use std::{
    fmt, io,
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::ServerConfig;
use socket2::SockRef;

use super::{Act, PATIENCE, Shared, tls::Line};

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Number of its connection, from 0.
    pub(crate) connection: usize,
}

impl Request {
    /// A header's value, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Method and path.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        line.trim_end_matches(" HTTP/1.1")
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or("not text")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line(), String::from_utf8_lossy(&self.body))
    }
}

pub(crate) struct Connection {
    line: Line,
    number: usize,
    shared: Arc<Shared>,
    read: Vec<u8>,
}

impl Connection {
    pub(super) fn new(
        socket: Arc<TcpStream>,
        tls: Option<&Arc<ServerConfig>>,
        number: usize,
        shared: Arc<Shared>,
    ) -> Self {
        let _ = socket.set_nodelay(true);
        let _ = socket.set_read_timeout(Some(PATIENCE));
        let _ = socket.set_write_timeout(Some(PATIENCE));
        Self {
            line: Line::new(socket, tls),
            number,
            shared,
            read: Vec::new(),
        }
    }

    /// The next request, whole; none when the client has gone.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let head = self.head()?;
        let body = self.body(&head)?;
        Some(self.note(head, body))
    }

    /// Reads a request's head. Its body can then stay unread.
    pub(crate) fn head(&mut self) -> Option<String> {
        let end = loop {
            let at = self.read.windows(4).position(|four| four == b"\r\n\r\n");
            match at {
                Some(at) => break at + 4,
                None => self.more()?,
            }
        };
        let head = self.read.drain(..end).collect();
        String::from_utf8(head).ok()
    }

    /// Reads the body that the head announces.
    pub(crate) fn body(&mut self, head: &str) -> Option<Vec<u8>> {
        self.part_of_body(head, usize::MAX)
    }

    /// Reads the beginning of the body that the head announces.
    pub(crate) fn part_of_body(&mut self, head: &str, most: usize) -> Option<Vec<u8>> {
        let length = content_length(head).min(most);
        while self.read.len() < length {
            self.more()?;
        }
        Some(self.read.drain(..length).collect())
    }

    /// Writes a request down as seen.
    pub(crate) fn note(&self, head: String, body: Vec<u8>) -> Request {
        let request = Request {
            head,
            body,
            connection: self.number,
        };
        self.shared.note(|seen| seen.requests.push(request.clone()));
        request
    }

    fn more(&mut self) -> Option<()> {
        let mut block = [0; 16 * 1024];
        let amount = self.line.read(&mut block).ok()?;
        self.read.extend_from_slice(&block[..amount]);
        (amount > 0).then_some(())
    }

    /// Reads exactly so many bytes from the socket and leaves the rest in it.
    pub(crate) fn read_exactly(&mut self, amount: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; amount];
        let mut filled = 0;
        while filled < amount {
            match self.line.read(&mut bytes[filled..]) {
                Ok(amount @ 1..) => filled += amount,
                _ => return None,
            }
        }
        Some(bytes)
    }

    /// Sends; `false` when the client has gone.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.line.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends one byte at a time, until the client has gone.
    pub(crate) fn drip(&mut self, bytes: &[u8], pause: Duration) {
        for byte in bytes {
            if !self.send([*byte]) {
                return;
            }
            std::thread::sleep(pause);
        }
    }

    /// Ends with RST in place of FIN.
    pub(crate) fn reset(&mut self) {
        let _ = SockRef::from(&*self.line.socket).set_linger(Some(Duration::ZERO));
    }

    /// Stays silent until the client goes away; `false` if it never did.
    pub(crate) fn wait_for_client(&mut self) -> bool {
        let mut block = [0; 16 * 1024];
        loop {
            match self.line.read(&mut block) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }

    /// Is the client's way to another server from now on, until one of them ends it.
    pub(crate) fn pass_on_to(&mut self, address: SocketAddr) {
        let Ok(other) = TcpStream::connect(address) else {
            return;
        };
        let mut other = Line::new(Arc::new(other), None);
        for socket in [&self.line.socket, &other.socket] {
            let _ = socket.set_read_timeout(Some(Duration::from_millis(2)));
        }
        let mut last = Instant::now();
        while last.elapsed() < PATIENCE {
            match (
                pass(&mut self.line, &mut other),
                pass(&mut other, &mut self.line),
            ) {
                (Ok(0), Ok(0)) => {}
                (Ok(_), Ok(_)) => last = Instant::now(),
                _ => break,
            }
        }
        let _ = other.socket.shutdown(Shutdown::Both);
    }

    /// Does one act of a script; `false` when the connection is over.
    pub(crate) fn perform(&mut self, act: &Act) -> bool {
        match act {
            Act::Send(bytes) => return self.send(bytes),
            Act::SendAndClose(bytes) => {
                self.send(bytes);
            }
            Act::SendAndReset(bytes) => {
                self.send(bytes);
                self.reset();
            }
            Act::Silence => {
                self.wait_for_client();
            }
            Act::SendAndWait(bytes) => {
                self.send(bytes);
                self.wait_for_client();
            }
            Act::Drip { start, slowly } => {
                if self.send(start) {
                    self.drip(slowly, Duration::from_millis(20));
                }
            }
        }
        false
    }
}

/// Passes on what has come in; fails when that side has ended.
fn pass(from: &mut Line, to: &mut Line) -> io::Result<usize> {
    let mut block = [0; 16 * 1024];
    match from.read(&mut block) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(amount) => {
            to.write_all(&block[..amount])?;
            Ok(amount)
        }
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ) =>
        {
            Ok(0)
        }
        Err(error) => Err(error),
    }
}

fn content_length(head: &str) -> usize {
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    length.unwrap_or(0)
}
