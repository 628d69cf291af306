//! Temporary keys of a pod's service account, from the agent on its node.

use std::path::Path;

use mss_core::identity::{POD_TIMEOUT, PodAgent};

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, Source, Why, service::Service,
    token_file,
};

const FULL_URI: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The agent that the environment names.
#[derive(Debug)]
struct Pod;

impl CredentialSource {
    /// Temporary keys of a pod's service account: `HC_CONTAINER_CREDENTIALS_FULL_URI` and
    /// `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`, which the cluster sets. The token is read anew
    /// each time. Plain `http` is for loopback and link-local addresses only, and these are never
    /// asked through a proxy.
    pub fn pod() -> Self {
        Self::of(Pod)
    }
}

impl Source for Pod {
    fn name(&self) -> &'static str {
        "pod"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let variables = loading.variables;
        let (url, file) = match (variables.get(FULL_URI), variables.get(TOKEN_FILE)) {
            (Some(url), Some(file)) => (url, file),
            (None, None) => {
                let problem = format!("{FULL_URI} and {TOKEN_FILE} are not set");
                return Err(NotFound::new(Why::Absent, problem));
            }
            (Some(_), None) => return Err(half(TOKEN_FILE, FULL_URI)),
            (None, Some(_)) => return Err(half(FULL_URI, TOKEN_FILE)),
        };
        let agent = PodAgent::parse(&url).map_err(|error| NotFound::renamed(&error, FULL_URI))?;
        let token = token_file::read(Path::new(&file), TOKEN_FILE)?;
        let name = format!("the pod's agent at {}", agent.endpoint());
        let mut service = Service::new(loading, &name).keeping(&token);
        if agent.is_local() {
            service = service.nearby(POD_TIMEOUT);
        }
        let request = agent
            .request(&token)
            .map_err(|error| NotFound::renamed(&error, &format!("the token of {TOKEN_FILE}")))?;
        let answer = service.get(Ok(request))?;
        let keys = agent
            .parse_answer(&answer)
            .map_err(|error| service.unexpected(&error))?;
        let mut found = FoundCredentials::temporary(keys);
        found.origin = name;
        Ok(found)
    }
}

fn half(missing: &str, given: &str) -> NotFound {
    NotFound::new(Why::Invalid, format!("{given} is set, {missing} is not"))
}
