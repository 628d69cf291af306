//! Keeps secrets out of texts that come back from servers.

use mss_core::Secret;

/// What stands where a secret stood.
const MARK: &str = "***";

/// Shorter secrets aren't looked for: they would be found in every second word.
const SHORTEST: usize = 6;

/// How much of a signature may be shown.
const SIGNATURE_SHOWN: usize = 8;

/// Knows the client's secrets and strikes them out. Gateways repeat the request that they
/// refuse, security token and all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    pub(crate) fn new(secrets: Vec<Secret>) -> Self {
        Self { secrets }
    }

    pub(crate) fn clean(&self, text: String) -> String {
        let mut text = cut_signatures(text);
        for secret in &self.secrets {
            let secret = secret.expose();
            if secret.len() >= SHORTEST && text.contains(secret) {
                text = text.replace(secret, MARK);
            }
        }
        text
    }
}

/// Leaves the beginning of each `Signature=...`, enough to compare and too little to use.
fn cut_signatures(text: String) -> String {
    const KEY: &str = "Signature=";
    if !text.contains(KEY) {
        return text;
    }
    let mut parts = text.split(KEY);
    let mut cut = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let signature = |c: char| c.is_ascii_alphanumeric() || "+/=%".contains(c);
        let end = part.find(|c| !signature(c)).unwrap_or(part.len());
        cut.push_str(KEY);
        cut.push_str(&part[..end.min(SIGNATURE_SHOWN)]);
        if end > SIGNATURE_SHOWN {
            cut.push_str(MARK);
        }
        cut.push_str(&part[end..]);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f65_secrets_and_signatures_are_struck_out() {
        let redactor = Redactor::new(vec![Secret::new("canary-token"), Secret::new("abc")]);
        let text = "x-security-token:canary-token|abc Signature=0123456789abcdef, \
                    https://h/k?Signature=AbC%2B%2F0123456%3D&Expires=1 Signature=short";
        assert_eq!(
            redactor.clean(text.to_owned()),
            "x-security-token:***|abc Signature=01234567***, \
             https://h/k?Signature=AbC%2B%2***&Expires=1 Signature=short"
        );
    }
}
