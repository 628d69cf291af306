//! What goes into a batch.

use mss_core::{FileId, InvalidInput, UploadState};

/// A file and the state that is to be reported for it.
#[derive(Debug, Clone)]
pub struct BatchItem(pub(super) Option<Given>);

#[derive(Debug, Clone)]
pub(super) enum Given {
    Confirm(FileId, UploadState),
    Invalid(Box<str>, InvalidInput),
    /// An entry of the journal that is still open.
    Entry(u64, FileId, UploadState),
}

impl BatchItem {
    /// Reports `state` for the file.
    pub fn new(file_id: FileId, state: UploadState) -> Self {
        Self(Some(Given::Confirm(file_id, state)))
    }

    /// Something that should have been a file's id or state and isn't. It fails where it stands,
    /// unsent, and the others go on.
    pub fn invalid(subject: &str, problem: InvalidInput) -> Self {
        Self(Some(Given::Invalid(subject.into(), problem)))
    }

    /// The source has nothing at the moment. Results are handed out in the meantime, and it is asked
    /// again soon; a source that blocked would hold them up. It should wait a little by itself.
    pub fn later() -> Self {
        Self(None)
    }

    /// Reads both texts; what they don't hold becomes an item that fails.
    pub fn parse(file_id: &str, state: &str) -> Self {
        let read = || Ok((file_id.parse()?, state.parse()?));
        match read() {
            Ok((file_id, state)) => Self::new(file_id, state),
            Err(problem) => Self::invalid(file_id, problem),
        }
    }
}
