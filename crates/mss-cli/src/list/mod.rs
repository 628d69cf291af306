//! Lists of files in a file or a pipe: plain lines, CSV or JSON lines, read row by row.

mod args;
mod csv;
mod format;
mod jsonl;
mod lines;
mod pipe;
mod rows;

pub(crate) use args::{List, ListArgs};
pub(crate) use pipe::{Next, Pipe};
pub(crate) use rows::{Entry, Row, Rows};
