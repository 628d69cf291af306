//! The journal of a batch: what stands in its lines, and what they say is still to be done.
//!
//! A journal is JSON lines. The first is a [`Header`], every other a [`Record`]: one step of one
//! entry, written before the side effect that it guards. [`Ledger`] folds them and says for each
//! entry what is left ([`Todo`]). Where the lines are kept is no business of this module; nothing
//! in its types can hold a secret or a pre-signed URL.
//!
//! ```
//! use mss_core::journal::{Header, JournalKind, Ledger, Todo};
//! use mss_core::UploadState;
//!
//! let text = r#"{"journal":"metastudio","version":1,"kind":"confirm","endpoint":"https://h","project_id":"p"}
//! {"n":0,"item":{"file_id":"f1","state":"CREATED"}}
//! {"n":0,"sending":"CREATED"}"#;
//! let mut lines = text.lines();
//! let header = Header::parse(lines.next().unwrap().as_bytes())?;
//! let mut ledger = Ledger::new(header);
//! for line in lines {
//!     ledger.read(line.trim().as_bytes())?;
//! }
//! // Nobody knows whether it arrived, so the same is sent again.
//! let file_id = "f1".parse()?;
//! let again = Todo::Confirm { file_id, state: UploadState::Created, was_sent: true };
//! assert_eq!(ledger.todo(0), Some(again));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compact_id;
mod confirms;
mod ended;
mod header;
mod ledger;
mod line;
mod record;
#[cfg(test)]
mod tests;
mod upload_item;
mod uploads;

pub use ended::Ended;
pub use header::{FORMAT_VERSION, Header, JournalKind};
pub use ledger::{Counts, Ledger, Todo};
pub use line::BadLine;
pub use record::{Created, Creating, Item, Record, Step};
pub use upload_item::{AssetPlan, UploadItem};
