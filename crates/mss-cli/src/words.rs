//! Words of the library, and of the shell, as the command says them.

use std::borrow::Cow;

/// Names that the library uses for what is an option here.
const OPTIONS: [(&str, &str); 7] = [
    ("allow_http", "--allow-http"),
    ("ca_file", "--ca-file"),
    ("client_cert", "--client-cert"),
    ("client_key", "--client-key"),
    (
        "danger_accept_invalid_certs",
        "--danger-accept-invalid-certs",
    ),
    ("spool_limit", "--spool-limit"),
    ("verify_source", "--verify-source"),
];

/// A text of the library with the names of options in place of its own.
pub(crate) fn in_options(text: &str) -> Cow<'_, str> {
    if !OPTIONS.iter().any(|(theirs, _)| text.contains(theirs)) {
        return Cow::Borrowed(text);
    }
    let word = |word: &str| {
        let (before, rest) = word.split_at(word.len() - word.trim_start_matches('(').len());
        let bare = rest.trim_end_matches([')', ';', ':', ',']);
        let ours = OPTIONS.iter().find(|(theirs, _)| *theirs == bare);
        match ours {
            Some((_, ours)) => format!("{before}{ours}{}", &rest[bare.len()..]),
            None => word.to_owned(),
        }
    };
    // Whole words only: paths and ids stay as they are.
    let words: Vec<_> = text.split(' ').map(word).collect();
    Cow::Owned(words.join(" "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_library_are_options_here_and_paths_stay() {
        for (theirs, ours) in [
            ("a limit (spool_limit)", "a limit (--spool-limit)"),
            (
                "loopback only; see allow_http)",
                "loopback only; see --allow-http)",
            ),
            ("verify_source can't", "--verify-source can't"),
            ("of file /spool_limit/a.mp4", "of file /spool_limit/a.mp4"),
        ] {
            assert_eq!(in_options(theirs), ours);
        }
    }
}
