//! Lines of bytes, none of which is taken whole if it is too long.

use std::io::{self, BufRead};

/// Longest line, and longest record of CSV, in bytes. Whatever is longer is no list of files.
pub(super) const MAX_LINE: usize = 1 << 20;

/// What came instead of a line that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Reads one line, without its end, into `line`. None at the end of the input.
pub(super) fn read_line(
    reader: &mut dyn BufRead,
    line: &mut Vec<u8>,
) -> io::Result<Option<Result<(), TooLong>>> {
    line.clear();
    let mut length = 0;
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() && length == 0 {
            return Ok(None);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(buffer.len());
        let is_last = end.is_some() || buffer.is_empty();
        let room = MAX_LINE.saturating_sub(line.len());
        line.extend_from_slice(&buffer[..taken.min(room)]);
        let used = taken + usize::from(end.is_some());
        // An empty line has a length, too: that of its end.
        length += used;
        reader.consume(used);
        if is_last {
            let bytes = length - usize::from(end.is_some());
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Some(if bytes > MAX_LINE {
                Err(TooLong)
            } else {
                Ok(())
            }));
        }
    }
}

/// A line as text, or why it isn't.
pub(super) fn text(line: &[u8]) -> Result<&str, String> {
    str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        format!("no UTF-8 text: byte {:#04x} at column {}", line[at], at + 1)
    })
}

pub(super) fn too_long() -> String {
    format!("longer than {} MiB", MAX_LINE >> 20)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8], capacity: usize) -> Vec<Result<Vec<u8>, TooLong>> {
        let mut reader = BufReader::with_capacity(capacity, text);
        let mut line = Vec::new();
        let mut lines = Vec::new();
        while let Some(read) = read_line(&mut reader, &mut line).unwrap() {
            lines.push(read.map(|()| line.clone()));
        }
        lines
    }

    #[test]
    fn a_line_ends_where_it_ends_however_it_comes() {
        for capacity in [1, 2, 3, 100] {
            let lines = read(b"one\r\n\ntwo\r\r\nthree", capacity);
            let lines: Vec<_> = lines.into_iter().map(Result::unwrap).collect();
            assert_eq!(lines, [&b"one"[..], b"", b"two\r", b"three"], "{capacity}");
            assert_eq!(read(b"", capacity), []);
        }
    }

    #[test]
    fn a_long_line_is_passed_over_and_the_next_one_is_read() {
        let mut text = vec![b'x'; MAX_LINE];
        text.extend_from_slice(b"\nx");
        text.extend(vec![b'x'; MAX_LINE]);
        text.extend_from_slice(b"\nid\n");
        let lines = read(&text, 8192);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].as_ref().map(Vec::len), Ok(MAX_LINE));
        assert_eq!(lines[1], Err(TooLong));
        assert_eq!(lines[2].as_deref(), Ok(&b"id"[..]));
    }
}
