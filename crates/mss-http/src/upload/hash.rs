//! The first pass over the content, for its MD5.

use std::io::{self, Read};

use mss_core::ContentMd5;

use super::{
    body::{Body, changed, read_from},
    md5::Hasher,
    progress::Meter,
};
use crate::interrupt::Interrupt;

/// Bytes read at a time: few system calls, and still in the processor's cache when hashed.
const BLOCK: usize = 256 * 1024;

/// MD5 of the whole body, which must be as long as it was announced.
pub(super) fn md5_of(
    body: &Body<'_>,
    interrupt: &Interrupt,
    meter: &Meter<'_>,
) -> io::Result<ContentMd5> {
    let mut offset = 0;
    let read = |block: &mut [u8]| {
        let amount = body.read_at(block, offset)?;
        offset += amount as u64;
        meter.add(amount as u64);
        Ok(amount)
    };
    let (size, md5) = digest(Reading(read), interrupt, |_| Ok(()))?;
    if size != body.size() {
        return Err(changed(format!("had {} bytes, then {size}", body.size())));
    }
    body.check_unchanged()?;
    Ok(md5)
}

/// Reads to the end; each block goes to `keep` too. Size and MD5.
pub(super) fn digest(
    mut reader: impl Read,
    interrupt: &Interrupt,
    mut keep: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(u64, ContentMd5)> {
    let mut md5 = Hasher::new();
    let mut block = vec![0; BLOCK];
    let mut total = 0_u64;
    loop {
        if interrupt.is_raised() {
            return Err(cancelled());
        }
        let amount = match read_from(&mut reader, &mut block) {
            Ok(0) => return Ok((total, ContentMd5::new(md5.finish()))),
            Ok(amount) => amount,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        total += amount as u64;
        md5.update(&block[..amount]);
        keep(&block[..amount])?;
    }
}

/// The caller cancelled while content was read.
pub(super) fn cancelled() -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, "cancelled by the caller")
}

/// A closure that reads.
struct Reading<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for Reading<F> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        (self.0)(block)
    }
}
