//! A proxy on a real socket that changes a request on its way, or what is answered to it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use super::{Act, PATIENCE, Request, Server};

/// A request on the wire, free to be changed.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) target: String,
    /// In their order, with their names as they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    fn of(request: &Request) -> Self {
        let mut lines = request.head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ');
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            method: first.next().unwrap_or_default().to_owned(),
            target: first.next().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
                .collect(),
            body: request.body.clone(),
        }
    }

    /// The only value of a header.
    #[track_caller]
    pub(crate) fn value(&mut self, name: &str) -> &mut String {
        let mut found = self.headers.iter_mut().filter(|it| is(it, name));
        let (_, value) = found.next().expect("it was sent");
        assert!(found.next().is_none(), "{name} comes twice");
        value
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|header| !is(header, name));
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn bytes(mut self) -> Vec<u8> {
        self.remove("content-length");
        self.remove("connection");
        let length = self.body.len().to_string();
        self.add("Content-Length", &length);
        self.add("Connection", "close");
        let first = format!("{} {} HTTP/1.1", self.method, self.target);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        let lines: Vec<_> = std::iter::once(first).chain(headers).collect();
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        [head.into_bytes(), self.body].concat()
    }
}

fn is((known, _): &(String, String), name: &str) -> bool {
    known.eq_ignore_ascii_case(name)
}

/// A proxy before `upstream`. `request` changes what goes there, `answer` what comes back.
pub(crate) fn mutating(
    upstream: SocketAddr,
    request: impl Fn(&mut Wire) + Send + Sync + 'static,
    answer: impl Fn(String) -> String + Send + Sync + 'static,
) -> Server {
    Server::acting(move |seen, _| {
        let mut wire = Wire::of(seen);
        request(&mut wire);
        let said = passed_on(upstream, &wire.bytes());
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let body = answer(body.to_owned());
        let mut lines = head.lines();
        let status = lines.next().unwrap_or_default();
        let status = status
            .strip_prefix("HTTP/1.1 ")
            .unwrap_or("502 Bad Gateway");
        let headers = lines.filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
        Act::answer(status, &headers.collect::<Vec<_>>().join("\n"), body)
    })
}

fn passed_on(upstream: SocketAddr, bytes: &[u8]) -> String {
    let exchange = || {
        let mut line = TcpStream::connect(upstream)?;
        line.set_read_timeout(Some(PATIENCE))?;
        line.write_all(bytes)?;
        let mut said = Vec::new();
        line.read_to_end(&mut said)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&said).into_owned())
    };
    exchange().unwrap_or_else(|error| format!("HTTP/1.1 502 {error}\r\n\r\n"))
}
