//! Where a list comes from.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    format::{Format, begin},
    rows::{Entry, Rows},
};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// List of files, - for stdin: plain lines, CSV with a header, or JSON lines
    #[arg(long, value_name = "LIST")]
    pub(crate) from: Option<PathBuf>,

    /// What the list is written in, if neither its name nor its first line tell
    #[arg(long, value_name = "FORMAT", requires = "from", value_enum)]
    format: Option<Format>,
}

/// A list that may be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List<'a> {
    path: &'a Path,
    format: Option<Format>,
}

impl ListArgs {
    pub(crate) fn list(&self) -> Option<List<'_>> {
        let path = self.from.as_deref()?;
        let format = self.format;
        Some(List { path, format })
    }

    /// The options that lead to the same list.
    pub(crate) fn repeated(&self) -> String {
        use clap::ValueEnum as _;

        let mut options = String::new();
        if let Some(path) = &self.from {
            options += &crate::words::option("from", &path.display().to_string());
        }
        if let Some(format) = self.format.and_then(|it| it.to_possible_value()) {
            options += &crate::words::option("format", format.get_name());
        }
        options
    }
}

impl List<'_> {
    pub(crate) fn is_stdin(self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// Whether it can be read twice; a pipe can't.
    pub(crate) fn is_sized(self) -> bool {
        // What isn't there at all is told of when it is opened.
        !self.is_stdin() && !self.path.metadata().is_ok_and(|it| !it.is_file())
    }

    /// As it is called in messages.
    pub(crate) fn name(self) -> String {
        if self.is_stdin() {
            "stdin".to_owned()
        } else {
            self.path.display().to_string()
        }
    }

    /// Opens the file that it is.
    pub(crate) fn open<T: Entry>(self) -> Result<Rows<'static>, Failure> {
        let failed = |error| Failure::file(self.path, error);
        if self.path.is_dir() {
            let problem = format!("{} is a directory and no list of files", self.name());
            return Err(Failure::Usage(problem));
        }
        let file = File::open(self.path).map_err(failed)?;
        self.rows::<T>(Box::new(buffered(file))).map_err(failed)?
    }

    /// Reads it from `stdin`.
    pub(crate) fn read<T: Entry>(self, stdin: &mut (dyn Read + Send)) -> Result<Rows<'_>, Failure> {
        let rows = self.rows::<T>(Box::new(buffered(stdin)));
        rows.map_err(|error| Failure::File(self.name(), error))?
    }

    fn rows<T: Entry>(
        self,
        reader: Box<dyn BufRead + Send + '_>,
    ) -> io::Result<Result<Rows<'_>, Failure>> {
        let path = (!self.is_stdin()).then_some(self.path);
        let begun = begin(reader, path, self.format, T::KEY)?;
        Ok(begun.map(Rows::new).map_err(|problem| {
            Failure::Usage(format!("{}:1: {problem} (nothing was sent)", self.name()))
        }))
    }
}

fn buffered<R: Read>(reader: R) -> BufReader<R> {
    BufReader::with_capacity(1 << 16, reader)
}
