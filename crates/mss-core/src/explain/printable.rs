//! Texts of a server, made fit to be seen: no control characters, no secrets, no end of them.

use std::borrow::Cow;

use super::sections::Sections;
use crate::service_error::is_unfit_for_a_line;

/// What stands where something was taken out.
const MARK: &str = "***";

/// Longest value that is shown, in bytes.
const LONGEST: usize = 2048;

/// How much of a signature may be shown.
const SIGNATURE_SHOWN: usize = 8;

/// Shorter values aren't looked for: they would be found in every second word.
const SHORTEST_SECRET: usize = 6;

/// So many are looked for, each in every line; a request has one or two.
const MOST_SECRETS: usize = 16;

/// Longer runs of letters and digits in words of a server may be a token.
const LONGEST_RUN: usize = 64;

/// A text for a terminal: control characters are written out, and what is too long is cut.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars() {
        if shown.len() > LONGEST {
            shown.push('…');
            break;
        }
        if is_unfit_for_a_line(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Knows what must not be seen.
pub(super) struct Mask<'a> {
    secrets: Vec<&'a str>,
}

impl<'a> Mask<'a> {
    /// Hides what requests have in their secret headers, wherever else it stands.
    pub(super) fn new<'b>(requests: impl IntoIterator<Item = &'b Sections<'a>>) -> Self
    where
        'a: 'b,
    {
        let headers = requests.into_iter().flat_map(|it| &it.headers);
        let secret = headers.filter(|(name, _)| is_secret(name));
        Self::hiding(secret.map(|(_, value)| *value))
    }

    /// Hides values of a URL's query.
    pub(super) fn of_url(values: &'a [String]) -> Self {
        Self::hiding(values.iter().map(String::as_str))
    }

    fn hiding(values: impl Iterator<Item = &'a str>) -> Self {
        Self {
            secrets: values
                .filter(|value| value.len() >= SHORTEST_SECRET)
                .take(MOST_SECRETS)
                .collect(),
        }
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str, value: &str) -> String {
        if is_secret(name) && !value.is_empty() {
            return format!("{MARK} ({} characters)", value.chars().count());
        }
        self.words(value)
    }

    /// A path or a query: long names are none of a token, but parameters may be.
    pub(super) fn target(&self, text: &str) -> String {
        printable(&without_named(&self.without_known(text)))
    }

    /// Any other text.
    pub(super) fn words(&self, text: &str) -> String {
        printable(&without_runs(&without_named(&self.without_known(text))))
    }

    fn without_known<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret) {
                text = Cow::Owned(text.replace(secret, MARK));
            }
        }
        text
    }
}

/// Whether a header of this name, in lower case, holds what gives access.
pub(super) fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "token",
        "auth",
        "cookie",
        "secret",
        "passw",
        "signature",
        "credential",
        "key",
    ];
    WORDS.iter().any(|word| name.contains(word))
}

/// Whether a value can be ours with a part of it hidden before it came here.
pub(super) fn is_hidden(ours: &str, theirs: &str) -> bool {
    let shown = theirs.split_once(MARK);
    shown.is_some_and(|(before, after)| ours.starts_with(before) && ours.ends_with(after))
}

/// Strikes out the values in `token=...`, `X-Auth-Token: ...`, `"Signature":"..."` and their like.
fn without_named(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in lower.match_indices([':', '=']) {
        if at < from {
            continue;
        }
        let name = name_before(&lower.as_bytes()[from..at]);
        if !is_secret(name) || name == "signedheaders" {
            continue;
        }
        let rest = text[at + 1..].trim_start_matches([' ', '"', '\'', '\\']);
        let begin = text.len() - rest.len();
        // After these names comes more than one word.
        let is_phrase = name.contains("auth") || name.contains("cookie");
        let ends = |c: char| {
            matches!(c, '|' | '"' | '<' | '\n' | '\r')
                || !is_phrase && (c.is_whitespace() || ",;&'}".contains(c))
        };
        let len = rest.find(ends).unwrap_or(rest.len());
        clean.push_str(&text[from..begin]);
        if len > 0 {
            if name.ends_with("signature") {
                let shown = rest[..len]
                    .char_indices()
                    .nth((len / 2).min(SIGNATURE_SHOWN));
                clean.push_str(&rest[..shown.map_or(0, |(end, _)| end)]);
            }
            clean.push_str(MARK);
        }
        from = begin + len;
    }
    clean.push_str(&text[from..]);
    clean
}

/// The name at the end of a text, without quotes and blanks behind it.
fn name_before(text: &[u8]) -> &str {
    const LONGEST_NAME: usize = 64;
    let text = &text[text.len().saturating_sub(LONGEST_NAME)..];
    let len = text
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b'"' | b'\'' | b'\\'))
        .map_or(0, |last| last + 1);
    let is_of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let begin = text[..len]
        .iter()
        .rposition(|byte| !is_of_a_name(byte))
        .map_or(0, |last| last + 1);
    str::from_utf8(&text[begin..len]).unwrap_or_default()
}

/// Strikes out long runs as tokens have them: capitals, small letters and digits in one.
fn without_runs(text: &str) -> String {
    let is_of_a_run = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let len = rest.find(|c| !is_of_a_run(c)).unwrap_or(rest.len());
        let (run, more) = rest.split_at(len);
        let has = |kind: fn(&u8) -> bool| run.bytes().any(|byte| kind(&byte));
        let is_mixed =
            has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
        clean.push_str(if len > LONGEST_RUN && is_mixed {
            MARK
        } else {
            run
        });
        let end = more.find(is_of_a_run).unwrap_or(more.len());
        clean.push_str(&more[..end]);
        rest = &more[end..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Mask::of_url(&[]).words(text)
    }

    #[test]
    fn named_secrets_are_struck_out() {
        for (text, expected) in [
            (
                "Authorization: SDK-HMAC-SHA256 Access=AK, Signature=0123",
                "Authorization: ***",
            ),
            ("Signature=0123456789abcdef, x", "Signature=01234567***, x"),
            ("Signature=0123", "Signature=01***"),
            ("x-security-token:PLANTED|x:1", "x-security-token:***|x:1"),
            (
                r#"{"token" : "PLANTED", "a":1}"#,
                r#"{"token" : "***", "a":1}"#,
            ),
            (
                "?a=1&X-Obs-Security-Token=PLANTED&b",
                "?a=1&X-Obs-Security-Token=***&b",
            ),
            ("Cookie: a=b; c=d", "Cookie: ***"),
            ("token:", "token:"),
            ("SignedHeaders=host;x", "SignedHeaders=host;x"),
            ("decrypt token fail", "decrypt token fail"),
            (
                "Incorrect IAM authentication information: x",
                "Incorrect IAM authentication information: x",
            ),
            ("é=token=é=é", "é=token=***"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn long_runs_that_look_like_tokens_are_struck_out() {
        let token = "MIIabc123+/".repeat(6);
        assert_eq!(words(&format!("a {token} b")), "a *** b");
        let hash = "0123456789abcdef".repeat(4);
        for text in [hash.as_str(), "/v1/A1b2", &"ab1/".repeat(30)] {
            assert_eq!(words(text), text);
        }
    }

    #[test]
    fn known_secrets_are_struck_out_wherever_they_stand() {
        let values = ["PLANTED".to_owned(), "short".to_owned()];
        let mask = Mask::of_url(&values);
        assert_eq!(mask.words("xPLANTEDy short"), "x***y short");
        assert_eq!(mask.target("/PLANTED/short"), "/***/short");
    }

    #[test]
    fn nothing_reaches_a_terminal_that_acts_on_it() {
        assert_eq!(
            printable("\x1b[31m\n\u{202e}\u{2028}é"),
            "\\u{1b}[31m\\u{a}\\u{202e}\\u{2028}é"
        );
        let long = printable(&"é".repeat(3000));
        assert!(long.len() < LONGEST + 10 && long.ends_with('…'));
    }
}
