//! Lines on their way to the disk: one write and one sync for all who wait.

use std::{
    fs::File,
    io::{self, Write as _},
    mem,
    path::{Path, PathBuf},
    process,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{error, io_error};
use crate::Error;

/// So many bytes are kept before they are written without being asked for.
const WRITE_AT: usize = 256 * 1024;

/// So many bytes are kept at most while another thread writes.
const KEEP: usize = 4 * 1024 * 1024;

/// Who adds something leads, unless somebody does: the leader takes all that is there and writes
/// it without the lock; the others wait for it, and the first of those who came too late leads
/// next.
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    state: Mutex<State>,
    /// Who waits for a write with an even number, and with an odd one: who waits for the next is
    /// left asleep when this one is done, but for one who leads it.
    written: [Condvar; 2],
    /// A child of a fork would write its parent's lines a second time.
    process: u32,
}

struct State {
    /// What isn't written yet.
    buffer: Vec<u8>,
    /// Room for the next buffer.
    spare: Vec<u8>,
    /// How long the file is when everything is written, in bytes.
    added: u64,
    /// How long it is; always at a line's end.
    written: u64,
    /// So much of it is on the disk.
    synced: u64,
    is_led: bool,
    /// Number of the last write that was begun.
    round: usize,
    /// How long the file is after it.
    taken: u64,
    broken: Option<Broken>,
}

/// Why nothing is written any more.
struct Broken {
    kind: io::ErrorKind,
    code: Option<i32>,
    problem: String,
}

/// How far something has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Written,
    Synced,
}

impl Writer {
    /// Goes on with a file of this length.
    pub(super) fn new(path: &Path, file: File, length: u64) -> Self {
        Self {
            path: path.to_owned(),
            file,
            state: Mutex::new(State {
                buffer: Vec::new(),
                spare: Vec::new(),
                added: length,
                written: length,
                synced: length,
                is_led: false,
                round: 0,
                taken: length,
                broken: None,
            }),
            written: Default::default(),
            process: process::id(),
        }
    }

    pub(super) fn append(&self, lines: &[u8]) -> Result<(), Error> {
        let state = self.add(lines)?;
        let kept = state.buffer.len();
        if kept < WRITE_AT || (state.is_led && kept < KEEP) {
            return Ok(());
        }
        self.bring(state, Until::Written)
    }

    pub(super) fn write_synced(&self, lines: &[u8]) -> Result<(), Error> {
        let state = self.add(lines)?;
        self.bring(state, Until::Synced)
    }

    fn add(&self, lines: &[u8]) -> Result<MutexGuard<'_, State>, Error> {
        if process::id() != self.process {
            let problem = "belongs to the process that this one was forked from";
            return Err(error(&self.path, problem));
        }
        let mut state = self.state();
        self.check(&state)?;
        state.buffer.extend_from_slice(lines);
        state.added += lines.len() as u64;
        Ok(state)
    }

    /// Waits until all that was added is there, and works for it when nobody else does.
    fn bring<'a>(&'a self, mut state: MutexGuard<'a, State>, until: Until) -> Result<(), Error> {
        let wanted = state.added;
        loop {
            self.check(&state)?;
            let reached = match until {
                Until::Written => state.written,
                Until::Synced => state.synced,
            };
            if reached >= wanted {
                return Ok(());
            }
            state = if state.is_led {
                let round = state.round + usize::from(wanted > state.taken);
                let waited = self.written[round % 2].wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            } else {
                self.lead(state, until)
            };
        }
    }

    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>, until: Until) -> MutexGuard<'a, State> {
        let spare = mem::take(&mut state.spare);
        let mut lines = mem::replace(&mut state.buffer, spare);
        let before = state.written;
        state.is_led = true;
        state.round += 1;
        state.taken = state.added;
        drop(state);

        let mut done = (&self.file).write_all(&lines).inspect_err(|_| {
            // Nobody goes on by a line that isn't whole. Where this fails too, it is a last line
            // that breaks off, which is healed when the journal is opened.
            let _ = self.file.set_len(before);
        });
        if done.is_ok() && until == Until::Synced {
            done = self.file.sync_data();
        }

        let mut state = self.state();
        state.is_led = false;
        match done {
            Ok(()) => {
                state.written = before + lines.len() as u64;
                if until == Until::Synced {
                    state.synced = state.written;
                }
            }
            Err(source) => {
                state.broken = Some(Broken {
                    kind: source.kind(),
                    code: source.raw_os_error(),
                    problem: source.to_string(),
                });
                state.buffer = Vec::new();
            }
        }
        lines.clear();
        state.spare = lines;
        self.written[state.round % 2].notify_all();
        let next = &self.written[(state.round + 1) % 2];
        if state.broken.is_some() {
            next.notify_all();
        } else {
            next.notify_one();
        }
        state
    }

    fn check(&self, state: &State) -> Result<(), Error> {
        let Some(broken) = &state.broken else {
            return Ok(());
        };
        let source = match broken.code {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(broken.kind, broken.problem.clone()),
        };
        Err(io_error(&self.path, "can't be written", source))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if process::id() != self.process {
            return;
        }
        let state = self.state();
        if state.broken.is_none()
            && !state.buffer.is_empty()
            && let Err(error) = self.bring(state, Until::Written)
        {
            log::warn!("{error}");
        }
        // A child that was forked meanwhile has the file too, and closing it here would leave it
        // locked.
        let _ = self.file.unlock();
    }
}
