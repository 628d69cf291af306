//! Rows of JSON lines.

use serde_json::error::Category;

use super::{lines, rows::Entry};

/// Reads an object; keys that mean nothing here are left out.
pub(super) fn entry<T: Entry>(line: &[u8]) -> Result<T, String> {
    let text = lines::text(line)?;
    if !text.starts_with('{') {
        return Err("no JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| {
        // Each line is a document of its own, so "line 1" would only lead astray.
        let told = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let problem = told.strip_suffix(&place).unwrap_or(&told);
        match error.classify() {
            Category::Data if problem.starts_with("missing") => problem.to_owned(),
            Category::Data => format!("{problem}, at column {}", error.column()),
            _ => format!("no JSON object: {problem} at column {}", error.column()),
        }
    })
}
