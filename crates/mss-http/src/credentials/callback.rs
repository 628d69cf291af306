//! Credentials from a function.

use std::{
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};

type Answer = Result<FoundCredentials, Box<dyn Error + Send + Sync>>;

struct Callback<F>(F);

impl CredentialSource {
    /// Credentials from a function: from a vault, from another process. It is called on a thread
    /// of its own, by one thread at a time, and again shortly before what it gave expires. It
    /// may not use the client that it serves.
    ///
    /// Its error becomes part of the client's, text and all, so a secret must not stand in it. A
    /// panic is an error, too, as are credentials that have expired.
    ///
    /// ```
    /// use mss_http::{CredentialSource, Credentials, FoundCredentials};
    ///
    /// let source = CredentialSource::callback(|| {
    ///     let key_pair = std::fs::read_to_string("/run/vault/keys")?;
    ///     let (access_key, secret_key) = key_pair.split_once(':').ok_or("no colon in the file")?;
    ///     Ok(FoundCredentials::keys(Credentials::new(access_key, secret_key)?))
    /// });
    /// ```
    pub fn callback(function: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::of(Callback(function))
    }
}

impl<F: Fn() -> Answer + Send + Sync> Source for Callback<F> {
    fn name(&self) -> &'static str {
        "callback"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let invalid = |problem: String| NotFound::new(Why::Invalid, problem);
        // In a chain the next source shall have its turn.
        let answer = catch_unwind(AssertUnwindSafe(&self.0));
        let answer = answer.map_err(|_| invalid("the callback panicked".to_owned()))?;
        let mut found = answer.map_err(|error| NotFound {
            why: Why::Invalid,
            problem: format!("the callback failed: {error}"),
            source: Some(Arc::from(error)),
        })?;
        let now = loading.clock.now();
        if let Some(end) = found.expires_at.filter(|end| *end <= now) {
            let problem = format!(
                "the callback gave credentials that expired at {end}; this machine's clock says \
                 {now}"
            );
            return Err(invalid(problem));
        }
        "the callback".clone_into(&mut found.origin);
        Ok(found)
    }
}

impl<F> fmt::Debug for Callback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

#[cfg(test)]
mod tests {
    use mss_core::Credentials;
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::credentials::testing::{keys, load};

    fn good() -> FoundCredentials {
        FoundCredentials::keys(Credentials::new("AK", "SK").unwrap())
    }

    fn answer(
        function: impl Fn() -> Answer + Send + Sync + 'static,
    ) -> Result<FoundCredentials, NotFound> {
        load(&CredentialSource::callback(function), &[])
    }

    #[test]
    fn what_it_gives_is_taken_with_its_expiry() {
        let end = OffsetDateTime::now_utc() + Duration::hours(1);
        let found = answer(move || Ok(good().expires_at(end))).unwrap();
        assert_eq!(keys(&found), ("AK", "SK", None));
        assert_eq!(found.expires_at, Some(end));
        assert_eq!(found.origin, "the callback");
    }

    #[test]
    fn f17_its_error_is_told_and_kept() {
        let error =
            answer(|| Err(std::io::Error::other("the vault is sealed").into())).unwrap_err();
        assert_eq!(error.problem, "the callback failed: the vault is sealed");
        let source = error.source.unwrap();
        assert!(source.downcast_ref::<std::io::Error>().is_some());
    }

    #[test]
    fn f17_expired_credentials_are_an_error() {
        let now = OffsetDateTime::now_utc();
        let error = answer(move || Ok(good().expires_at(now))).unwrap_err();
        assert_eq!(error.why, Why::Invalid);
        let expected = format!("the callback gave credentials that expired at {now}; ");
        assert!(error.problem.starts_with(&expected), "{}", error.problem);
    }

    #[test]
    fn f17_a_panic_in_it_is_an_error_and_the_next_source_has_its_turn() {
        let panics = || CredentialSource::callback(|| panic!("on purpose"));
        let error = load(&panics(), &[]).unwrap_err();
        assert_eq!(
            (error.why, &*error.problem),
            (Why::Invalid, "the callback panicked")
        );
        let next = CredentialSource::callback(|| Ok(good()));
        let found = load(&CredentialSource::chain([panics(), next]), &[]).unwrap();
        assert_eq!(keys(&found), ("AK", "SK", None));
    }
}
