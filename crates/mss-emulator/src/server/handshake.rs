//! What happens on a connection before HTTP: nothing, or the handshake of TLS.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConnection};

use super::{ending, stream::Stream};
use crate::{faults::Ending, tls::ServerTls};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(60);

/// `None` when there is nobody to talk to; then the connection has been ended.
pub(super) async fn shake_hands(stream: TcpStream, tls: Option<&ServerTls>) -> Option<Stream> {
    let Some(tls) = tls else {
        return Some(Stream::Plain(stream));
    };
    if let Some(bytes) = tls.stall_after {
        if let Ok(stream) = begin(stream, tls, bytes).await {
            ending::carry_out(stream, Ending::BlackHole).await;
        }
        return None;
    }
    let acceptor = TlsAcceptor::from(Arc::clone(&tls.config));
    let accepted = acceptor.accept(stream).into_fallible();
    match timeout(HANDSHAKE_TIMEOUT, accepted).await.ok()? {
        Ok(stream) => Some(Stream::Tls(Box::new(stream))),
        Err((_, stream)) => {
            // Its alert has been sent, and a reset mustn't overtake it.
            ending::carry_out(stream, Ending::Close).await;
            None
        }
    }
}

/// Answers the ClientHello with the first `bytes` of what belongs there.
async fn begin(mut stream: TcpStream, tls: &ServerTls, bytes: usize) -> io::Result<TcpStream> {
    let config = Arc::clone(&tls.config);
    let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut block = vec![0; 4096];
    while !session.wants_write() {
        let length = stream.read(&mut block).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        session.read_tls(&mut &block[..length])?;
        session.process_new_packets().map_err(io::Error::other)?;
    }
    let mut answer = Vec::new();
    while session.wants_write() {
        session.write_tls(&mut answer)?;
    }
    stream.write_all(&answer[..bytes.min(answer.len())]).await?;
    Ok(stream)
}
