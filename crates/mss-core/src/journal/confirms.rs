//! The entries of a journal of confirmations, small: there may be a million.

use super::{compact_id::CompactId, ledger::Todo, line::BadLine, record::Step};
use crate::{FileId, Outcome, UploadState};

#[derive(Debug, Clone, Default)]
pub(super) struct Confirms {
    ids: Vec<CompactId>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    /// What was sent last, else what is planned.
    state: UploadState,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing was sent.
    Planned,
    /// Something may have been sent, and it isn't known what became of it, or it may be tried
    /// again.
    Sent,
    Applied,
    Refused,
}

impl Confirms {
    pub(super) fn len(&self) -> u64 {
        self.ids.len() as u64
    }

    pub(super) fn plan(&mut self, file_id: FileId, state: UploadState) {
        self.ids.push(file_id.into());
        self.marks.push(Mark {
            state,
            progress: Progress::Planned,
        });
    }

    pub(super) fn take(&mut self, entry: u64, step: &Step) -> Result<(), BadLine> {
        let index = usize::try_from(entry).ok();
        let Some(mark) = index.and_then(|index| self.marks.get_mut(index)) else {
            return Err(BadLine::new("is about an entry that isn't planned"));
        };
        match step {
            Step::Sending(state) => {
                check_order(mark.may_be_created(), *state)?;
                mark.state = *state;
                mark.progress = Progress::Sent;
            }
            Step::Ended(ended) => {
                if ended.state.is_some_and(|state| state != mark.state) {
                    let problem = format!("ends another state than {}, the last one", mark.state);
                    return Err(BadLine::new(problem));
                }
                mark.progress = match ended.outcome {
                    Outcome::Applied => Progress::Applied,
                    Outcome::NotApplied if ended.is_refusal() => Progress::Refused,
                    _ => mark.progress,
                };
            }
            _ => {
                return Err(BadLine::new(
                    "is a step of an upload, not of a confirmation",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn todo(&self, entry: u64) -> Option<Todo> {
        let mark = self.mark(entry)?;
        Some(match mark.progress {
            Progress::Applied => Todo::Applied(mark.state),
            Progress::Refused => Todo::Refused,
            Progress::Planned | Progress::Sent => Todo::Confirm {
                file_id: self.file_id(entry)?,
                state: mark.state,
                was_sent: mark.progress == Progress::Sent,
            },
        })
    }

    pub(super) fn file_id(&self, entry: u64) -> Option<FileId> {
        self.ids.get(usize::try_from(entry).ok()?)?.to_id()
    }

    pub(super) fn may_be_created(&self, entry: u64) -> bool {
        self.mark(entry).is_some_and(Mark::may_be_created)
    }

    fn mark(&self, entry: u64) -> Option<Mark> {
        self.marks.get(usize::try_from(entry).ok()?).copied()
    }
}

impl Mark {
    fn may_be_created(self) -> bool {
        self.state == UploadState::Created && self.progress != Progress::Planned
    }
}

/// After CREATED nothing else may follow.
pub(super) fn check_order(may_be_created: bool, state: UploadState) -> Result<(), BadLine> {
    if may_be_created && state != UploadState::Created {
        let problem = format!("sends {state} for a file for which CREATED was sent");
        return Err(BadLine::new(problem));
    }
    Ok(())
}
