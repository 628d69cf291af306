//! The files of a batch and what became of them, in at most 48 bytes each.
//!
//! An id is known by 96 bits of a keyed hash: with a million ids, two are taken for one with a
//! probability of 10⁻¹⁷.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use hashbrown::HashTable;
use mss_core::{ConfirmFileUpload, ConfirmedUpload, FileId, Operation as _, Outcome, UploadState};

use super::{confirmation::Confirmation, short_id::ShortId};
use crate::{Attempt, Error, ErrorKind, journal};

/// Entries are kept in pieces of so many: a vector that doubles would need thrice its size.
const PIECE: usize = 4096;

/// Number of an entry.
pub(super) type Number = u32;

/// What is known of an id that comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    New(Number),
    Same(Number),
    Conflict(UploadState),
}

/// The files of a batch.
#[derive(Default)]
pub(super) struct Known {
    hashers: [RandomState; 2],
    pieces: Vec<Vec<Entry>>,
    numbers: HashTable<Number>,
    /// Ways to end: few, however many files there are.
    endings: Vec<Ending>,
    /// Ids of requests that don't fit into an entry.
    long_request_ids: HashMap<Number, Box<str>>,
}

/// 36 bytes, and the table of numbers takes up to 11.5 for each.
struct Entry {
    id: Id,
    request_id: ShortId,
    /// Up to four hours and a half.
    millis: [u8; 3],
    attempts: u8,
    state: UploadState,
    progress: Progress,
}

type Id = [u32; 3];

/// Planned, begun, or else ended: place in the list of endings behind these two.
type Progress = u16;
const PLANNED: Progress = 0;
const BEGUN: Progress = 1;

#[derive(PartialEq, Eq)]
struct Ending {
    outcome: Outcome,
    status: Option<u16>,
    /// None for a success.
    kind: Option<ErrorKind>,
    code: Option<Box<str>>,
}

impl Known {
    /// Takes a note of an item to come.
    pub(super) fn note(&mut self, file_id: &FileId, state: UploadState) -> Seen {
        let id = self.id(file_id);
        let pieces = &self.pieces;
        let found = self
            .numbers
            .find(hash(&id), |it| entry(pieces, *it).id == id);
        if let Some(&number) = found {
            let earlier = entry(pieces, number).state;
            return if earlier == state {
                Seen::Same(number)
            } else {
                Seen::Conflict(earlier)
            };
        }
        let number = self.push(Entry::planned(id, state));
        let pieces = &self.pieces;
        let rehash = |it: &Number| hash(&entry(pieces, *it).id);
        self.numbers.insert_unique(hash(&id), number, rehash);
        Seen::New(number)
    }

    /// Takes a note of a journal's next entry. Each has a number of its own; a file that stands
    /// there twice is known by its first.
    pub(super) fn note_entry(&mut self, file_id: &FileId, state: UploadState) {
        if !matches!(self.note(file_id, state), Seen::New(_)) {
            self.push(Entry::planned(self.id(file_id), state));
        }
    }

    /// Whether the file is still to be sent; it counts as begun from now on.
    pub(super) fn begins(&mut self, number: Number) -> bool {
        let entry = entry_mut(&mut self.pieces, number);
        let is_planned = entry.progress == PLANNED;
        if is_planned {
            entry.progress = BEGUN;
        }
        is_planned
    }

    /// Keeps what became of the file.
    pub(super) fn keep(&mut self, number: Number, ended: &Confirmation) {
        let ending = Ending {
            outcome: ended.outcome(),
            status: ended.status,
            kind: ended.result.as_ref().err().map(Error::kind),
            code: ended.error_code().map(Into::into),
        };
        self.end(
            number,
            ending,
            ended.request_id(),
            ended.attempts,
            ended.elapsed,
        );
    }

    /// Keeps what a journal says that became of it, where it is known for good: all else is to be
    /// sent again.
    pub(super) fn keep_recorded(&mut self, number: Number, ended: &journal::Ended) {
        let kind = ended.kind.as_deref();
        let is_refused = ended.is_refusal() && kind.is_some();
        if ended.outcome != Outcome::Applied && !is_refused {
            return;
        }
        let ending = Ending {
            outcome: ended.outcome,
            status: ended.status,
            kind: kind.map(|it| ErrorKind::named(it).unwrap_or(ErrorKind::Rejected)),
            code: ended.error_code.as_deref().map(Into::into),
        };
        let elapsed = Duration::from_millis(ended.ms.unwrap_or(0));
        let attempts = ended.attempts.unwrap_or(0);
        self.end(
            number,
            ending,
            ended.request_id.as_deref(),
            attempts,
            elapsed,
        );
    }

    fn end(
        &mut self,
        number: Number,
        ending: Ending,
        request_id: Option<&str>,
        attempts: u32,
        elapsed: Duration,
    ) {
        let progress = self.progress(ending);
        let request_id = request_id.unwrap_or_default();
        let short = ShortId::of(request_id);
        if short.is_none() {
            self.long_request_ids.insert(number, request_id.into());
        }
        let millis = elapsed.as_millis().min(0xff_ffff);
        #[allow(clippy::cast_possible_truncation)] // a byte at a time is wanted
        let byte_of_millis = |byte: usize| (millis >> (8 * byte)) as u8;
        let entry = entry_mut(&mut self.pieces, number);
        entry.progress = progress;
        entry.request_id = short.unwrap_or_default();
        entry.millis = std::array::from_fn(byte_of_millis);
        entry.attempts = u8::try_from(attempts).unwrap_or(u8::MAX);
    }

    /// What became of the file, for another item that asks the same.
    pub(super) fn repeat(&self, number: Number, index: u64, subject: Box<str>) -> Confirmation {
        let entry = entry(&self.pieces, number);
        let long = self.long_request_ids.get(&number);
        let request_id = long.map_or_else(|| entry.request_id.text(), |it| Some(it.to_string()));
        let [low, middle, high] = entry.millis;
        let elapsed = Duration::from_millis(u32::from_le_bytes([low, middle, high, 0]).into());
        let ending = usize::from(entry.progress).checked_sub(2);
        let ending = ending.and_then(|place| self.endings.get(place));
        let status = ending.and_then(|it| it.status);
        let result = match ending {
            Some(Ending { kind: None, .. }) => {
                Ok(ConfirmedUpload::new(request_id.unwrap_or_default()))
            }
            failed => {
                let last = Attempt {
                    status,
                    error_code: failed.and_then(|it| it.code.as_deref()).map(str::to_owned),
                    message: "as for the same item before".to_owned(),
                    request_id,
                    outcome: failed.map_or(Outcome::Unknown, |it| it.outcome),
                    duration: elapsed,
                };
                let kind = failed.and_then(|it| it.kind);
                let kind = kind.unwrap_or(ErrorKind::OutcomeUnknown);
                Err(Error::repeated(
                    ConfirmFileUpload::NAME,
                    kind,
                    &subject,
                    last,
                ))
            }
        };
        Confirmation {
            index,
            subject,
            state: Some(entry.state),
            result,
            status,
            attempts: entry.attempts.into(),
            elapsed,
            is_repeat: true,
        }
    }

    fn id(&self, file_id: &FileId) -> Id {
        let [first, second] = &self.hashers;
        let low = first.hash_one(file_id.as_str());
        #[allow(clippy::cast_possible_truncation)] // 96 bits are wanted
        let high = second.hash_one(file_id.as_str()) as u32;
        #[allow(clippy::cast_possible_truncation)]
        [low as u32, (low >> 32) as u32, high]
    }

    fn push(&mut self, new: Entry) -> Number {
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let number = (self.pieces.len() - 1) * PIECE + self.pieces.last().map_or(0, Vec::len);
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(new);
        }
        // Four thousand million files would need more memory than there is.
        Number::try_from(number).unwrap_or(Number::MAX)
    }

    fn progress(&mut self, mut ending: Ending) -> Progress {
        /// A service that makes up codes without end gets no memory for them.
        const MOST: usize = 1000;
        if self.endings.len() >= MOST {
            ending.code = None;
        }
        let place = self.endings.iter().position(|it| *it == ending);
        let place = place.unwrap_or_else(|| {
            self.endings.push(ending);
            self.endings.len() - 1
        });
        Progress::try_from(place + 2).unwrap_or(BEGUN)
    }
}

impl Entry {
    fn planned(id: Id, state: UploadState) -> Self {
        Self {
            id,
            request_id: ShortId::default(),
            millis: [0; 3],
            attempts: 0,
            state,
            progress: PLANNED,
        }
    }
}

fn hash(id: &Id) -> u64 {
    u64::from(id[0]) | u64::from(id[1]) << 32
}

fn entry(pieces: &[Vec<Entry>], number: Number) -> &Entry {
    let number = number as usize;
    &pieces[number / PIECE][number % PIECE]
}

fn entry_mut(pieces: &mut [Vec<Entry>], number: Number) -> &mut Entry {
    let number = number as usize;
    &mut pieces[number / PIECE][number % PIECE]
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files", self.numbers.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(number: Number, subject: &str) -> Confirmation {
        Confirmation {
            index: number.into(),
            subject: subject.into(),
            state: Some(UploadState::Created),
            result: Ok(ConfirmedUpload::new(format!("{number:032x}"))),
            status: Some(200),
            attempts: 1,
            elapsed: Duration::from_secs(70),
            is_repeat: false,
        }
    }

    #[test]
    fn a_million_files_take_at_most_48_bytes_each() {
        const FILES: u32 = 1_000_000;
        let id = |number: u32| -> FileId { format!("file-{number}").parse().unwrap() };
        let mut known = Known::default();
        let used = allocation_counter::measure(|| {
            for number in 0..FILES {
                let file_id = id(number);
                assert_eq!(
                    known.note(&file_id, UploadState::Created),
                    Seen::New(number)
                );
                assert!(known.begins(number));
                known.keep(number, &ended(number, file_id.as_str()));
            }
        });
        let each = used.bytes_current / i64::from(FILES);
        assert!(each <= 48, "{each} bytes a file");
        for number in (0..FILES).step_by(99_991) {
            let file_id = id(number);
            assert_eq!(
                known.note(&file_id, UploadState::Created),
                Seen::Same(number)
            );
            assert_eq!(
                known.note(&file_id, UploadState::Failed),
                Seen::Conflict(UploadState::Created)
            );
            assert!(!known.begins(number));
            let again = known.repeat(number, 7, "f".into());
            let first = ended(number, "f");
            assert_eq!(again.request_id(), first.request_id());
            assert_eq!((again.status, again.attempts), (Some(200), 1));
            assert_eq!(again.elapsed, first.elapsed);
        }
    }
}
