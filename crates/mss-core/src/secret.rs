//! Text that must never be seen: keys, tokens, pre-signed URLs.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text: wiped from memory when dropped, hidden in `Debug`, without `Display` or
/// `Serialize`.
///
/// ```
/// let secret = mss_core::Secret::new("not-to-be-seen");
/// assert_eq!(format!("{secret:?}"), "Secret(hidden)");
/// assert_eq!(secret.expose(), "not-to-be-seen");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over. Copies that the caller keeps are the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every use of this method is a place where a secret can leak.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}
