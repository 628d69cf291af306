//! No credentials, with a word about it.

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};

#[derive(Debug)]
struct Absent {
    name: &'static str,
    problem: String,
}

impl CredentialSource {
    /// Never has any. At the end of a [`CredentialSource::chain`] it tells, when nothing else
    /// served, what the caller knows of the reason.
    ///
    /// ```
    /// use mss_http::{CredentialProvider, CredentialSource};
    ///
    /// # fn main() -> Result<(), mss_http::Error> {
    /// let source = CredentialSource::absent("job", "the job was started without keys");
    /// let error = CredentialProvider::new(source)?.get().unwrap_err();
    /// assert!(error.to_string().contains("the job was started without keys"));
    /// # Ok(()) }
    /// ```
    pub fn absent(name: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::of(Absent { name, problem })
    }
}

impl Source for Absent {
    fn name(&self) -> &'static str {
        self.name
    }

    fn load(&self, _: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        Err(NotFound::new(Why::Absent, self.problem.clone()))
    }
}
