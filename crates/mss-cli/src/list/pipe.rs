//! Rows that come when they come.

use std::{
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    time::Duration,
};

use super::rows::{Entry, Row, Rows};

/// Rows that are read ahead.
const AHEAD: usize = 1024;

/// How long the next row is waited for at a time.
const PATIENCE: Duration = Duration::from_millis(50);

/// What a list has now.
pub(crate) enum Next<T> {
    Row(io::Result<Row<T>>),
    /// Nothing yet.
    Later,
    End,
}

/// The end of a pipe into which another thread reads a list.
pub(crate) struct Pipe<T>(Receiver<io::Result<Row<T>>>);

impl<T: Entry> Pipe<T> {
    /// A pipe and its other end.
    pub(crate) fn new() -> (Filler<T>, Self) {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        (Filler(sender), Self(receiver))
    }

    /// Waits a little for the next row.
    pub(crate) fn next(&self) -> Next<T> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(row) => Next::Row(row),
            Err(RecvTimeoutError::Timeout) => Next::Later,
            Err(RecvTimeoutError::Disconnected) => Next::End,
        }
    }
}

/// Where rows go into a pipe.
pub(crate) struct Filler<T>(SyncSender<io::Result<Row<T>>>);

impl<T: Entry> Filler<T> {
    /// Reads to the end, or until nobody wants more.
    pub(crate) fn fill(self, mut rows: Rows<'_>) {
        while let Some(row) = rows.next() {
            if self.0.send(row).is_err() {
                return;
            }
        }
    }
}
