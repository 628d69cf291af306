//! What a caller gives to be uploaded.

use std::{
    borrow::Cow,
    fmt,
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use mss_core::{ContentMd5, InvalidInput};

/// A reader that can be rewound.
pub(super) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// The content of an upload: a file, bytes, or a reader.
///
/// CreateFile asks for size and MD5 before a byte is sent, so the content is read twice. A reader
/// that can't be rewound is first copied to a temporary file, unless [`Source::known`] spares that.
pub struct Source<'a> {
    pub(super) kind: SourceKind<'a>,
    pub(super) file_name: Option<String>,
    pub(super) file_type: Option<String>,
    pub(super) known: Option<(u64, ContentMd5)>,
}

pub(super) enum SourceKind<'a> {
    Path(PathBuf),
    Bytes(Cow<'a, [u8]>),
    Stream(Box<dyn Read + Send + 'a>),
    Seekable(Box<dyn ReadSeek + 'a>),
}

impl<'a> Source<'a> {
    /// A regular file. It is registered under its own name.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::new(SourceKind::Path(path.as_ref().to_owned()), None)
    }

    /// Bytes, registered under this name.
    pub fn bytes(file_name: impl Into<String>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::new(SourceKind::Bytes(bytes.into()), Some(file_name.into()))
    }

    /// What a reader still gives, registered under this name.
    pub fn reader(file_name: impl Into<String>, reader: impl Read + Send + 'a) -> Self {
        Self::new(SourceKind::Stream(Box::new(reader)), Some(file_name.into()))
    }

    /// What a reader gives from its current position to its end, registered under this name. It
    /// is rewound to that position, so that nothing has to be copied.
    pub fn seekable(file_name: impl Into<String>, reader: impl Read + Seek + Send + 'a) -> Self {
        let kind = SourceKind::Seekable(Box::new(reader));
        Self::new(kind, Some(file_name.into()))
    }

    fn new(kind: SourceKind<'a>, file_name: Option<String>) -> Self {
        Self {
            kind,
            file_name,
            file_type: None,
            known: None,
        }
    }

    /// Registers it under this name: 1 to 256 characters.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Sets the type: 1 to 64 characters. By default it is the name's extension. It decides about
    /// the `Content-Type` of the PUT.
    #[must_use]
    pub fn file_type(mut self, file_type: impl Into<String>) -> Self {
        self.file_type = Some(file_type.into());
        self
    }

    /// Gives size and MD5, so that the content is read only once. The object store refuses other
    /// content. A reader that can't be rewound then has one attempt.
    #[must_use]
    pub fn known(mut self, size: u64, md5: ContentMd5) -> Self {
        self.known = Some((size, md5));
        self
    }

    /// What to call it in an error.
    pub(super) fn subject(&self) -> String {
        match (&self.kind, &self.file_name) {
            (SourceKind::Path(path), _) => path.display().to_string(),
            (_, Some(name)) => name.clone(),
            (_, None) => "the content".to_owned(),
        }
    }

    /// The name to register.
    pub(super) fn registered_name(&self) -> Result<String, InvalidInput> {
        if let Some(name) = &self.file_name {
            return Ok(name.clone());
        }
        let missing = || InvalidInput::new("file_name", "is missing or no valid text");
        let SourceKind::Path(path) = &self.kind else {
            return Err(missing());
        };
        let name = path.file_name().and_then(|name| name.to_str());
        name.map(str::to_owned).ok_or_else(missing)
    }
}

impl From<&Path> for Source<'_> {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<&PathBuf> for Source<'_> {
    fn from(path: &PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Source<'_> {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&str> for Source<'_> {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl fmt::Debug for Source<'_> {
    /// Without the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("subject", &self.subject())
            .field("file_type", &self.file_type)
            .finish_non_exhaustive()
    }
}
