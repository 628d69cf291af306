//! Reading a journal, line by line.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use mss_core::journal::{BadLine, Header, JournalKind, Ledger, Record};

use super::{error, io_error};
use crate::Error;

/// Longest line that can be one.
const MAX_LINE: u64 = 1024 * 1024;

/// Where the good lines end.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// So many bytes are good.
    pub(super) length: u64,
    /// Number of a last line that breaks off.
    pub(super) torn: Option<u64>,
    /// Whether the last line is whole but for its end.
    pub(super) needs_newline: bool,
}

pub(super) fn read(path: &Path, file: &File) -> Result<(Ledger, End), Error> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let failed = |source| io_error(path, "can't be read", source);
    let mut ledger: Option<Ledger> = None;
    let mut end = End {
        length: 0,
        torn: None,
        needs_newline: false,
    };
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let limited = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let length = limited.map_err(failed)? as u64;
        if length == 0 {
            break;
        }
        if length == MAX_LINE {
            return Err(error(
                path,
                format!("line {number} is longer than any record"),
            ));
        }
        let is_last = reader.fill_buf().map_err(failed)?.is_empty();
        let is_whole = line.ends_with(b"\n");
        match take(&mut ledger, text(&line)) {
            Ok(()) => {
                end.length += length;
                end.needs_newline = !is_whole;
            }
            // What a header guards is the whole journal, so it isn't healed.
            Err(bad) if is_last && bad.is_no_json() && ledger.is_some() => {
                end.torn = Some(number);
            }
            Err(bad) => return Err(error(path, format!("line {number} {bad}"))),
        }
    }
    match ledger {
        Some(ledger) => Ok((ledger, end)),
        None => Err(error(
            path,
            "is empty, so nothing was sent under it: remove it and begin anew",
        )),
    }
}

/// Shows the records of a journal that was found to be good.
pub(super) fn each_record(
    path: &Path,
    kind: JournalKind,
    mut show: impl FnMut(Record),
) -> Result<(), Error> {
    let failed = |source| io_error(path, "can't be read", source);
    let file = File::open(path).map_err(failed)?;
    let lines = BufReader::with_capacity(256 * 1024, file).split(b'\n');
    for (number, line) in (1_u64..).zip(lines).skip(1) {
        let line = line.map_err(failed)?;
        let record = Record::parse(kind, text(&line));
        show(record.map_err(|bad| error(path, format!("line {number} {bad}")))?);
    }
    Ok(())
}

fn take(ledger: &mut Option<Ledger>, line: &[u8]) -> Result<(), BadLine> {
    if let Some(ledger) = ledger {
        return ledger.read(line);
    }
    *ledger = Some(Ledger::new(Header::parse(line)?));
    Ok(())
}

/// Without its end, which an editor may have made CR LF.
fn text(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
