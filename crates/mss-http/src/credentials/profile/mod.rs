//! Credentials from the file of the vendor's tools.

mod ini;
mod permissions;
mod section;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use ini::Ini;
use section::Reading;

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};
use crate::config_file::{Place, Unreadable};

const FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
const FILE_NAME: &str = "credentials";
const SECTION: &str = "basic";

/// Most section names in a message, and the longest part of one, in characters.
const NAMES_SHOWN: usize = 8;
const NAME_SHOWN: usize = 40;

/// Credentials from a section of the file that the vendor's tools share. It is read anew each time
/// that credentials are asked for.
///
/// The file is the one in `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, else `~/.huaweicloud/credentials`
/// (on Windows in the directory `USERPROFILE`), and is read as the vendor's Python SDK does:
///
/// ```ini
/// [basic]
/// ak = ...
/// sk = ...
/// ```
///
/// Other keys are `security_token`, `project_id`, `domain_id` and `iam_endpoint`; `idp_id` with
/// `id_token_file`, an identity provider of IAM and a file with its token, go before `ak` and `sk`.
/// A comment needs a line of its own. On Unix a file that others than its owner may read is warned
/// about, once.
///
/// ```
/// use mss_http::{CredentialSource, Profile};
///
/// let source = CredentialSource::from(Profile::new().section("staging").file("/run/keys"));
/// ```
///
/// Source: the profile's provider of the vendor's
/// [Python SDK](https://github.com/huaweicloud/huaweicloud-sdk-python-v3).
#[derive(Debug, Clone, Default)]
pub struct Profile {
    file: Option<PathBuf>,
    section: Option<String>,
}

impl Profile {
    /// The section `[basic]` of the usual file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another section than `[basic]`. Capitals matter.
    #[must_use]
    pub fn section(mut self, name: impl Into<String>) -> Self {
        self.section = Some(name.into());
        self
    }

    /// Another file.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    fn place(&self, loading: &Loading<'_>) -> Result<Place, NotFound> {
        let given = self.file.as_ref().map(Place::given);
        given
            .or_else(|| Place::find(loading.variables, FILE, FILE_NAME))
            .ok_or_else(|| {
                let problem = format!("neither {FILE} nor a home directory is set");
                NotFound::new(self.absent(false), problem)
            })
    }

    /// What isn't there is a mistake only where somebody has asked for it.
    fn absent(&self, is_given: bool) -> Why {
        if is_given || self.section.is_some() {
            Why::Invalid
        } else {
            Why::Absent
        }
    }
}

impl CredentialSource {
    /// Credentials from the section `[basic]` of `~/.huaweicloud/credentials`, or of the file in
    /// `HUAWEICLOUD_SDK_CREDENTIALS_FILE`. [`Profile`] tells more, and names other sections.
    pub fn profile() -> Self {
        Profile::new().into()
    }
}

impl From<Profile> for CredentialSource {
    fn from(profile: Profile) -> Self {
        Self::of(profile)
    }
}

impl Source for Profile {
    fn name(&self) -> &'static str {
        "profile"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let place = self.place(loading)?;
        let file = place.read().map_err(|problem| match problem {
            Unreadable::Missing(problem) => NotFound::new(self.absent(place.is_given), problem),
            Unreadable::Other(problem) => NotFound::new(Why::Invalid, problem),
        })?;
        permissions::warn_if_open(&place.path, &file.metadata);
        let ini = Ini::parse(&file.text).map_err(|malformed| {
            let (line, problem) = (malformed.line, malformed.problem);
            invalid(format!("line {line} of {} {problem}", place.shown()))
        })?;
        let name = self.section.as_deref().unwrap_or(SECTION);
        let section = ini.section(name).ok_or_else(|| {
            let problem = no_section(&place, name, &ini);
            NotFound::new(self.absent(place.is_given), problem)
        })?;
        Reading {
            place: &place,
            ini: &ini,
            section,
        }
        .found(loading)
    }
}

fn invalid(problem: String) -> NotFound {
    NotFound::new(Why::Invalid, problem)
}

fn no_section(place: &Place, name: &str, ini: &Ini<'_>) -> String {
    let mut names: Vec<_> = ini
        .sections()
        .map(|it| format!("[{}]", shown(it.name)))
        .collect();
    if names.len() > NAMES_SHOWN {
        names.truncate(NAMES_SHOWN);
        names.push("...".to_owned());
    }
    let those = if names.is_empty() {
        "none at all".to_owned()
    } else {
        format!("only {}", names.join(", "))
    };
    format!(
        "{} has no section [{}], {those}",
        place.shown(),
        shown(name)
    )
}

/// A section's name as far as a message can take it.
fn shown(name: &str) -> String {
    name.chars()
        .take(NAME_SHOWN)
        .flat_map(char::escape_debug)
        .collect()
}
