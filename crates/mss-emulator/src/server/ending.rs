//! The last moments of a connection that a fault has cut.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::faults::Ending;

/// How long the rest is read after a close in good order.
const LINGER: Duration = Duration::from_secs(5);
/// How often a silent connection is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn carry_out(mut stream: TcpStream, ending: Ending) {
    match ending {
        // Dropped with that, the system sends RST.
        Ending::Reset => {
            let _ = stream.set_zero_linger();
        }
        Ending::Close => close(stream).await,
        Ending::SlowClose(delay) => {
            // A client that loses patience takes its socket with it.
            if timeout(delay, departure(&mut stream)).await.is_err() {
                close(stream).await;
            }
        }
        Ending::BlackHole => departure(&mut stream).await,
    }
}

/// FIN, and then reads on: with bytes left unread the system would send RST instead.
async fn close(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut block = vec![0; 64 * 1024];
    let _ = timeout(LINGER, async {
        while let Ok(1..) = stream.read(&mut block).await {}
    })
    .await;
}

/// Until the client has closed or reset the connection, without reading a byte.
async fn departure(stream: &mut TcpStream) {
    while let Ok(ready) = stream.ready(Interest::READABLE | Interest::ERROR).await {
        if ready.is_read_closed() || ready.is_error() {
            return;
        }
        // Unread bytes keep it ready.
        sleep(LOOK).await;
    }
}
