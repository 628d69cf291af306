//! Environment variables, as somebody else may see them.

use std::{ffi::OsString, fmt, sync::Arc};

type Lookup = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Where environment variables are looked up: in the process by default, elsewhere for those who
/// read their configuration from another place.
///
/// ```
/// use mss_http::Variables;
///
/// let variables = Variables::new(|name| (name == "HUAWEICLOUD_SDK_AK").then(|| "AK".into()));
/// assert_eq!(variables.get("HUAWEICLOUD_SDK_AK").as_deref(), Some("AK"));
/// ```
#[derive(Clone)]
pub struct Variables(Lookup);

impl Variables {
    /// Those that `lookup` knows. It is asked at any time and on any thread.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// A variable's value as it is.
    pub fn get_os(&self, name: &str) -> Option<OsString> {
        (self.0)(name)
    }

    /// A variable's value. An empty one counts as not set, as does one that isn't UTF-8.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.get_os(name)?.into_string().ok()?;
        Some(value).filter(|value| !value.is_empty())
    }
}

impl Default for Variables {
    fn default() -> Self {
        Self::new(|name| std::env::var_os(name))
    }
}

impl fmt::Debug for Variables {
    /// Without values: secrets are among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}
