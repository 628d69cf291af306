//! Content that can be read from any place.

use std::{
    borrow::Cow,
    fs::{File, Metadata},
    io::{self, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::source::ReadSeek;

/// Content of a known size, opened. Several threads may read it at once.
pub(super) struct Body<'a> {
    kind: Kind<'a>,
    size: u64,
}

enum Kind<'a> {
    Path {
        file: File,
        path: PathBuf,
        seen: Seen,
    },
    Spooled(File),
    Bytes(Cow<'a, [u8]>),
    Seekable {
        reader: Mutex<Box<dyn ReadSeek + 'a>>,
        start: u64,
    },
    Once(Mutex<Once<'a>>),
}

/// A reader that gives everything one time, in order.
struct Once<'a> {
    reader: Box<dyn Read + Send + 'a>,
    at: u64,
}

impl<'a> Body<'a> {
    /// A regular file that isn't empty.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // Opening a FIFO would wait for a writer, so the look comes first.
        check(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        check(&metadata)?;
        Ok(Self {
            size: metadata.len(),
            kind: Kind::Path {
                seen: Seen::of(&metadata),
                file,
                path: path.to_owned(),
            },
        })
    }

    pub(super) fn bytes(bytes: Cow<'a, [u8]>) -> io::Result<Self> {
        let size = not_empty(bytes.len() as u64)?;
        let kind = Kind::Bytes(bytes);
        Ok(Self { kind, size })
    }

    /// A temporary file of ours.
    pub(super) fn spooled(file: File, size: u64) -> io::Result<Self> {
        let size = not_empty(size)?;
        let kind = Kind::Spooled(file);
        Ok(Self { kind, size })
    }

    /// From the reader's position to its end.
    pub(super) fn seekable(mut reader: Box<dyn ReadSeek + 'a>) -> io::Result<Self> {
        let start = reader.stream_position()?;
        let end = reader.seek(SeekFrom::End(0))?;
        let size = not_empty(end.saturating_sub(start))?;
        let reader = Mutex::new(reader);
        Ok(Self {
            kind: Kind::Seekable { reader, start },
            size,
        })
    }

    /// A reader that is said to give so many bytes.
    pub(super) fn once(reader: Box<dyn Read + Send + 'a>, size: u64) -> io::Result<Self> {
        let size = not_empty(size)?;
        let kind = Kind::Once(Mutex::new(Once { reader, at: 0 }));
        Ok(Self { kind, size })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether it can be read from the beginning (again).
    pub(super) fn can_start_over(&self) -> bool {
        match &self.kind {
            Kind::Once(once) => locked(once).at == 0,
            _ => true,
        }
    }

    /// Whether parts of it can be read in any order.
    pub(super) fn has_random_access(&self) -> bool {
        !matches!(self.kind, Kind::Once(_))
    }

    /// Reads some bytes from this place on; 0 means that nothing is there.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.kind {
            Kind::Path { file, .. } | Kind::Spooled(file) => read_file_at(file, buffer, offset),
            Kind::Bytes(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                let mut rest = bytes.get(from..).unwrap_or_default();
                rest.read(buffer)
            }
            Kind::Seekable { reader, start } => {
                let mut reader = locked(reader);
                reader.seek(SeekFrom::Start(start + offset))?;
                read_from(&mut **reader, buffer)
            }
            Kind::Once(once) => {
                let mut once = locked(once);
                if once.at != offset {
                    let problem = "can't be rewound, so it can't be sent again";
                    return Err(io::Error::new(io::ErrorKind::NotSeekable, problem));
                }
                let amount = read_from(&mut *once.reader, buffer)?;
                once.at += amount as u64;
                Ok(amount)
            }
        }
    }

    /// Fails when the content is no longer what it was when it was opened, as far as that shows
    /// without reading all of it.
    pub(super) fn check_unchanged(&self) -> io::Result<()> {
        let unchanged = match &self.kind {
            Kind::Path { file, path, seen } => {
                Seen::of(&file.metadata()?) == *seen && Seen::of(&std::fs::metadata(path)?) == *seen
            }
            Kind::Spooled(_) | Kind::Bytes(_) => true,
            Kind::Seekable { reader, start } => {
                locked(reader).seek(SeekFrom::End(0))? == start + self.size
            }
            // Once all that was announced has come, nothing may follow.
            Kind::Once(once) => {
                let mut once = locked(once);
                once.at < self.size || is_at_end(&mut *once.reader)?
            }
        };
        if unchanged {
            return Ok(());
        }
        Err(changed("changed while it was uploaded"))
    }
}

fn is_at_end(reader: &mut (impl Read + ?Sized)) -> io::Result<bool> {
    loop {
        match reader.read(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return Ok(read? == 0),
        }
    }
}

/// Reads from a caller's reader, which can't be trusted with the size of the buffer.
pub(super) fn read_from(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let amount = reader.read(buffer)?;
    if amount <= buffer.len() {
        return Ok(amount);
    }
    let problem = format!(
        "gave {amount} bytes where {} were asked for: its reader is broken",
        buffer.len()
    );
    Err(io::Error::other(problem))
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

#[cfg(unix)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

fn check(metadata: &Metadata) -> io::Result<()> {
    let refuse = |problem: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    if metadata.is_dir() {
        return refuse("is a directory");
    }
    if !metadata.is_file() {
        return refuse("is no regular file (a pipe, a socket or a device)");
    }
    not_empty(metadata.len()).map(|_| ())
}

fn not_empty(size: u64) -> io::Result<u64> {
    if size == 0 {
        let problem = "is empty; the service takes no empty files";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(size)
}

pub(super) fn changed(problem: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.into())
}

/// A panic in a caller's reader leaves it wherever it was; each read says where it begins.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
