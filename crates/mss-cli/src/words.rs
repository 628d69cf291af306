//! Words of the library, and of the shell, as the command says them.

use std::borrow::Cow;

/// Names that the library uses for what is an option here.
const OPTIONS: [(&str, &str); 3] = [
    ("allow_http", "--allow-http"),
    ("spool_limit", "--spool-limit"),
    ("verify_source", "--verify-source"),
];

/// A text of the library with the names of options in place of its own.
pub(crate) fn in_options(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (theirs, ours) in OPTIONS {
        if text.contains(theirs) {
            text = Cow::Owned(text.replace(theirs, ours));
        }
    }
    text
}

/// One word for the shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// An option with its value, for the end of a command.
pub(crate) fn option(name: &str, value: &str) -> String {
    format!(" --{name} {}", quoted(value))
}

/// A number of things: `1 byte`, `2 bytes`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}
