//! An error as the line that a person reads at night.

use std::fmt;

use mss_core::Outcome;

use super::{Error, ErrorKind};

/// Longest part of a server's text in the line; [`Error::message`] has all that was kept.
const SHOWN_CHARS: usize = 400;

/// Longest part where it matters: the account of all places without credentials, a canonical
/// request.
const OWN_SHOWN_CHARS: usize = 2000;

impl fmt::Display for Error {
    /// What failed, on which file, what was answered, whether it was applied, what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        f.write_str(parts.operation)?;
        if let Some(subject) = &parts.subject {
            write!(f, " of file {subject}")?;
        }
        f.write_str(": ")?;
        if let Some(status) = self.status() {
            write!(f, "status {status}")?;
            if let Some(code) = self.error_code() {
                write!(f, " {code}")?;
            }
            f.write_str(", ")?;
        }
        // A canonical request that is cut can't be explained any more.
        let is_whole = parts.attempts.is_empty() || parts.reason.contains("canonicalRequest:");
        let longest = if is_whole {
            OWN_SHOWN_CHARS
        } else {
            SHOWN_CHARS
        };
        let shown = parts.reason.char_indices().nth(longest);
        match shown {
            Some((end, _)) => write!(f, "{}...", &parts.reason[..end])?,
            None => f.write_str(&parts.reason)?,
        }
        if self.is_of_a_cancelled_batch() {
            // Its outcomes are as many as its items, and its text counts them.
            return Ok(());
        }
        write!(f, " ({}", verdict(parts.outcome))?;
        let untouched = parts
            .upload
            .as_ref()
            .is_none_or(|upload| !upload.left_traces());
        match parts.attempts.len() {
            0 if untouched => f.write_str("; nothing was sent")?,
            0 | 1 => {}
            attempts => write!(f, "; {attempts} attempts")?,
        }
        if let Some(id) = self.request_id() {
            write!(f, "; request id {id}")?;
        }
        f.write_str(")")?;
        if let Some(wait) = parts.retry_after {
            write!(f, "; come back in {} s", wait.as_secs().max(1))?;
        }
        if let Some(upload) = &parts.upload {
            f.write_str("; ")?;
            upload.describe(f, parts.outcome)?;
        }
        if parts.outcome == Outcome::Applied {
            return Ok(());
        }
        let look_first = parts.outcome == Outcome::Unknown && parts.kind != ErrorKind::InvalidInput;
        let is_unsent_refusal =
            parts.kind == ErrorKind::Authentication && parts.attempts.is_empty();
        let advice = if look_first {
            ErrorKind::OutcomeUnknown.advice(parts.operation)
        } else if is_unsent_refusal {
            Some(match parts.retry_after {
                Some(_) => "put right what it says; other credentials are tried at once",
                None => {
                    "put it right before the next try: repeated failures lock keys and accounts"
                }
            })
        } else {
            parts.kind.advice(parts.operation)
        };
        match advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::NotApplied => "not applied",
        Outcome::Unknown => "it is not known whether it was applied",
    }
}
