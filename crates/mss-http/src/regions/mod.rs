//! From a region's name to an endpoint.

#[cfg(test)]
mod tests;
mod yaml;

use mss_core::Endpoint;

use crate::{
    Error, ErrorKind, Variables,
    config_file::{Place, Unreadable},
};
use yaml::{Malformed, Node};

/// The service as the vendor's tools spell it.
const SERVICE: &str = "METASTUDIO";

const VARIABLE: &str = "HUAWEICLOUD_SDK_REGION";
const FILE: &str = "HUAWEICLOUD_SDK_REGIONS_FILE";
const FILE_NAME: &str = "regions.yaml";

/// Endpoints that somebody has set for a region.
struct Override {
    /// In words: a variable, a line of a file.
    origin: String,
    urls: Vec<String>,
}

/// The endpoint of a region. The first that is there of:
///
/// 1. `HUAWEICLOUD_SDK_REGION_METASTUDIO_<REGION>`, in capitals and with `_` for `-`: an endpoint,
///    or several with commas between;
/// 2. the region under `METASTUDIO` in the file `HUAWEICLOUD_SDK_REGIONS_FILE`, else
///    `~/.huaweicloud/regions.yaml`;
/// 3. the host that the documents name, or would name, for it.
///
/// Of several endpoints the first is used. The vendor's SDKs go on to the next where one can't be
/// reached; a warning says that it isn't done here. `https://` may be left out, as there.
///
/// # Errors
///
/// [`ErrorKind::InvalidConfig`], naming variable, file and line: what is there is no endpoint, the
/// file is no such file, or isn't where the variable says.
///
/// Source: the providers of regions in the vendor's
/// [Python SDK](https://github.com/huaweicloud/huaweicloud-sdk-python-v3), and
/// [endpoints](https://support.huaweicloud.com/intl/en-us/api-metastudio/metastudio_02_0000.html).
pub(crate) fn endpoint_of_region(
    region: &str,
    variables: &Variables,
    allow_http: bool,
) -> Result<Endpoint, Error> {
    let set = match in_environment(region, variables) {
        Some(set) => Some(set),
        None => in_file(region, variables)?,
    };
    let Some(set) = set else {
        if !Endpoint::DOCUMENTED_REGIONS.contains(&region) {
            log::debug!("no document names an endpoint for this region; it follows from the name");
        }
        return Endpoint::of_region(region).map_err(|error| invalid(error.to_string()));
    };
    set.endpoint(allow_http)
}

impl Override {
    fn endpoint(self, allow_http: bool) -> Result<Endpoint, Error> {
        let origin = self.origin;
        let mut urls = self
            .urls
            .iter()
            .map(|url| url.trim())
            .filter(|url| !url.is_empty());
        let Some(first) = urls.next() else {
            return Err(invalid(format!("{origin} names no endpoint")));
        };
        if urls.next().is_some() {
            log::warn!("{origin} names several endpoints; only the first is used");
        }
        let scheme = if first.contains("://") {
            ""
        } else {
            "https://"
        };
        Endpoint::parse(&format!("{scheme}{first}"), allow_http).map_err(|error| {
            let text = error.to_string();
            let problem = text.strip_prefix(error.field()).unwrap_or(&text);
            invalid(format!("{origin}{problem}"))
        })
    }
}

fn in_environment(region: &str, variables: &Variables) -> Option<Override> {
    let region = region.replace('-', "_").to_ascii_uppercase();
    let origin = format!("{VARIABLE}_{SERVICE}_{region}");
    let urls = variables.get(&origin)?;
    Some(Override {
        origin,
        urls: urls.split(',').map(str::to_owned).collect(),
    })
}

fn in_file(region: &str, variables: &Variables) -> Result<Option<Override>, Error> {
    let Some(place) = Place::find(variables, FILE, FILE_NAME) else {
        return Ok(None);
    };
    let file = match place.read() {
        Ok(file) => file,
        Err(Unreadable::Missing(_)) if !place.is_given => return Ok(None),
        Err(Unreadable::Missing(problem) | Unreadable::Other(problem)) => {
            return Err(invalid(problem));
        }
    };
    let found = Node::parse(&file.text).and_then(|root| find(&root, region));
    let found = found.map_err(|Malformed { line, problem }| {
        invalid(format!("line {line} of {} {problem}", place.shown()))
    })?;
    Ok(found.map(|(line, urls)| {
        let origin = format!("the endpoint in line {line} of {}", place.shown());
        Override { origin, urls }
    }))
}

/// The endpoints of a region and the line in which it stands. Where it stands twice the last one
/// counts, and `endpoints` go before `endpoint`, as with the vendor's SDK. Other services aren't
/// looked at.
fn find(root: &Node, region: &str) -> Result<Option<(usize, Vec<String>)>, Malformed> {
    let mut found = None;
    let services = root.map("must be a mapping from services to regions")?;
    for (_, regions) in services
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(SERVICE))
    {
        for entry in regions.list("must be a list of regions")? {
            let map = entry.map("must be a region: a mapping with id and endpoint")?;
            let get = |key: &str| {
                map.iter()
                    .rev()
                    .find(|(name, _)| name == key)
                    .map(|it| &it.1)
            };
            let id = get("id")
                .map(|id| id.text("must be the id of a region"))
                .transpose()?;
            if id.flatten() != Some(region) {
                continue;
            }
            let mut urls = Vec::new();
            if let Some(endpoints) = get("endpoints") {
                for endpoint in endpoints.list("must be a list of endpoints")? {
                    urls.extend(endpoint.text(NO_ENDPOINT)?.map(str::to_owned));
                }
            }
            if let Some(endpoint) = get("endpoint") {
                urls.extend(endpoint.text(NO_ENDPOINT)?.map(str::to_owned));
            }
            if !urls.is_empty() || found.is_none() {
                found = Some((entry.line, urls));
            }
        }
    }
    Ok(found)
}

const NO_ENDPOINT: &str = "must be an endpoint such as https://host";

fn invalid(problem: String) -> Error {
    Error::unsent(ErrorKind::InvalidConfig, "Client", problem)
}
