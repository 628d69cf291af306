//! What a scripted server does with one request.

/// One act of a script.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends and keeps the connection.
    Send(Vec<u8>),
    /// Sends, perhaps nothing, and closes.
    SendAndClose(Vec<u8>),
    /// Sends, perhaps nothing, and resets the connection.
    SendAndReset(Vec<u8>),
    /// Sends and then stays silent until the client goes away.
    SendAndWait(Vec<u8>),
    /// Says nothing until the client goes away.
    Silence,
    /// Sends `start` at once and `slowly` byte by byte, every 20 ms.
    Drip { start: Vec<u8>, slowly: Vec<u8> },
}

impl Act {
    /// Closes without a word.
    pub(crate) fn close() -> Self {
        Self::SendAndClose(Vec::new())
    }

    /// Resets without a word.
    pub(crate) fn reset() -> Self {
        Self::SendAndReset(Vec::new())
    }

    /// An answer with these headers, one a line, and body.
    pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        Self::Send(answer(status, headers, body))
    }

    /// A confirmation's success.
    pub(crate) fn ok() -> Self {
        Self::Send(ok())
    }

    /// A status with an error body of the service.
    pub(crate) fn status(status: u16) -> Self {
        let body = format!(r#"{{"error_code":"MSS.{status}","error_msg":"refused as {status}"}}"#);
        let headers = format!("X-Request-Id: request-{status}");
        Self::answer(&format!("{status} Some Words"), &headers, body)
    }

    /// A CreateFile's success.
    pub(crate) fn created(file_id: &str, upload_url: &str) -> Self {
        let body = format!(r#"{{"file_id":"{file_id}","upload_url":"{upload_url}"}}"#);
        Self::answer("200 OK", "X-Request-Id: created", body)
    }
}

/// An answer's bytes, with its Content-Length.
pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for line in headers.lines().filter(|line| !line.is_empty()) {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A confirmation's success.
pub(crate) fn ok() -> Vec<u8> {
    ok_with("request-1")
}

/// A confirmation's success with a request id.
pub(crate) fn ok_with(request_id: &str) -> Vec<u8> {
    answer("200 OK", &format!("X-Request-Id: {request_id}"), "")
}
