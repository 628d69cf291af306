//! From the rows of a list to what is to be confirmed.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fmt::{self, Write as _},
    io,
};

use mss_http::{Batch, BatchItem, ErrorKind, InvalidInput, UploadState};
use serde::Deserialize;

use crate::{
    failure::Failure,
    list::{Entry, List, Next, Pipe, Row, Rows},
};

/// What a row says: for what file which state is to be reported.
#[derive(Debug, Deserialize)]
pub(super) struct Given {
    file_id: String,
    state: Option<String>,
}

impl Entry for Given {
    const KEY: &'static str = "file_id";
    const COLUMNS: &'static [&'static str] = &["file_id", "state"];

    fn plain(line: &str) -> Self {
        Self {
            file_id: line.to_owned(),
            state: None,
        }
    }
}

/// So many bad lines are named.
const NAMED: usize = 10;

/// Looks at a whole list, and returns how many rows it has.
pub(super) fn check(list: List<'_>, state: UploadState, batch: &mut Batch) -> Result<u64, Failure> {
    let mut rows = list.open::<Given>()?;
    // An option or a journal that is no good is told of before a line is.
    batch.prepare()?;
    let (mut total, mut bad) = (0, 0);
    let mut first = None;
    let mut others = Vec::new();
    while let Some(row) = rows.next::<Given>() {
        let row = row.map_err(|error| Failure::File(list.name(), error))?;
        total += 1;
        let line = row.line;
        let checked = match row.read(state) {
            Ok(item) => match batch.check(&item) {
                Err(error) if error.kind() != ErrorKind::InvalidInput => return Err(error.into()),
                checked => checked.map_err(|error| error.message().to_owned()),
            },
            Err(bad) => Err(bad.to_string()),
        };
        if let Err(problem) = checked {
            bad += 1;
            match &first {
                None => first = Some((line, problem)),
                Some(_) if others.len() < NAMED => others.push(line.to_string()),
                Some(_) => {}
            }
        }
    }
    let Some((line, problem)) = first else {
        return Ok(total);
    };
    let mut text = format!("{}:{line}: {problem} (nothing was sent)", list.name());
    if let [only] = &others[..] {
        let _ = write!(text, "; line {only} can't be used either");
    } else if !others.is_empty() {
        let more = bad - 1 - others.len() as u64;
        let more = (more > 0).then(|| format!(" and {more} more"));
        let (named, more) = (others.join(", "), more.unwrap_or_default());
        let _ = write!(text, "; lines {named}{more} can't be used either");
    }
    Err(Failure::Usage(text))
}

impl Row<Given> {
    fn read(self, state: UploadState) -> Result<BatchItem, Bad> {
        let given = self.entry.map_err(Bad::Line)?;
        let own = given.state.as_deref();
        let state = own.map_or(Ok(state), str::parse).map_err(Bad::Value)?;
        let file_id = given.file_id.parse().map_err(Bad::Value)?;
        Ok(BatchItem::new(file_id, state))
    }
}

/// What is wrong with a row.
enum Bad {
    Line(String),
    Value(InvalidInput),
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(problem) => f.write_str(problem),
            Self::Value(problem) => write!(f, "{problem}"),
        }
    }
}

impl From<Bad> for InvalidInput {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Line(problem) => Self::new("line", format!("can't be used: {problem}")),
            Bad::Value(problem) => problem,
        }
    }
}

/// Where rows come from.
pub(super) enum Source<'a> {
    Rows(Rows<'a>),
    Pipe(Pipe<Given>),
}

/// What a batch leaves for who takes its results.
#[derive(Default)]
pub(super) struct Read {
    /// Lines of the items whose results are still to come.
    pub(super) lines: VecDeque<u64>,
    /// Whether the list was read to its end.
    pub(super) is_whole: bool,
    pub(super) error: Option<io::Error>,
}

/// The items of a batch, in the order of their rows.
pub(super) struct Items<'a> {
    pub(super) name: &'a str,
    pub(super) state: UploadState,
    pub(super) source: Source<'a>,
    pub(super) read: &'a RefCell<Read>,
}

impl Iterator for Items<'_> {
    type Item = BatchItem;

    fn next(&mut self) -> Option<BatchItem> {
        let next = match &mut self.source {
            Source::Rows(rows) => rows.next().map_or(Next::End, Next::Row),
            Source::Pipe(pipe) => pipe.next(),
        };
        let mut read = self.read.borrow_mut();
        match next {
            Next::Row(Ok(row)) => {
                let line = row.line;
                read.lines.push_back(line);
                Some(row.read(self.state).unwrap_or_else(|bad| {
                    let place = format!("{}:{line}", self.name);
                    BatchItem::invalid(&place, bad.into())
                }))
            }
            Next::Later => Some(BatchItem::later()),
            Next::Row(Err(error)) => {
                read.error = Some(error);
                None
            }
            Next::End => {
                read.is_whole = true;
                None
            }
        }
    }
}
