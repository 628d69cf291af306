//! From arguments to files: directories stand for what is below them.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    UploadArgs,
    list::{self, Listed},
};
use crate::{console::Console, failure::Failure, words::count};

/// What is to be uploaded.
pub(super) enum Selection {
    /// The one file that was named.
    One(Item),
    /// Whatever was named, if it was more than a file. There is at least one.
    Several(Items),
}

/// A content to be uploaded.
pub(super) enum Item {
    File(PathBuf),
    /// Under this name.
    Stdin(String),
}

/// Files in their order.
#[derive(Default)]
pub(super) struct Items {
    pub(super) files: Vec<Listed>,
    /// Directories that can't be looked into.
    pub(super) unreadable: Vec<(PathBuf, io::Error)>,
    skipped: Vec<(PathBuf, &'static str)>,
}

/// So many skipped files are named.
const NAMED: usize = 20;

impl Selection {
    pub(super) fn new(args: &UploadArgs, stdin: &mut (dyn Read + Send)) -> Result<Self, Failure> {
        let content = &args.content;
        // Several are what a journal can have, even if it is one.
        if let [path] = &args.files[..]
            && !path.is_dir()
            && args.journal().is_none()
        {
            if path.as_os_str() != "-" {
                return Ok(Self::One(Item::File(path.clone())));
            }
            let name = content.name.clone().ok_or_else(|| {
                Failure::Usage("stdin has no name: give one with --name (nothing was sent)".into())
            })?;
            return Ok(Self::One(Item::Stdin(name)));
        }
        for (given, option) in [
            (content.name.is_some(), "--name"),
            (content.file_type.is_some(), "--type"),
        ] {
            if given {
                return Err(Failure::Usage(format!(
                    "{option} is for a single file or stdin (nothing was sent)"
                )));
            }
        }
        if let Some(list) = args.list() {
            let files = list::read(list, stdin)?;
            return Ok(Self::Several(Items {
                files,
                ..Items::default()
            }));
        }
        let mut items = Items::default();
        for path in &args.files {
            if path.as_os_str() == "-" {
                let problem = match args.journal() {
                    Some(_) => "stdin can't be read again, so it can't be in a journal",
                    None => "stdin can't be uploaded together with files",
                };
                return Err(Failure::Usage(format!("{problem} (nothing was sent)")));
            }
            if path.is_dir() {
                let before = items.len();
                items.add_directory(path);
                if items.len() == before {
                    return Err(Failure::Usage(format!(
                        "there is no file to upload below {} (nothing was sent)",
                        path.display()
                    )));
                }
            } else {
                items.files.push(path.clone().into());
            }
        }
        Ok(Self::Several(items))
    }
}

impl Items {
    pub(super) fn len(&self) -> usize {
        self.files.len() + self.unreadable.len()
    }

    fn add_directory(&mut self, directory: &Path) {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.unreadable.push((directory.to_owned(), error));
                return;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.skipped.push((path, "hidden"));
                continue;
            }
            let is_link = entry.file_type().is_ok_and(|it| it.is_symlink());
            match fs::metadata(&path) {
                // Links may lead round in circles.
                Ok(it) if it.is_dir() && is_link => {
                    self.skipped.push((path, "a link to a directory"));
                }
                Ok(it) if it.is_dir() => self.add_directory(&path),
                Ok(it) if !it.is_file() => self.skipped.push((path, "no regular file")),
                // What can't be looked at fails as a file of its own.
                Ok(_) | Err(_) => self.files.push(path.into()),
            }
        }
    }

    /// Says what is left out.
    pub(super) fn tell_skipped(&self, console: &Console<'_>) {
        for (path, reason) in self.skipped.iter().take(NAMED) {
            console.note(format_args!("skipped    {} ({reason})", path.display()));
        }
        if let Some(more) = self
            .skipped
            .len()
            .checked_sub(NAMED)
            .filter(|more| *more > 0)
        {
            let more = count(more as u64, "more file");
            console.note(format_args!("skipped    {more}"));
        }
    }
}
