//! Rows of CSV (RFC 4180), whose header names the columns.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader};
use serde_json::{Map, Value};

use super::{
    lines::{MAX_LINE, text, too_long},
    rows::Entry,
};
use crate::words::count;

/// Reads records from text that comes in pieces.
pub(super) struct Csv {
    reader: Reader,
    /// The fields of a record one behind the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    header: Vec<String>,
    line: u64,
}

/// Most columns.
const MAX_COLUMNS: usize = 4096;

/// A record, by the line where it begins.
type Record<T> = (u64, Result<T, String>);

impl Csv {
    pub(super) fn new() -> Self {
        Self {
            reader: Reader::new(),
            fields: vec![0; 4096],
            ends: vec![0; 64],
            header: Vec::new(),
            line: 1,
        }
    }

    /// The next row; none at the end. The header comes as a row only if it is no good.
    pub(super) fn next<T: Entry>(
        &mut self,
        reader: &mut dyn BufRead,
    ) -> io::Result<Option<Record<T>>> {
        if self.header.is_empty() {
            let Some((line, read)) = self.record(reader)? else {
                return Ok(None);
            };
            let header = read.and_then(|columns| self.take_header(columns, T::KEY));
            if let Err(problem) = header {
                return Ok(Some((line, Err(problem))));
            }
        }
        let record = self.record(reader)?;
        Ok(record.map(|(line, read)| (line, read.and_then(|columns| self.entry(columns)))))
    }

    /// Whether the header is no good, so that nothing behind it can be read.
    pub(super) fn is_without_header(&self) -> bool {
        self.header.is_empty()
    }

    fn take_header(&mut self, columns: usize, key: &str) -> Result<(), String> {
        let names: Result<Vec<_>, _> = (self.columns(columns))
            .map(|field| text(field).map(|name| name.trim().to_owned()))
            .collect();
        let names = names?;
        if !names.iter().any(|name| name == key) {
            return Err(format!("no header with a column {key}"));
        }
        self.header = names;
        Ok(())
    }

    fn entry<T: Entry>(&self, columns: usize) -> Result<T, String> {
        let expected = self.header.len();
        if columns != expected {
            return Err(format!(
                "{}, where the header has {expected}",
                count(columns as u64, "column")
            ));
        }
        let mut row = Map::new();
        for (name, field) in self.header.iter().zip(self.columns(columns)) {
            let value = text(field)?.trim();
            if !value.is_empty() && T::COLUMNS.contains(&&**name) {
                let twice = row.insert(name.clone(), Value::String(value.to_owned()));
                if twice.is_some() {
                    return Err(format!("two columns {name}"));
                }
            }
        }
        serde_json::from_value(Value::Object(row)).map_err(|error| error.to_string())
    }

    fn columns(&self, columns: usize) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let ends = self.ends.iter().take(columns);
        starts
            .zip(ends)
            .map(|(start, end)| &self.fields[*start..*end])
    }

    /// Reads one record: the line where it begins, and how many columns it has.
    fn record(&mut self, reader: &mut dyn BufRead) -> io::Result<Option<Record<usize>>> {
        let (mut written, mut columns, mut size) = (0, 0, 0);
        let (mut has_begun, mut is_whole) = (false, true);
        loop {
            let buffer = match reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            // Blank lines before a record are no part of it.
            if !has_begun {
                let blank = blank_lines(buffer);
                self.line = self.reader.line() + blank.1;
                has_begun = blank.0 < buffer.len();
            }
            let fields = &mut self.fields[written..];
            let ends = &mut self.ends[columns..];
            let (result, read, wrote, ended) = self.reader.read_record(buffer, fields, ends);
            reader.consume(read);
            written += wrote;
            columns += ended;
            size += read;
            match result {
                // Passed over to its end, or the rest would be taken for the next record.
                ReadRecordResult::OutputFull if self.fields.len() >= MAX_LINE => {
                    (written, is_whole) = (0, false);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() >= MAX_COLUMNS => {
                    (columns, is_whole) = (0, false);
                }
                ReadRecordResult::OutputFull => self.fields.resize(2 * self.fields.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record if size > MAX_LINE || !is_whole => {
                    return Ok(Some((self.line, Err(too_long()))));
                }
                ReadRecordResult::Record => return Ok(Some((self.line, Ok(columns)))),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }
}

/// How many bytes and lines come before the first that isn't blank.
fn blank_lines(buffer: &[u8]) -> (usize, u64) {
    let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let bytes = buffer.iter().take_while(is_end).count();
    let ends = buffer[..bytes].split(|byte| *byte == b'\n');
    (bytes, ends.count() as u64 - 1)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair {
        a: String,
        b: Option<String>,
    }

    impl Entry for Pair {
        const KEY: &'static str = "a";
        const COLUMNS: &'static [&'static str] = &["a", "b"];

        fn plain(line: &str) -> Self {
            let a = line.to_owned();
            Self { a, b: None }
        }
    }

    fn read(text: &str, capacity: usize) -> Vec<Record<Pair>> {
        let mut reader = BufReader::with_capacity(capacity, text.as_bytes());
        let mut csv = Csv::new();
        let mut rows = Vec::new();
        while let Some(row) = csv.next(&mut reader).unwrap() {
            rows.push(row);
            if csv.is_without_header() {
                break;
            }
        }
        rows
    }

    fn pair(a: &str, b: Option<&str>) -> Pair {
        let (a, b) = (a.to_owned(), b.map(str::to_owned));
        Pair { a, b }
    }

    #[test]
    fn each_row_has_the_line_where_it_begins() {
        let text = "\r\nb, a ,c\r\n1,one,\"x\r\ny\"\r\n\r\n,\"t\"\"w, o\",\r\n\r\n3,three,z";
        for capacity in [1, 2, 3, 5, 1000] {
            let expected = [
                (3, Ok(pair("one", Some("1")))),
                (6, Ok(pair("t\"w, o", None))),
                (8, Ok(pair("three", Some("3")))),
            ];
            assert_eq!(read(text, capacity), expected, "{capacity}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_of_the_row_and_the_others_are_read() {
        let long = format!(
            "a,b\n{},1\n\"{}\",2\nc,3\n",
            "x,".repeat(9999),
            "y".repeat(MAX_LINE)
        );
        let rows = read(&long, 8192);
        assert_eq!(rows[0], (2, Err(too_long())));
        assert_eq!(rows[1], (3, Err(too_long())));
        assert_eq!(rows[2], (4, Ok(pair("c", Some("3")))));

        let rows = read("a,b,a\nc\nd,,\nd,,e\n,1,\n", 8192);
        let problems: Vec<_> = rows.into_iter().map(|(_, row)| row.err()).collect();
        let problems: Vec<_> = problems.iter().map(Option::as_deref).collect();
        let expected = [
            Some("1 column, where the header has 3"),
            None,
            Some("two columns a"),
            Some("missing field `a`"),
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn without_a_header_nothing_is_read() {
        let rows = read("c,d\n1,2\n", 8192);
        assert_eq!(rows, [(1, Err("no header with a column a".to_owned()))]);
        assert_eq!(read("", 8192), []);
    }
}
