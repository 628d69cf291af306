//! Name and type of a file, which both calls that register one take.

use crate::InvalidInput;

/// Longest file name, in characters.
pub const MAX_FILE_NAME_CHARS: usize = 256;

/// Longest file type, in characters.
const MAX_FILE_TYPE_CHARS: usize = 64;

/// The type that a checked name stands for: its extension, in lower case.
pub(super) fn type_of_name(name: &str) -> Result<String, InvalidInput> {
    check_name(name)?;
    match name.rsplit_once('.') {
        Some((_, extension)) if !extension.is_empty() => Ok(extension.to_ascii_lowercase()),
        _ => Err(InvalidInput::new(
            "file_type",
            "is missing: the file's name needs an extension, as in clip.mp4",
        )),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), InvalidInput> {
    let refuse = |problem: &str| Err(InvalidInput::with_value("file_name", problem, name));
    if name.is_empty() {
        return Err(InvalidInput::new("file_name", "is empty"));
    }
    if name.chars().count() > MAX_FILE_NAME_CHARS {
        return refuse("is longer than 256 characters");
    }
    if name.chars().any(char::is_control) {
        return refuse("may not hold control characters");
    }
    if name.contains(['/', '\\']) {
        return refuse("may not hold a path separator");
    }
    Ok(())
}

pub(super) fn check_type(file_type: &str) -> Result<(), InvalidInput> {
    let problem = if file_type.is_empty() {
        "is empty"
    } else if file_type.chars().count() > MAX_FILE_TYPE_CHARS {
        "is longer than 64 characters"
    } else if file_type.chars().any(char::is_control) {
        "may not hold control characters"
    } else {
        return Ok(());
    };
    Err(InvalidInput::new("file_type", problem))
}
