//! Confirming many files: any number of items in, their results out, in the same order.
//!
//! The calling thread pulls the items, a few ahead of the threads that send them, and hands out
//! the results; so an item's source needn't be `Send`, and who stops iterating stops the batch.

mod confirmation;
mod item;
mod known;
mod line;
mod options;
mod plan;
mod results;
mod resume;
mod short_id;
mod worker;

pub use confirmation::Confirmation;
pub use item::BatchItem;
pub use options::Batch;
pub use results::Confirmations;
pub use resume::OpenEntries;

/// What was being done, in the errors of the batch as a whole.
pub(crate) const NAME: &str = "Batch";
