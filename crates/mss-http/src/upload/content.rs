//! Content that is ready to be sent.

use std::{borrow::Cow, fmt, io, path::Path};

use mss_core::ContentMd5;

use super::{body::Body, hash::md5_of, progress::Meter};
use crate::interrupt::Interrupt;

/// Content that has been read once, for [`Client::put_content`](crate::Client::put_content): its
/// size and MD5 are known.
pub struct Content<'a> {
    body: Body<'a>,
    md5: ContentMd5,
}

impl Content<'static> {
    /// Opens a regular file and reads it once.
    ///
    /// # Errors
    ///
    /// An I/O error; also for what isn't a regular file, is empty, or changes while it is read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::of_body(Body::open(path.as_ref())?)
    }
}

impl<'a> Content<'a> {
    /// Bytes in memory.
    ///
    /// # Errors
    ///
    /// When there are none: the service takes no empty files.
    pub fn from_bytes(bytes: impl Into<Cow<'a, [u8]>>) -> io::Result<Self> {
        Self::of_body(Body::bytes(bytes.into())?)
    }

    fn of_body(body: Body<'a>) -> io::Result<Self> {
        let md5 = md5_of(&body, &Interrupt::default(), &Meter::new(None))?;
        Ok(Self { body, md5 })
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.body.size()
    }

    /// MD5 of the content.
    pub fn md5(&self) -> &ContentMd5 {
        &self.md5
    }

    pub(super) fn body(&self) -> &Body<'a> {
        &self.body
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("size", &self.size())
            .field("md5", &self.md5)
            .finish()
    }
}
