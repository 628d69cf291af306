//! What a test orders to go wrong, and the record of what did.
//!
//! A [`Fault`] says what happens, where and how often; [`Faults`] hands each request at most one
//! of them. Faults of the service's answers are carried out by `service`, those of the wire by
//! `server`.

mod answer;
mod board;
mod check;
mod fault;
mod fields;
mod kind;
mod words;

pub(crate) use self::{
    answer::Answer,
    board::{Armed, Faults},
    kind::{Ending, Kind, Pace, Point},
};
pub use self::{
    board::FaultView,
    fault::{Fault, FaultError},
};
use crate::view::Operation;

/// What a request is about, as far as its head tells.
pub(crate) struct Target {
    pub(crate) operation: Operation,
    /// Unknown when a file is created.
    pub(crate) file_id: Option<String>,
}
