//! Where IAM, STS and the metadata service are.

use std::net::IpAddr;

use crate::{Endpoint, InvalidInput, is_loopback};

/// Where an ECS finds its metadata service.
///
/// Source: [metadata of an ECS](https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html).
pub const METADATA_ENDPOINT: &str = "http://169.254.169.254";

/// Regions with an IAM endpoint of their own, as the vendor's SDKs know them.
const IAM_REGIONS: [&str; 27] = [
    "ae-ad-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-12",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "eu-west-0",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "ru-moscow-1",
    "sa-brazil-1",
    "tr-west-1",
];

/// Regions with an STS endpoint of their own.
const STS_REGIONS: [&str; 12] = [
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-3",
    "cn-north-4",
    "cn-south-1",
    "cn-southwest-2",
    "la-south-2",
    "sa-brazil-1",
    "tr-west-1",
];

/// The IAM endpoint of a region; of one that has none, and without a region, the global one.
///
/// # Errors
///
/// None at present.
///
/// Source: [endpoints](https://developer.huaweicloud.com/intl/en-us/endpoint?IAM).
pub fn iam_endpoint(region: Option<&str>) -> Result<Endpoint, InvalidInput> {
    match region.filter(|region| IAM_REGIONS.contains(region)) {
        Some(region) => Endpoint::parse(&format!("https://iam.{region}.myhuaweicloud.com"), false),
        None => Endpoint::parse("https://iam.myhuaweicloud.com", false),
    }
}

/// The STS endpoint of a region; of one that has none, and without a region, that of `cn-north-4`,
/// as with the vendor's SDKs.
///
/// # Errors
///
/// None at present.
pub fn sts_endpoint(region: Option<&str>) -> Result<Endpoint, InvalidInput> {
    let region = region.filter(|region| STS_REGIONS.contains(region));
    let region = region.unwrap_or("cn-north-4");
    Endpoint::parse(&format!("https://sts.{region}.myhuaweicloud.com"), false)
}

/// IAM or STS by its URL. A path such as `/v3` is left out, as the vendor's SDKs do.
///
/// # Errors
///
/// [`InvalidInput`] as for [`Endpoint::parse`]: plain `http` is for loopback only.
pub fn given_endpoint(url: &str) -> Result<Endpoint, InvalidInput> {
    let (origin, rest) = split(url);
    let is_path = rest.is_empty() || rest.starts_with('/') && !rest.contains(['?', '#', '@']);
    Endpoint::parse(if is_path { origin } else { url }, false)
}

/// An endpoint for what is next to this machine: plain `http` is allowed to loopback and to
/// link-local addresses, which no router passes on.
///
/// # Errors
///
/// [`InvalidInput`] as for [`Endpoint::parse`].
pub fn local_endpoint(url: &str) -> Result<Endpoint, InvalidInput> {
    let endpoint = Endpoint::parse(url, true)?;
    if endpoint.is_http() && !is_local(endpoint.host()) {
        let problem = "must be https (plain http is for loopback and link-local addresses only)";
        return Err(InvalidInput::with_value(
            "endpoint",
            problem,
            &endpoint.to_string(),
        ));
    }
    Ok(endpoint)
}

/// Parts a URL before its path or query.
pub(super) fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']);
    url.split_at(end.map_or(url.len(), |at| host + at))
}

/// Whether a URL's host is this machine, or next to it with no router in between.
pub(super) fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let link_local = match bare.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unicast_link_local(),
        Err(_) => false,
    };
    link_local || is_loopback(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_without_an_endpoint_of_their_own_get_the_vendors_default() {
        for (region, iam, sts) in [
            (Some("cn-north-4"), "iam.cn-north-4", "sts.cn-north-4"),
            (
                Some("ap-southeast-3"),
                "iam.ap-southeast-3",
                "sts.ap-southeast-3",
            ),
            (Some("eu-west-0"), "iam.eu-west-0", "sts.cn-north-4"),
            (Some("xx-nowhere-1"), "iam", "sts.cn-north-4"),
            (None, "iam", "sts.cn-north-4"),
        ] {
            let url = |name: &str| format!("https://{name}.myhuaweicloud.com");
            assert_eq!(iam_endpoint(region).unwrap().to_string(), url(iam));
            assert_eq!(sts_endpoint(region).unwrap().to_string(), url(sts));
        }
        for region in IAM_REGIONS {
            let host = format!("iam.{region}.myhuaweicloud.com");
            assert_eq!(iam_endpoint(Some(region)).unwrap().authority(), host);
        }
        for region in STS_REGIONS {
            let host = format!("sts.{region}.myhuaweicloud.com");
            assert_eq!(sts_endpoint(Some(region)).unwrap().authority(), host);
        }
    }

    #[test]
    fn a_given_endpoint_may_have_a_path_and_nothing_else() {
        for url in [
            "https://iam.example.com",
            "https://iam.example.com/",
            "https://iam.example.com/v3",
        ] {
            assert_eq!(
                given_endpoint(url).unwrap().to_string(),
                "https://iam.example.com"
            );
        }
        for url in [
            "",
            "iam.example.com",
            "http://iam.example.com",
            "https://user:canary@iam.example.com/v3",
            "https://iam.example.com?canary",
            "https://iam.example.com/v3?canary",
            "https://iam.example.com/v3#canary",
        ] {
            let error = given_endpoint(url).expect_err(url).to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine_or_its_link() {
        for url in [
            METADATA_ENDPOINT,
            "http://127.0.0.1:80",
            "http://[fe80::1]",
            "http://localhost:8080",
            "https://metadata.example.com",
        ] {
            assert_eq!(local_endpoint(url).unwrap().to_string(), url);
        }
        for url in [
            "http://10.0.0.1",
            "http://[fd00::1]",
            "http://169.254.169.254.example.com",
        ] {
            let error = local_endpoint(url).expect_err(url).to_string();
            assert!(error.contains("must be https"), "{error}");
        }
    }
}
