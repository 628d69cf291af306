//! How fast calls may follow one another, as a pure decision: the time is an argument.

mod class;
#[cfg(test)]
mod course;
mod pace;
mod recent;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub use class::CallClass;
pub use pace::{Pace, Throttle};
