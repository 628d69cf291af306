//! The error for input that is refused before anything is sent.

use std::fmt::{self, Write as _};

/// Longest part of a refused value that an error repeats.
const SHOWN_CHARS: usize = 40;

/// A value that can't be sent: which one, and why.
///
/// Nothing has been sent when this error appears. Values of secret fields are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidInput {
    field: &'static str,
    problem: String,
}

impl InvalidInput {
    /// An error for `field`; `problem` continues the sentence that begins with the field's name.
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }

    /// As [`InvalidInput::new`], with the beginning of the refused value behind the problem.
    pub fn with_value(field: &'static str, problem: impl fmt::Display, value: &str) -> Self {
        Self::new(field, format!("{problem}, got {}", Shown(value)))
    }

    /// Name of the refused field, as the vendor's documents write it: `file_id`, `state`, ...
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// A foreign value in quotes: escaped, and cut where it gets long.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars().take(SHOWN_CHARS) {
            write!(f, "{}", c.escape_debug())?;
        }
        f.write_char('"')?;
        if self.0.chars().nth(SHOWN_CHARS).is_some() {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_and_control_characters_are_escaped() {
        let error = InvalidInput::with_value("file_id", "is too long", &"a\r\n".repeat(100));
        let text = error.to_string();
        assert!(
            text.starts_with("file_id is too long, got \"a\\r\\na\\r\\n"),
            "{text}"
        );
        assert!(text.ends_with("... (300 bytes)"), "{text}");
        assert!(!text.contains('\n'));
    }
}
