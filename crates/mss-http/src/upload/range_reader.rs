//! A range of a body as the body of a request.

use std::{
    io::{self, Read},
    ops::Range,
};

use super::{
    body::{Body, changed},
    hash::cancelled,
    progress::Meter,
};
use crate::interrupt::Interrupt;

/// Gives exactly the announced bytes or fails: an early end would let ureq wait for more for
/// ever, and what is beyond belongs to content that has grown.
pub(super) struct RangeReader<'r, 'b> {
    body: &'r Body<'b>,
    range: Range<u64>,
    sent: u64,
    meter: &'r Meter<'r>,
    interrupt: &'r Interrupt,
    failed: Option<io::Error>,
}

impl<'r, 'b> RangeReader<'r, 'b> {
    pub(super) fn new(
        body: &'r Body<'b>,
        range: Range<u64>,
        meter: &'r Meter<'r>,
        interrupt: &'r Interrupt,
    ) -> Self {
        Self {
            body,
            range,
            sent: 0,
            meter,
            interrupt,
            failed: None,
        }
    }

    /// Whether all of it was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.range.is_empty()
    }

    /// How many bytes were read.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// The error that ended the reading, if one did.
    pub(super) fn failure(self) -> Option<io::Error> {
        self.failed
    }
}

impl Read for RangeReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end - self.range.start;
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let error = loop {
            match self.body.read_at(&mut buffer[..wanted], self.range.start) {
                Ok(0) => break changed("ended early: it was cut while it was uploaded"),
                Ok(amount) => {
                    self.range.start += amount as u64;
                    self.sent += amount as u64;
                    self.meter.add(amount as u64);
                    return Ok(amount);
                }
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break error,
                Err(_) if self.interrupt.is_raised() => break cancelled(),
                // Handed on, it would end the attempt as a broken connection.
                Err(_) => {}
            }
        };
        let copy = io::Error::new(error.kind(), error.to_string());
        self.failed = Some(error);
        Err(copy)
    }
}
