//! Which hosts `NO_PROXY` keeps away from the proxy.
//!
//! There is no standard. What curl, requests and Go agree on is understood here: a domain stands
//! for itself and what is below it, a leading dot changes nothing, and there are addresses,
//! networks and ports.

use std::net::IpAddr;

/// A list of hosts that are reached without a proxy.
#[derive(Debug, Clone, Default)]
pub(super) struct NoProxy {
    all: bool,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone)]
enum Hosts {
    /// A domain and what is below it, in lower case.
    Domain(String),
    /// Addresses that share so many leading bits.
    Network(IpAddr, u8),
}

impl NoProxy {
    /// Reads a list that commas or spaces separate. What can't be read excepts nothing.
    pub(super) fn parse(list: &str) -> Self {
        let words = || {
            list.split(|c: char| c == ',' || c.is_whitespace())
                .filter(|word| !word.is_empty())
        };
        Self {
            all: words().any(|word| word == "*"),
            entries: words().filter_map(Entry::parse).collect(),
        }
    }

    /// Whether `host` is reached without a proxy. A name isn't resolved for this.
    pub(super) fn covers(&self, host: &str, port: u16) -> bool {
        if self.all {
            return true;
        }
        let host = bare(host).to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        self.entries.iter().any(|entry| {
            let same_port = entry.port.is_none_or(|only| only == port);
            same_port && entry.hosts.covers(&host, address)
        })
    }
}

impl Entry {
    fn parse(word: &str) -> Option<Self> {
        if let Some(hosts) = Hosts::parse_numbers(bare(word)) {
            return Some(Self { hosts, port: None });
        }
        let (host, port) = match word.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (word, None),
        };
        let hosts = Hosts::parse_numbers(bare(host)).or_else(|| Hosts::parse_domain(host))?;
        Some(Self { hosts, port })
    }
}

impl Hosts {
    fn parse_numbers(word: &str) -> Option<Self> {
        let (address, bits) = match word.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (word, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self::Network(address, bits))
    }

    fn parse_domain(word: &str) -> Option<Self> {
        let word = word.strip_prefix('*').unwrap_or(word);
        let domain = word.trim_start_matches('.').trim_end_matches('.');
        (!domain.is_empty()).then(|| Self::Domain(domain.to_ascii_lowercase()))
    }

    fn covers(&self, host: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::Domain(domain), None) => host
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            (Self::Network(network, bits), Some(address)) => same_network(*network, address, *bits),
            _ => false,
        }
    }
}

fn same_network(network: IpAddr, address: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.leading_zeros() >= bits
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.leading_zeros() >= bits
        }
        _ => false,
    }
}

/// A host without the brackets of an IPv6 address and without the dot of a full name.
fn bare(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, covered: &[&str], others: &[&str]) {
        let list = NoProxy::parse(list);
        let covers = |place: &str| {
            let (host, port) = place.rsplit_once('@').unwrap_or((place, "443"));
            list.covers(host, port.parse().unwrap())
        };
        for place in covered {
            assert!(covers(place), "{place} is in {list:?}");
        }
        for place in others {
            assert!(!covers(place), "{place} isn't in {list:?}");
        }
    }

    #[test]
    fn f25_a_domain_stands_for_what_is_below_it_too() {
        for list in [
            "example.com",
            ".example.com",
            "*.example.com",
            "a, EXAMPLE.com.",
        ] {
            check(
                list,
                &[
                    "example.com",
                    "api.example.com",
                    "API.Example.Com.",
                    "a.b.example.com",
                ],
                &["notexample.com", "example.com.evil.net", "com", "example"],
            );
        }
        check("internal", &["internal", "a.internal"], &["internal.net"]);
        check("10.com", &["10.com"], &["110.com", "10.0.0.1"]);
    }

    #[test]
    fn f25_addresses_networks_and_ports() {
        check(
            "10.0.0.0/8,192.168.1.7 fd00::/8,[fe80::1]:8443,one.net:8443,172.16.0.1:80",
            &[
                "10.200.3.4",
                "192.168.1.7",
                "[fd12::1]",
                "[fe80::1]@8443",
                "one.net@8443",
                "a.one.net@8443",
                "172.16.0.1@80",
            ],
            &[
                "11.0.0.1",
                "192.168.1.70",
                "[fe00::1]",
                "[fe80::1]",
                "one.net",
                "172.16.0.1",
                "7.168.1.7",
            ],
        );
        check("0.0.0.0/0", &["8.8.8.8"], &["[::1]", "example.com"]);
    }

    #[test]
    fn f25_everything_and_nothing() {
        check("*", &["example.com", "10.0.0.1", "[::1]"], &[]);
        check("a.net, *", &["example.com"], &[]);
        for nothing in ["", " , ,", ".", "*.", "10.0.0.0/33", "a:b", ":80", "[::1"] {
            check(nothing, &[], &["example.com", "10.0.0.1", "[::1]", "a"]);
        }
    }
}
