//! Values of options that several commands have.

use mss_http::Rate;

/// Reads a number of calls or files at a time, from 1 to `MOST`.
pub(crate) fn jobs<const MOST: usize>(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|jobs| (1..=MOST).contains(jobs))
        .ok_or_else(|| format!("is no number from 1 to {MOST}"))
}

/// The library knows which rates make sense.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    if text == "none" {
        return Ok(Rate::Unlimited);
    }
    let rate = text.parse().map(Rate::PerSecond);
    rate.map_err(|_| "is neither a number nor none".to_owned())
}
