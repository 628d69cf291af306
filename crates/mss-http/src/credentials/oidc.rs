//! Temporary keys of an agency, for an OpenID Connect token: CI jobs, Kubernetes.

use std::path::Path;

use mss_core::{
    Endpoint, Secret,
    identity::{AssumeWithOidc, given_endpoint, sts_endpoint},
};

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, PROJECT_ID, Source, Variables, Why,
    environment::DOMAIN_ID, service::Service, token_file,
};

const PROVIDER_URN: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN";
const AGENCY_URN: &str = "HUAWEICLOUD_OIDC_AGENCY_URN";
const ID_TOKEN: &str = "HUAWEICLOUD_OIDC_ID_TOKEN";
const TOKEN_FILE: &str = "HUAWEICLOUD_OIDC_TOKEN_FILE";
const SESSION_NAME: &str = "HUAWEICLOUD_OIDC_SESSION_NAME";
const DURATION_SECONDS: &str = "HUAWEICLOUD_OIDC_DURATION_SECONDS";
const POLICY: &str = "HUAWEICLOUD_OIDC_POLICY";
const POLICY_IDS: &str = "HUAWEICLOUD_OIDC_POLICY_IDS";
const STS_ENDPOINT: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";

/// The agency that the environment names.
#[derive(Debug)]
struct Oidc;

impl CredentialSource {
    /// Temporary keys of an agency that trusts an OpenID Connect provider: `HUAWEICLOUD_OIDC_PROVIDER_URN`,
    /// `HUAWEICLOUD_OIDC_AGENCY_URN` and either `HUAWEICLOUD_OIDC_ID_TOKEN` or
    /// `HUAWEICLOUD_OIDC_TOKEN_FILE`, which is read anew each time. `_SESSION_NAME`,
    /// `_DURATION_SECONDS`, `_POLICY` and `_POLICY_IDS` (separated by commas) are optional.
    ///
    /// STS is at `HUAWEICLOUD_SDK_STS_ENDPOINT`, else where the region has it.
    pub fn oidc() -> Self {
        Self::of(Oidc)
    }
}

impl Source for Oidc {
    fn name(&self) -> &'static str {
        "oidc"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let assume = assume(loading.variables)?;
        let sts = endpoint(loading)?;
        let service = Service::new(loading, format!("STS at {sts}")).keeping(&assume.id_token);
        let answer = service.get(assume.request(&sts))?;
        let keys = assume
            .parse(&answer)
            .map_err(|error| service.unexpected(&error))?;
        let mut found = FoundCredentials::temporary(keys);
        found.origin = format!("the agency {} by OpenID Connect", assume.agency_urn);
        found.project_id = loading.variables.get(PROJECT_ID);
        found.domain_id = loading.variables.get(DOMAIN_ID);
        Ok(found)
    }
}

fn endpoint(loading: &Loading<'_>) -> Result<Endpoint, NotFound> {
    match loading.variables.get(STS_ENDPOINT) {
        Some(url) => given_endpoint(&url).map_err(|error| NotFound::renamed(&error, STS_ENDPOINT)),
        None => sts_endpoint(loading.region).map_err(|error| NotFound::renamed(&error, "region")),
    }
}

fn assume(variables: &Variables) -> Result<AssumeWithOidc, NotFound> {
    let (provider_urn, agency_urn) = (variables.get(PROVIDER_URN), variables.get(AGENCY_URN));
    let (id_token, token_file) = (variables.get(ID_TOKEN), variables.get(TOKEN_FILE));
    let is_set_up = [&provider_urn, &agency_urn, &id_token, &token_file]
        .iter()
        .any(|value| value.is_some());
    if !is_set_up {
        let problem = format!("{PROVIDER_URN} and {AGENCY_URN} are not set");
        return Err(NotFound::new(Why::Absent, problem));
    }
    let missing = |name: &str| {
        let problem = format!("{name} is not set, other variables for OpenID Connect are");
        NotFound::new(Why::Invalid, problem)
    };
    Ok(AssumeWithOidc {
        provider_urn: provider_urn.ok_or_else(|| missing(PROVIDER_URN))?,
        agency_urn: agency_urn.ok_or_else(|| missing(AGENCY_URN))?,
        id_token: match (id_token, token_file) {
            (Some(token), _) => Secret::new(token.trim()),
            (None, Some(path)) => token_file::read(Path::new(&path), TOKEN_FILE)?,
            (None, None) => return Err(missing(&format!("{ID_TOKEN} or {TOKEN_FILE}"))),
        },
        session_name: variables
            .get(SESSION_NAME)
            .unwrap_or_else(|| AssumeWithOidc::DEFAULT_SESSION_NAME.to_owned()),
        duration_seconds: duration(variables)?,
        policy: variables.get(POLICY),
        policy_ids: policy_ids(variables),
    })
}

fn duration(variables: &Variables) -> Result<u32, NotFound> {
    let Some(text) = variables.get(DURATION_SECONDS) else {
        return Ok(AssumeWithOidc::DEFAULT_DURATION_SECONDS);
    };
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| {
        let problem = format!("{DURATION_SECONDS} is no number of seconds such as 3600");
        NotFound::new(Why::Invalid, problem)
    })
}

fn policy_ids(variables: &Variables) -> Vec<String> {
    let ids = variables.get(POLICY_IDS).unwrap_or_default();
    let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(str::to_owned).collect()
}
