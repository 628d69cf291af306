//! The rows of a list.

use std::io::{self, BufRead};

use serde::de::DeserializeOwned;

use super::{
    csv::Csv,
    format::{Begun, Format},
    jsonl,
    lines::{read_line, text, too_long},
};

/// What a row says.
pub(crate) trait Entry: DeserializeOwned {
    /// The column that has to be there.
    const KEY: &'static str;
    /// All that mean something, that one too.
    const COLUMNS: &'static [&'static str];

    /// From a line that holds nothing but the key.
    fn plain(line: &str) -> Self;
}

/// A row by its line, from 1. One that can't be read says why: "longer than ...".
#[derive(Debug)]
pub(crate) struct Row<T> {
    pub(crate) line: u64,
    pub(crate) entry: Result<T, String>,
}

/// Rows one by one, in little memory however many there are.
pub(crate) struct Rows<'a> {
    reader: Box<dyn BufRead + Send + 'a>,
    form: Form,
    /// That was read last.
    line: u64,
    buffer: Vec<u8>,
    is_over: bool,
}

enum Form {
    Plain,
    Csv(Box<Csv>),
    Jsonl,
}

impl<'a> Rows<'a> {
    pub(super) fn new(begun: Begun<'a>) -> Self {
        Self {
            reader: begun.reader,
            form: match begun.format {
                Format::Plain => Form::Plain,
                Format::Csv => Form::Csv(Box::new(Csv::new())),
                Format::Jsonl => Form::Jsonl,
            },
            line: 0,
            buffer: Vec::new(),
            is_over: false,
        }
    }

    /// The next row, none at the end. An error is the last that comes.
    pub(crate) fn next<T: Entry>(&mut self) -> Option<io::Result<Row<T>>> {
        if self.is_over {
            return None;
        }
        let row = match &mut self.form {
            Form::Csv(csv) => {
                let record = csv.next(&mut *self.reader);
                self.is_over = csv.is_without_header();
                record.map(|record| record.map(|(line, entry)| Row { line, entry }))
            }
            Form::Plain => self.next_line(plain),
            Form::Jsonl => self.next_line(jsonl::entry),
        };
        self.is_over |= !matches!(row, Ok(Some(_)));
        row.transpose()
    }

    fn next_line<T>(
        &mut self,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> io::Result<Option<Row<T>>> {
        while let Some(whole) = read_line(&mut *self.reader, &mut self.buffer)? {
            self.line += 1;
            let line = self.buffer.trim_ascii();
            let is_comment = matches!(self.form, Form::Plain) && line.starts_with(b"#");
            if whole.is_ok() && (line.is_empty() || is_comment) {
                continue;
            }
            let entry = match whole {
                Ok(()) => read(line),
                Err(_) => Err(too_long()),
            };
            let line = self.line;
            return Ok(Some(Row { line, entry }));
        }
        Ok(None)
    }
}

fn plain<T: Entry>(line: &[u8]) -> Result<T, String> {
    text(line).map(T::plain)
}
