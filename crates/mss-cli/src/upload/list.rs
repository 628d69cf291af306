//! A list of files to upload.

use std::{io::Read, path::PathBuf};

use mss_http::{Destination, FileCategory, InvalidInput};
use serde::Deserialize;

use crate::{
    failure::Failure,
    list::{Entry, List},
};

/// A file, and what its row says of it, where it stands in a list.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    pub(super) given: Option<Given>,
}

/// What is different about a file.
pub(super) struct Given {
    /// The list and the line, for errors.
    place: String,
    row: Box<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    path: PathBuf,
    asset_id: Option<String>,
    new_asset: Option<String>,
    category: Option<String>,
    file_name: Option<String>,
    file_type: Option<String>,
}

impl Entry for Row {
    const KEY: &'static str = "path";
    const COLUMNS: &'static [&'static str] = &[
        "path",
        "asset_id",
        "new_asset",
        "category",
        "file_name",
        "file_type",
    ];

    fn plain(line: &str) -> Self {
        Self {
            path: line.into(),
            asset_id: None,
            new_asset: None,
            category: None,
            file_name: None,
            file_type: None,
        }
    }
}

impl From<PathBuf> for Listed {
    fn from(path: PathBuf) -> Self {
        Self { path, given: None }
    }
}

/// Reads a list as a whole.
pub(super) fn read(list: List<'_>, stdin: &mut (dyn Read + Send)) -> Result<Vec<Listed>, Failure> {
    let mut rows = if list.is_stdin() {
        list.read::<Row>(stdin)?
    } else {
        list.open::<Row>()?
    };
    let mut files = Vec::new();
    while let Some(row) = rows.next::<Row>() {
        let row = row.map_err(|error| Failure::File(list.name(), error))?;
        let place = format!("{}:{}", list.name(), row.line);
        let refused = |problem| Failure::Usage(format!("{place}: {problem} (nothing was sent)"));
        let row: Row = row.entry.map_err(refused)?;
        if row.path.as_os_str().is_empty() || row.path.as_os_str() == "-" {
            return Err(refused("path is no file's".to_owned()));
        }
        files.push(Listed {
            path: row.path.clone(),
            given: Some(Given {
                row: Box::new(row),
                place,
            }),
        });
    }
    Ok(files)
}

/// What counts for all files that say nothing else.
pub(super) struct Defaults {
    pub(super) destination: Option<Destination>,
    pub(super) category: FileCategory,
}

/// Where a file goes, and as what.
pub(super) struct Target {
    pub(super) destination: Destination,
    pub(super) category: FileCategory,
    pub(super) file_name: Option<String>,
    pub(super) file_type: Option<String>,
}

impl Defaults {
    /// The target of a file, or what is wrong with it.
    pub(super) fn target(&self, given: Option<&Given>) -> Result<Target, String> {
        let row = given.map(|given| &*given.row);
        let own = row.map_or(Ok((None, None)), Row::own);
        let problem = match own {
            Ok((destination, category)) => {
                let destination = destination.or_else(|| self.destination.clone());
                match destination {
                    Some(destination) => {
                        return Ok(Target {
                            destination,
                            category: category.unwrap_or_else(|| self.category.clone()),
                            file_name: row.and_then(|row| row.file_name.clone()),
                            file_type: row.and_then(|row| row.file_type.clone()),
                        });
                    }
                    None => "neither asset_id nor new_asset, and no --asset-id or --new-asset \
                             for all"
                        .to_owned(),
                }
            }
            Err(problem) => problem,
        };
        let place = given.map(|given| format!("{}: ", given.place));
        let place = place.unwrap_or_default();
        Err(format!("{place}{problem} (nothing was sent)"))
    }
}

impl Row {
    /// Destination and category, where they are given.
    fn own(&self) -> Result<(Option<Destination>, Option<FileCategory>), String> {
        let text = |error: InvalidInput| error.to_string();
        let destination = match (&self.asset_id, &self.new_asset) {
            (Some(_), Some(_)) => return Err("both asset_id and new_asset".to_owned()),
            (Some(id), None) => Some(Destination::Asset(id.parse().map_err(text)?)),
            (None, Some(word)) => Some(Destination::NewAsset(word.parse().map_err(text)?)),
            (None, None) => None,
        };
        let category = self.category.as_deref().map(str::parse).transpose();
        Ok((destination, category.map_err(text)?))
    }
}

impl Target {
    /// Whether nothing but its asset has to be said to upload it again.
    pub(super) fn is_plain(&self) -> bool {
        self.file_name.is_none() && self.file_type.is_none() && self.category == FileCategory::Main
    }
}
