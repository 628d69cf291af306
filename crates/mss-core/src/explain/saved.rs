//! Finds a server's refusal in a saved text: a body, a log, a traceback.

use std::borrow::Cow;

use http::Response;
use serde_json::Value;

use super::LONGEST;
use crate::{ObsError, ServiceError, refusal::Refusal};

/// In lower case, as everything that is looked at here.
const MARK: &str = "canonicalrequest:";

/// So many opening braces are tried before the mark.
const MOST_BRACES: usize = 64;

/// Who refused, as far as a saved text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The gateway, or whoever said this; for [`gateway`](super::gateway).
    Gateway(Vec<u8>),
    /// The object store; for [`object_store`](super::object_store).
    ObjectStore(ObsError),
}

/// Finds what a server said in a saved text, in any of these: the body of an answer, the message
/// alone, a log or a traceback with either in a line of it. Of several the last one counts.
///
/// Takes any bytes; a text in UTF-16 is known by its first two.
///
/// ```
/// use mss_core::explain::{self, Cause, Saved};
///
/// let log = b"10:00 INFO start\n10:01 ERROR {\"error_msg\": \"decrypt token fail\"}\n10:02 INFO end\n";
/// let Saved::Gateway(said) = explain::saved(log) else { panic!() };
/// assert_eq!(*explain::gateway(&said, None).cause(), Cause::Token);
/// ```
pub fn saved(text: &[u8]) -> Saved {
    let text = decoded(text);
    let text = text.trim();
    if let Some(said) = with_canonical_request(text) {
        return Saved::Gateway(said);
    }
    if let Some(error) = object_store_error(text) {
        return Saved::ObjectStore(error);
    }
    if let Some(said) = in_known_words(text) {
        return Saved::Gateway(said);
    }
    // One that is no answer at all would only be searched for words that mean nothing there.
    let is_answer = text.starts_with(['{', '<']) || !text.contains('\n') || text.len() > LONGEST;
    let said = if is_answer { text } else { "" };
    Saved::Gateway(said.as_bytes().to_vec())
}

fn decoded(text: &[u8]) -> Cow<'_, str> {
    let of_units = |unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = text[2..].as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let characters = char::decode_utf16(units);
        let text = characters.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(text.collect())
    };
    match text {
        [0xff, 0xfe, ..] => of_units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => of_units(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(text),
    }
}

/// The body, or the line, that holds a canonical request.
fn with_canonical_request(text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    let at = lower.rfind(MARK)?;
    let holds = |text: &str| text.to_ascii_lowercase().contains(MARK);
    if let Some(found) = json_around(text, at, &holds) {
        return Some(found);
    }
    Some(line_around(text, at).as_bytes().to_vec())
}

/// The line with this place in it, from where the gateway's message begins.
fn line_around(text: &str, at: usize) -> &str {
    const LONGEST_MESSAGE: usize = 1024;
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = line.max(border(text, at.saturating_sub(LONGEST_MESSAGE)));
    let begin = line + message_in(&text[line..at]);
    let rest = &text[begin..];
    rest[..rest.find('\n').unwrap_or(rest.len())].trim_end()
}

/// Where the gateway's message begins in a line.
fn message_in(line: &str) -> usize {
    line.to_ascii_lowercase()
        .rfind("incorrect iam")
        .unwrap_or(0)
}

/// The border between two characters at or before this place.
fn border(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The JSON object around a place, as it stands or as the one text in it that is wanted.
fn json_around(text: &str, at: usize, is_wanted: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let nearest = border(text, at.saturating_sub(LONGEST));
    let braces = text[nearest..at]
        .rmatch_indices('{')
        .map(|(brace, _)| nearest + brace);
    for begin in braces.take(MOST_BRACES) {
        let end = border(text, begin + 2 * LONGEST);
        let mut values = serde_json::Deserializer::from_str(&text[begin..end]).into_iter();
        let Some(Ok(value @ Value::Object(_))) = values.next() else {
            continue;
        };
        let object = &text[begin..begin + values.byte_offset()];
        if begin + object.len() <= at {
            continue;
        }
        let message = ServiceError::parse_uncut(object.as_bytes()).message;
        if message.is_some_and(|message| is_wanted(&message)) {
            return Some(object.as_bytes().to_vec());
        }
        if let Some(found) = text_in(&value, is_wanted) {
            return Some(found.as_bytes().to_vec());
        }
    }
    None
}

/// The text in a JSON value that is wanted, at any depth; serde_json limits that.
fn text_in<'v>(value: &'v Value, is_wanted: &dyn Fn(&str) -> bool) -> Option<&'v str> {
    match value {
        Value::String(text) => is_wanted(text).then_some(text),
        Value::Array(values) => values.iter().find_map(|value| text_in(value, is_wanted)),
        Value::Object(fields) => fields.values().find_map(|value| text_in(value, is_wanted)),
        _ => None,
    }
}

/// The last `<Error>` of the object store.
fn object_store_error(text: &str) -> Option<ObsError> {
    const BEGIN: &str = "<Error";
    const END: &str = "</Error>";
    let end = text.rfind(END)? + END.len();
    let begin = text[..end].rfind(BEGIN)?;
    let error = ObsError::parse(&Response::new(text.as_bytes()[begin..end].to_vec()));
    error.code.is_some().then_some(error)
}

/// The last line, or the JSON object in it, that says in the gateway's words why it refused.
fn in_known_words(text: &str) -> Option<Vec<u8>> {
    let tells = |text: &str| {
        !matches!(
            Refusal::read(text),
            Refusal::Other | Refusal::Signature { .. }
        )
    };
    let names_signature = |text: &str| !matches!(Refusal::read(text), Refusal::Other);
    let wanted: [&dyn Fn(&str) -> bool; 2] = [&tells, &names_signature];
    // A JSON object may go over many lines.
    if text.len() <= LONGEST && text.starts_with('{') {
        let found = wanted
            .iter()
            .find_map(|wanted| json_around(text, 1, wanted));
        if found.is_some() {
            return found;
        }
    }
    let lines = || {
        let lines = text.lines().rev();
        lines.filter(|line| line.len() <= LONGEST && is_of_the_gateway(line))
    };
    wanted.iter().find_map(|wanted| {
        let line = lines().find(|line| wanted(line))?;
        let from_json = line
            .find('{')
            .and_then(|at| json_around(line, at + 1, wanted));
        let message = || line[message_in(line)..].trim().as_bytes().to_vec();
        Some(from_json.unwrap_or_else(message))
    })
}

/// Whether a line of a log can be the gateway's: others speak of signatures and limits, too.
fn is_of_the_gateway(line: &str) -> bool {
    const WORDS: [&str; 5] = [
        "apig",
        "iam auth",
        "aksk",
        "signature expired",
        "decrypt token",
    ];
    let lower = line.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}
