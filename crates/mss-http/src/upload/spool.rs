//! A reader that can't be rewound, copied to where it can.

use std::{
    borrow::Cow,
    io::{self, Read, Write as _},
};

use mss_core::ContentMd5;

use super::{body::Body, hash::digest, progress::Meter};
use crate::interrupt::Interrupt;

/// Up to here the copy stays in memory.
const IN_MEMORY: u64 = 1024 * 1024;

/// Copies at most `limit` bytes: in memory what is small, else to a temporary file without a name.
pub(super) fn spool<'b>(
    reader: impl Read,
    limit: u64,
    interrupt: &Interrupt,
    meter: &Meter<'_>,
) -> io::Result<(Body<'b>, ContentMd5)> {
    let mut copy = Copy::Memory(Vec::new());
    let mut size = 0_u64;
    let keep = |block: &[u8]| {
        size += block.len() as u64;
        meter.add(block.len() as u64);
        if size > limit {
            let problem = format!(
                "is larger than {limit} bytes, the limit for what is copied to a temporary file \
                 (spool_limit)"
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
        }
        copy.add(block, size)
    };
    let (size, md5) = digest(reader, interrupt, keep)?;
    let body = match copy {
        Copy::Memory(bytes) => Body::bytes(Cow::Owned(bytes)),
        Copy::File(file) => Body::spooled(file, size),
    };
    Ok((body?, md5))
}

enum Copy {
    Memory(Vec<u8>),
    File(std::fs::File),
}

impl Copy {
    /// Adds a block, after which the copy has `size` bytes.
    fn add(&mut self, block: &[u8], size: u64) -> io::Result<()> {
        match self {
            Self::Memory(bytes) if size <= IN_MEMORY => bytes.extend_from_slice(block),
            Self::Memory(bytes) => {
                let mut file = tempfile::tempfile().map_err(of_spool)?;
                file.write_all(bytes).map_err(of_spool)?;
                file.write_all(block).map_err(of_spool)?;
                *self = Self::File(file);
            }
            Self::File(file) => file.write_all(block).map_err(of_spool)?,
        }
        Ok(())
    }
}

/// It is the temporary directory that is full, not the source that is broken.
#[allow(clippy::needless_pass_by_value)] // for map_err
fn of_spool(error: io::Error) -> io::Error {
    let text = format!("can't be copied to a temporary file (see TMPDIR): {error}");
    io::Error::new(error.kind(), text)
}
