//! What a list is written in.

use std::{
    io::{self, BufRead, Cursor, Read},
    path::Path,
};

use super::lines::read_line;

/// How the rows of a list are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    // Comments, since the help has no room for documentation. A file a line; blank lines and those that begin with # are left out
    Plain,
    // With a header that names the columns
    Csv,
    // A JSON object a line
    Jsonl,
}

/// A list from its beginning, and what it is written in.
pub(super) struct Begun<'a> {
    pub(super) reader: Box<dyn BufRead + Send + 'a>,
    pub(super) format: Format,
}

const UTF_8: &[u8] = b"\xef\xbb\xbf";
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Begins to read, and finds the format out where it isn't told: by the file's extension, or else
/// by the first line that isn't blank. `key` is the column that no list of this kind is without.
///
/// The inner error says what is wrong with the content.
pub(super) fn begin<'a>(
    mut reader: Box<dyn BufRead + Send + 'a>,
    path: Option<&Path>,
    told: Option<Format>,
    key: &str,
) -> io::Result<Result<Begun<'a>, &'static str>> {
    let (mut head, mut line) = (Vec::new(), Vec::new());
    while line.trim_ascii().is_empty() {
        // One that is too long is told of when its turn comes.
        let Some(_) = read_line(&mut *reader, &mut line)? else {
            break;
        };
        if head.is_empty() {
            if UTF_16.iter().any(|mark| line.starts_with(mark)) {
                return Ok(Err("is written in UTF-16; it has to be UTF-8"));
            }
            if line.starts_with(UTF_8) {
                line.drain(..UTF_8.len());
            }
        }
        head.extend_from_slice(&line);
        head.push(b'\n');
    }
    let format = told
        .or_else(|| path.and_then(of_extension))
        .unwrap_or_else(|| of_line(&line, key));
    let reader = Box::new(Cursor::new(head).chain(reader));
    Ok(Ok(Begun { reader, format }))
}

fn of_extension(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match &*extension {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
        _ => None,
    }
}

fn of_line(line: &[u8], key: &str) -> Format {
    let is_key = |column: &[u8]| {
        let column = column.trim_ascii();
        let bare = column.strip_prefix(b"\"").unwrap_or(column);
        bare.strip_suffix(b"\"").unwrap_or(bare) == key.as_bytes()
    };
    if line.trim_ascii_start().starts_with(b"{") {
        Format::Jsonl
    } else if line.split(|byte| *byte == b',').any(is_key) {
        Format::Csv
    } else {
        Format::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(text: &str, path: &str, told: Option<Format>) -> (Format, String) {
        let reader = Box::new(Cursor::new(text.to_owned().into_bytes()));
        let begun = begin(reader, Some(Path::new(path)), told, "file_id");
        let mut begun = begun.unwrap().unwrap();
        let mut rest = String::new();
        begun.reader.read_to_string(&mut rest).unwrap();
        (begun.format, rest)
    }

    #[test]
    fn what_is_told_goes_before_the_extension_which_goes_before_the_first_line() {
        for (text, path, format) in [
            ("{}\n", "a.csv", Format::Csv),
            ("file_id\n", "a.ndjson", Format::Jsonl),
            ("\n\n {\"file_id\":\"f\"}\n", "a.txt", Format::Jsonl),
            ("name,\"file_id\" ,state\n", "-", Format::Csv),
            ("file_id\n", "-", Format::Csv),
            ("f\n", "a", Format::Plain),
            ("", "a", Format::Plain),
        ] {
            assert_eq!(recognised(text, path, None), (format, text.into()));
            let told = Some(Format::Plain);
            assert_eq!(recognised(text, path, told).0, Format::Plain);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(recognised("\u{feff}f\ng\n", "a", None).1, "f\ng\n");
    }
}
