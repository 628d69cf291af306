//! Keeps secrets out of texts that come back from servers.

use std::{
    collections::{HashSet, VecDeque},
    mem,
    sync::Arc,
};

use mss_core::Secret;

use crate::fork::{Locked, PerProcess};

/// What stands where a secret stood.
const MARK: &str = "***";

/// Shorter secrets aren't looked for: they would be found in every second word.
const SHORTEST: usize = 6;

/// So many bytes of a secret are struck out wherever they stand: a text may hold a part of it.
const PART: usize = 16;

/// How much of a signature may be shown.
const SIGNATURE_SHOWN: usize = 8;

/// So many secrets are kept: those of credentials that were renewed lately.
const MOST: usize = 16;

/// Knows the client's secrets and strikes them out. Gateways repeat the request that they
/// refuse, security token and all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redactor {
    /// Clones learn together.
    learned: Arc<PerProcess<VecDeque<Secret>>>,
    more: Vec<Secret>,
}

impl Redactor {
    /// Adds secrets, such as those of renewed credentials.
    pub(crate) fn learn(&self, secrets: impl IntoIterator<Item = Secret>) {
        let mut learned = self.learned();
        for secret in secrets {
            if !learned.contains(&secret) {
                learned.push_back(secret);
            }
        }
        let surplus = learned.len().saturating_sub(MOST);
        learned.drain(..surplus);
    }

    fn learned(&self) -> Locked<'_, VecDeque<Secret>> {
        self.learned
            .lock(|parents| parents.map(mem::take).unwrap_or_default())
    }

    /// One that knows these secrets too.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = Secret>) -> Self {
        let mut with = self.clone();
        with.more.extend(more);
        with
    }

    pub(crate) fn clean(&self, text: String) -> String {
        let mut text = cut_signatures(text);
        let learned = self.learned().clone();
        for secret in learned.iter().chain(&self.more) {
            let secret = secret.expose();
            if secret.len() >= PART {
                text = without_parts(text, secret.as_bytes());
            } else if secret.len() >= SHORTEST && text.contains(secret) {
                text = text.replace(secret, MARK);
            }
        }
        text
    }

    /// A body without the secrets, before any of it is cut away: of a secret that the cut goes
    /// through, the rest would not be known again.
    pub(crate) fn clean_body(&self, body: &[u8]) -> Vec<u8> {
        self.clean(String::from_utf8_lossy(body).into_owned())
            .into_bytes()
    }
}

/// Strikes out every run that is a part of the secret, from [`PART`] bytes on.
fn without_parts(text: String, secret: &[u8]) -> String {
    let parts: HashSet<&[u8]> = secret.windows(PART).collect();
    let bytes = text.as_bytes();
    let mut hidden = vec![false; bytes.len()];
    for (at, window) in bytes.windows(PART).enumerate() {
        if parts.contains(window) {
            hidden[at..at + PART].fill(true);
        }
    }
    if !hidden.contains(&true) {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if !hidden[at] {
            clean.push(c);
        } else if at == 0 || !hidden[at - 1] {
            clean.push_str(MARK);
        }
    }
    clean
}

/// Leaves the beginning of each `Signature=...`, enough to compare and too little to use.
fn cut_signatures(text: String) -> String {
    const KEY: &str = "signature=";
    let lower = text.to_ascii_lowercase();
    if !lower.contains(KEY) {
        return text;
    }
    let is_signature = |c: char| c.is_ascii_alphanumeric() || "+/=%".contains(c);
    let (mut cut, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(KEY) {
        let quote = usize::from(text[at + KEY.len()..].starts_with('"'));
        let begin = at + KEY.len() + quote;
        if begin < from {
            continue;
        }
        let rest = &text[begin..];
        let len = rest.find(|c| !is_signature(c)).unwrap_or(rest.len());
        cut.push_str(&text[from..begin + len.min(SIGNATURE_SHOWN)]);
        if len > SIGNATURE_SHOWN {
            cut.push_str(MARK);
        }
        from = begin + len;
    }
    cut.push_str(&text[from..]);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f65_secrets_and_signatures_are_struck_out() {
        let redactor = Redactor::default().with([Secret::new("canary-token"), Secret::new("abc")]);
        let text = "x-security-token:canary-token|abc Signature=0123456789abcdef, \
                    https://h/k?Signature=AbC%2B%2F0123456%3D&Expires=1 Signature=short";
        assert_eq!(
            redactor.clean(text.to_owned()),
            "x-security-token:***|abc Signature=01234567***, \
             https://h/k?Signature=AbC%2B%2***&Expires=1 Signature=short"
        );
    }

    #[test]
    fn f65_parts_of_a_long_secret_are_struck_out_too() {
        let words: Vec<_> = (0..400).map(|number| format!("{number:x}-")).collect();
        let token = words.concat();
        let redactor = Redactor::default();
        redactor.learn([Secret::new(&*token)]);
        let text = format!("a {} b {} c", &token[100..700], &token[..16]);
        assert_eq!(redactor.clean(text), "a *** b *** c");
        let text = format!("é{}é", &token[1..40]);
        assert_eq!(redactor.clean(text), "é***é");
        let short = format!("a {} b", &token[..15]);
        assert_eq!(redactor.clean(short.clone()), short);
    }
}
