//! Files with a token that somebody else renews.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use mss_core::Secret;

use super::{NotFound, Why};

/// Longest token, in bytes: more than any service takes.
const LONGEST: u64 = 64 * 1024;

/// Reads the token anew: a cluster replaces it while the program runs. `named` says who names the
/// file, for a message: `HUAWEICLOUD_OIDC_TOKEN_FILE`.
pub(super) fn read(path: &Path, named: &str) -> Result<Secret, NotFound> {
    let invalid = |problem: String| {
        let problem = format!("the token file {} of {named} {problem}", path.display());
        NotFound::new(Why::Invalid, problem)
    };
    let text = read_text(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => invalid("isn't text".to_owned()),
        _ => invalid(format!("can't be read: {error}")),
    })?;
    if text.len() as u64 > LONGEST {
        return Err(invalid(format!("is longer than {} KiB", LONGEST / 1024)));
    }
    let token = text.trim();
    if token.is_empty() {
        return Err(invalid("is empty".to_owned()));
    }
    Ok(Secret::new(token))
}

fn read_text(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for somebody who writes.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}
