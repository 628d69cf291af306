//! Where IAM is.

use mss_core::{
    Endpoint,
    identity::{given_endpoint, iam_endpoint},
};

use super::{NotFound, Variables};

const IAM_ENDPOINT: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

/// The endpoint of IAM: the one that came with the credentials, else the environment's, else the
/// region's, in the order of the vendor's SDKs.
pub(crate) fn endpoint(
    given: Option<&str>,
    variables: &Variables,
    region: Option<&str>,
) -> Result<Endpoint, NotFound> {
    let (url, name) = match given {
        Some(url) => (Some(url.to_owned()), "iam_endpoint"),
        None => (variables.get(IAM_ENDPOINT), IAM_ENDPOINT),
    };
    match url {
        Some(url) => given_endpoint(&url).map_err(|error| NotFound::renamed(&error, name)),
        None => iam_endpoint(region).map_err(|error| NotFound::renamed(&error, "region")),
    }
}
