//! Whether a kept connection is still fit for a call.

use std::net::TcpStream;

/// Whether the other side has neither closed nor sent anything. On a connection that waits for
/// its next request, bytes are as bad as the end: they belong to no request.
#[cfg(unix)]
pub(super) fn is_quiet(socket: &TcpStream) -> bool {
    use rustix::{
        io::Errno,
        net::{RecvFlags, recv},
    };
    let mut byte = [0_u8; 1];
    let looked = recv(socket, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
    matches!(looked, Err(Errno::AGAIN))
}

/// As on Unix, with the two system calls more that the portable way takes.
#[cfg(not(unix))]
pub(super) fn is_quiet(socket: &TcpStream) -> bool {
    let look = || {
        socket.set_nonblocking(true)?;
        let looked = socket.peek(&mut [0_u8; 1]);
        socket.set_nonblocking(false)?;
        std::io::Result::Ok(looked)
    };
    matches!(look(), Ok(Err(error)) if error.kind() == std::io::ErrorKind::WouldBlock)
}
