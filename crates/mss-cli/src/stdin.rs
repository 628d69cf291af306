//! This process's stdin, whose reader doesn't have to wait for it for ever.

use std::{
    io::{self, Read},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::Stop;

/// How often it is looked whether anybody still wants to read.
const TICK: Duration = Duration::from_millis(50);

/// Pieces that are read ahead.
const AHEAD: usize = 2;

const PIECE: usize = 1 << 16;

/// Stdin, read by a thread of its own from the first read on: nothing ends a read that waits for a
/// pipe, so that thread is left behind when the command has ended.
#[derive(Debug)]
pub(crate) struct Stdin {
    stop: Stop,
    pieces: Option<Receiver<io::Result<Vec<u8>>>>,
    piece: Vec<u8>,
    used: usize,
}

impl Stdin {
    pub(crate) fn of_process(stop: Stop) -> Self {
        Self {
            stop,
            pieces: None,
            piece: Vec::new(),
            used: 0,
        }
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pieces.is_none() {
            self.pieces = Some(begin(io::stdin())?);
        }
        while let (Some(pieces), true) = (&self.pieces, self.used == self.piece.len()) {
            match pieces.recv_timeout(TICK) {
                Ok(piece) => (self.piece, self.used) = (piece?, 0),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) if self.stop.has_left_stdin() => return Ok(0),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let read = (&self.piece[self.used..]).read(buffer)?;
        self.used += read;
        Ok(read)
    }
}

/// Reads until the end, an error, or until nobody takes the pieces any more.
fn begin(mut source: impl Read + Send + 'static) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    let read = move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match source.read(&mut piece) {
                Ok(0) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let is_last = read.is_err();
            let piece = read.map(|length| {
                piece.truncate(length);
                piece
            });
            if sender.send(piece).is_err() || is_last {
                return;
            }
        }
    };
    thread::Builder::new().name("stdin".into()).spawn(read)?;
    Ok(receiver)
}
