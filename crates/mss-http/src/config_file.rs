//! Small files that people write for the vendor's tools: keys, endpoints of regions.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    path::{Path, PathBuf},
    str,
};

use zeroize::Zeroizing;

use crate::Variables;

/// Longest file that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The variable that names the home directory.
pub(crate) const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// Where a file should be.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// Somebody has said so; else it is only the usual place.
    pub(crate) is_given: bool,
}

impl Place {
    /// The path in a variable, else the file `name` in `.huaweicloud` of the home directory. None
    /// where there is no home.
    pub(crate) fn find(variables: &Variables, variable: &str, name: &str) -> Option<Self> {
        if let Some(path) = variables.get(variable) {
            return Some(Self::given(path));
        }
        let home = PathBuf::from(variables.get(HOME)?);
        Some(Self {
            path: home.join(".huaweicloud").join(name),
            is_given: false,
        })
    }

    pub(crate) fn given(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            is_given: true,
        }
    }

    /// Reads the file. Problems name it.
    pub(crate) fn read(&self) -> Result<ConfigFile, Unreadable> {
        read(&self.path).map_err(|problem| match problem {
            Problem::Missing => Unreadable::Missing(format!("there is no file {}", self.shown())),
            Problem::Other(problem) => Unreadable::Other(format!("{} {problem}", self.shown())),
        })
    }

    /// The path, for messages.
    pub(crate) fn shown(&self) -> impl std::fmt::Display + '_ {
        self.path.display()
    }
}

/// A file's text, which is wiped afterwards, and what the system knows of it.
pub(crate) struct ConfigFile {
    pub(crate) text: Zeroizing<String>,
    pub(crate) metadata: Metadata,
}

/// Why a file can't be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Missing(String),
    Other(String),
}

enum Problem {
    Missing,
    Other(String),
}

fn read(path: &Path) -> Result<ConfigFile, Problem> {
    // Opening a FIFO would wait for a writer, so the look comes first.
    check(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    // As large as it may get: a buffer that grows leaves copies of keys behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        return Err(Problem::Other("is larger than 1 MiB".to_owned()));
    }
    let text = str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        Problem::Other(format!("is not UTF-8 (line {line})"))
    })?;
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(ConfigFile {
        text: Zeroizing::new(text.to_owned()),
        metadata,
    })
}

fn check(metadata: &Metadata) -> Result<(), Problem> {
    let problem = if metadata.is_dir() {
        "is a directory"
    } else if !metadata.is_file() {
        "is no regular file (a pipe, a socket or a device)"
    } else {
        return Ok(());
    };
    Err(Problem::Other(problem.to_owned()))
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Other(format!("can't be read: {error}")),
        }
    }
}
