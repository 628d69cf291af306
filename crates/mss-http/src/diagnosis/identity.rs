//! Who calls, and for which project.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Finding, Step, finding::timestamp, subject::Subject};
use crate::{
    ErrorKind,
    credentials::{Identity, Ready},
    send,
};

/// Longest time to wait for a source of credentials.
const LOOKING: Duration = Duration::from_secs(8);

/// Longest time for IAM's answer.
const ASKING: Duration = Duration::from_secs(6);

impl Subject {
    pub(super) fn credentials(&mut self) -> Finding {
        let (shared, settings) = (self.client.shared(), self.client.settings());
        let deadline = self.within(LOOKING.min(settings.policy.total));
        match send::credentials(shared, settings, Step::Credentials.as_str(), deadline) {
            Ok(ready) => {
                let finding = of_credentials(&ready);
                self.ready = Some(ready);
                finding
            }
            Err(error) => {
                let finding = Finding::of_error(Step::Credentials, &error);
                if error.kind() != ErrorKind::InvalidCredentials {
                    return finding;
                }
                finding.advised("set up the place that was meant, or put right what is wrong there")
            }
        }
    }

    pub(super) fn project(&mut self) -> Finding {
        let origin = match (self.client.project_id(), &self.ready) {
            (Some(_), _) => "known beforehand",
            (None, None) => {
                return Finding::skipped(Step::Project, "without credentials IAM can't be asked");
            }
            (None, Some(ready)) if ready.found.project_id.is_some() => "found with the credentials",
            _ if self.client.shared().project.is_in_environment() => "HUAWEICLOUD_SDK_PROJECT_ID",
            _ => "looked up at IAM",
        };
        let found = self.once(ASKING).and_then(|client| {
            let id = client.find_project_id()?;
            Ok(id.to_string())
        });
        match found {
            Ok(id) => {
                self.knows_project = true;
                Finding::ok(Step::Project, format!("{id}, {origin}"))
                    .with("project_id", Some(id))
                    .with("origin", Some(origin))
            }
            Err(error) => Finding::of_error(Step::Project, &error),
        }
    }
}

fn of_credentials(ready: &Ready) -> Finding {
    let found = &ready.found;
    let (kind, access_key) = match &found.identity {
        Identity::Keys(keys) if keys.security_token().is_some() => {
            ("temporary access key", Some(masked(keys.access_key())))
        }
        Identity::Keys(keys) => ("access key", Some(masked(keys.access_key()))),
        Identity::Token(_) => ("user token", None),
    };
    let mut text = kind.to_owned();
    if let Some(access_key) = &access_key {
        text = format!("{text} {access_key}");
    }
    text = match &*found.origin {
        given if given.starts_with("given ") => format!("{text}, given"),
        origin => format!("{text}, from {origin}"),
    };
    if let Some(end) = found.expires_at {
        let left = (end - OffsetDateTime::now_utc()).whole_minutes();
        text = format!("{text}; good for {left} min, then new ones are looked for");
    }
    Finding::ok(Step::Credentials, text)
        .with("origin", Some(&found.origin))
        .with("kind", Some(kind))
        .with("access_key", access_key)
        .with("expires_at", found.expires_at.map(timestamp))
}

impl Subject {
    /// A text of the service, in which the access key may stand.
    pub(super) fn without_access_key(&self, text: &str) -> String {
        let identity = self.ready.as_ref().map(|ready| &ready.found.identity);
        let Some(Identity::Keys(keys)) = identity else {
            return text.to_owned();
        };
        let access_key = keys.access_key();
        text.replace(access_key, &masked(access_key))
    }
}

/// Enough of a key to know it again. It is ASCII.
fn masked(access_key: &str) -> String {
    const SHORT: usize = 12;
    let begin: String = access_key.chars().take(4).collect();
    let end = access_key.len().saturating_sub(2);
    match access_key.get(end..) {
        Some(end) if access_key.len() >= SHORT => format!("{begin}...{end}"),
        _ => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f66_of_a_key_little_is_shown_and_of_a_short_one_nothing() {
        assert_eq!(masked("QTWAOYTTINDUT2QVKYUC"), "QTWA...UC");
        assert_eq!(masked("123456789012"), "1234...12");
        for short in ["", "1", "12345678901"] {
            assert_eq!(masked(short), "***");
        }
    }
}
