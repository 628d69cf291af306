//! The command as a process, and a service that says no more than it is told to.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// A signalled command ends within this time, also on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// A started command makes its next call within this time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn metastudio(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metastudio"));
    command
        .args(arguments)
        .env_clear()
        .env("HUAWEICLOUD_SDK_AK", "AK")
        .env("HUAWEICLOUD_SDK_SK", "SK")
        .env("HUAWEICLOUD_SDK_PROJECT_ID", "p")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Waits for the end, which has to come soon.
pub(crate) fn ended(child: Child) -> Output {
    let (sender, receiver) = mpsc::channel();
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
    receiver.recv_timeout(SOON).unwrap_or_else(|_| {
        kill_process(pid, Signal::KILL).unwrap();
        panic!("still running {SOON:?} after the signal");
    })
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// A service that gives out an upload URL and then says nothing any more, but for what
/// `answers` decides by path. Sends each request, head and body, through the channel.
pub(crate) fn service(
    answers: impl Fn(&str) -> bool + Clone + Send + 'static,
) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    let base = url.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (sender, base, answers) = (sender.clone(), base.clone(), answers.clone());
            thread::spawn(move || serve(stream.unwrap(), &base, &answers, &sender));
        }
    });
    (url, receiver)
}

fn serve(
    stream: TcpStream,
    base: &str,
    answers: &dyn Fn(&str) -> bool,
    seen: &mpsc::Sender<String>,
) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = request(&mut reader) {
        // Seen before it is answered, which may be waited for. Nobody may look any more.
        let _ = seen.send(request.clone());
        if !answers(&request) {
            // Silent until the other side goes away.
            let _ = reader.read(&mut [0]);
            return;
        }
        let body = format!(r#"{{"file_id":"f","upload_url":"{base}/content?Signature=x"}}"#);
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nx-obs-request-id: o\r\nContent-Length: {length}\r\n\r\n"
        );
        reader
            .get_mut()
            .write_all((head + &body).as_bytes())
            .unwrap();
    }
}

/// One request, head and body; none when the connection ended.
fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
    }
    let length = request.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(request + text(&body))
}

/// A file to upload, in a directory that lives as long as the first value.
pub(crate) fn clip() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    std::fs::write(&path, "content").unwrap();
    let path = path.display().to_string();
    (directory, path)
}
