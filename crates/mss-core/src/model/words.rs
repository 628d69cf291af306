//! Enums of the wire's words that keep words they don't know.

use crate::InvalidInput;

/// Longest word that a caller may give: the documented length of a category. The documents state
/// none for the others.
const MAX_WORD_CHARS: usize = 128;

/// Makes an enum of known words, with `Unknown` for those that the vendor adds later.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that this version doesn't know.
            Unknown(Box<str>),
        }

        impl $name {
            /// The words that this version knows, in the documents' order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }

            fn of_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    // It may come from an answer and end on a terminal.
                    _ => Self::Unknown(
                        $crate::service_error::excerpt(word.as_bytes())
                            .unwrap_or_default()
                            .into(),
                    ),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Ok(Self::of_word(&word))
            }
        }
    };
}

pub(super) use words;

/// Whether a caller's word can be sent: a known one, or one that looks like them.
pub(super) fn check(field: &'static str, value: &str, known: &[&str]) -> Result<(), InvalidInput> {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=MAX_WORD_CHARS).contains(&value.len()) && value.bytes().all(allowed) {
        return Ok(());
    }
    let problem = format!(
        "must be one of {} or another word of A-Z 0-9 _ up to {MAX_WORD_CHARS} characters",
        known.join(", ")
    );
    Err(InvalidInput::with_value(field, problem, value))
}
