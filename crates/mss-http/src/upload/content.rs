//! A local file as the content of an upload.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    time::SystemTime,
};

use md5::{Digest as _, Md5};
use mss_core::ContentMd5;

use crate::interrupt::Interrupt;

/// Bytes read at a time for the MD5.
const BLOCK: usize = 256 * 1024;

/// A file that has been read once: its size and MD5 are known, and what it looked like then.
#[derive(Debug)]
pub struct Content {
    path: PathBuf,
    file: File,
    seen: Seen,
    md5: ContentMd5,
}

/// What tells a changed file from an unchanged one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<(u64, u64)>,
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
        }
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // elsewhere there is none
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

impl Content {
    /// Opens a regular file that isn't empty.
    pub(super) fn inspect(path: &Path) -> io::Result<(File, u64)> {
        // Opening a FIFO would wait for a writer, so the look comes first.
        check(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        check(&metadata)?;
        Ok((file, metadata.len()))
    }

    /// Reads the whole file for its MD5.
    pub(super) fn hash(path: &Path, mut file: File, interrupt: &Interrupt) -> io::Result<Self> {
        let seen = Seen::of(&file.metadata()?);
        let mut md5 = Md5::new();
        let mut block = vec![0; BLOCK];
        let mut total = 0_u64;
        loop {
            if interrupt.is_raised() {
                return Err(io::Error::new(
                    io::ErrorKind::Interrupted,
                    "cancelled by the caller",
                ));
            }
            let amount = match file.read(&mut block) {
                Ok(0) => break,
                Ok(amount) => amount,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            total += amount as u64;
            md5.update(&block[..amount]);
        }
        let content = Self {
            path: path.to_owned(),
            file,
            seen,
            md5: ContentMd5::new(md5.finalize().into()),
        };
        if total != content.seen.size {
            return Err(changed(format!(
                "had {} bytes, then {total}",
                content.seen.size
            )));
        }
        content.check_unchanged()?;
        Ok(content)
    }

    /// Opens a file and reads it once, for its size and MD5.
    ///
    /// # Errors
    ///
    /// An I/O error; also for what isn't a regular file, is empty, or changes while it is read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let (file, _) = Self::inspect(path)?;
        Self::hash(path, file, &Interrupt::default())
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.seen.size
    }

    /// MD5 of the content.
    pub fn md5(&self) -> &ContentMd5 {
        &self.md5
    }

    /// Fails when the file at the path is no longer the one that was read.
    pub(super) fn check_unchanged(&self) -> io::Result<()> {
        let now = [self.file.metadata()?, std::fs::metadata(&self.path)?];
        if now.iter().any(|metadata| Seen::of(metadata) != self.seen) {
            return Err(changed("changed while it was uploaded".into()));
        }
        Ok(())
    }

    /// The content from its beginning, exactly as long as it was.
    pub(super) fn reader(&mut self) -> io::Result<ExactReader<'_>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(ExactReader {
            left: self.seen.size,
            file: &mut self.file,
            failed: None,
        })
    }
}

fn check(metadata: &Metadata) -> io::Result<()> {
    let refuse = |problem: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    if metadata.is_dir() {
        return refuse("is a directory");
    }
    if !metadata.is_file() {
        return refuse("is no regular file (a pipe, a socket or a device)");
    }
    if metadata.len() == 0 {
        return refuse("is empty; the service takes no empty files");
    }
    Ok(())
}

fn changed(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// Gives exactly the announced number of bytes or fails: an early end would let ureq wait for
/// more for ever, and what is beyond belongs to a file that has grown.
#[derive(Debug)]
pub(super) struct ExactReader<'a> {
    file: &'a mut File,
    left: u64,
    failed: Option<io::Error>,
}

impl ExactReader<'_> {
    /// Whether all of it was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// The error that ended the reading, if one did.
    pub(super) fn failure(self) -> Option<io::Error> {
        self.failed
    }
}

impl Read for ExactReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let error = match self.file.read(&mut buffer[..wanted]) {
            Ok(0) if wanted > 0 => changed("ended early: it was cut while it was uploaded".into()),
            Ok(amount) => {
                self.left -= amount as u64;
                return Ok(amount);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => error,
        };
        let copy = io::Error::new(error.kind(), error.to_string());
        self.failed = Some(error);
        Err(copy)
    }
}
