//! Which proxy a connection takes.

use http::Uri;
use mss_core::{Secret, is_loopback};
use ureq::ProxyProtocol;

use super::{Fault, connector::host_and_port, no_proxy::NoProxy};
use crate::Variables;

/// The address at which cloud machines find their metadata.
const METADATA_HOST: &str = "169.254.169.254";

/// The way by which connections leave this machine.
///
/// This machine itself and the metadata address 169.254.169.254 are always reached directly.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// What the environment says: `https_proxy` for https, `http_proxy` for http, `all_proxy` for
    /// both, each also in capitals, and `no_proxy` for the hosts that are reached directly.
    #[default]
    Environment,
    /// No proxy.
    None,
    /// The proxy at this URL, for all hosts.
    Url(Secret),
}

impl Proxy {
    /// A proxy by its URL, such as `http://user:password@proxy.example.com:3128`. What is special
    /// in a URL is percent-encoded in user name and password. `http` and `https` say how the
    /// proxy itself is spoken to; without a scheme it is `http`.
    pub fn url(url: impl Into<String>) -> Self {
        Self::Url(Secret::new(url))
    }
}

/// The proxies of a client, checked.
#[derive(Debug, Clone)]
pub(crate) struct Proxies {
    https: Way,
    http: Way,
    no_proxy: NoProxy,
}

#[derive(Debug, Clone)]
enum Way {
    Direct,
    Through(ureq::Proxy),
    /// The environment wants a proxy that can't be used. To go without would be a surprise.
    Barred(String),
}

/// How a URL is reached.
#[derive(Debug)]
pub(crate) enum Route<'a> {
    /// Without a proxy, and why.
    Direct(&'static str),
    Through(&'a ureq::Proxy),
    /// Not at all, and why.
    Barred(&'a str),
}

impl Proxies {
    /// No proxy at all.
    pub(crate) fn none() -> Self {
        Self {
            https: Way::Direct,
            http: Way::Direct,
            no_proxy: NoProxy::default(),
        }
    }

    /// # Errors
    ///
    /// What is wrong with a given URL. What is wrong with the environment's is said by
    /// [`Proxies::of`], since it may not be needed.
    pub(super) fn new(proxy: &Proxy, variables: &Variables) -> Result<Self, String> {
        match proxy {
            Proxy::Environment => Ok(Self::from_environment(|name| variables.get(name))),
            Proxy::None => Ok(Self::none()),
            Proxy::Url(url) => {
                let proxy = parse(url.expose()).map_err(|problem| format!("proxy {problem}"))?;
                Ok(Self {
                    https: Way::Through(proxy.clone()),
                    http: Way::Through(proxy),
                    no_proxy: NoProxy::default(),
                })
            }
        }
    }

    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            let found = names.iter().find_map(|name| Some((*name, variable(name)?)));
            match found.map(|(name, url)| (name, parse(&url))) {
                None => Way::Direct,
                Some((_, Ok(proxy))) => Way::Through(proxy),
                Some((name, Err(problem))) => Way::Barred(format!("the proxy in {name} {problem}")),
            }
        };
        // A web server hands a request's header `Proxy` to its CGI programs as HTTP_PROXY.
        let http = if variable("REQUEST_METHOD").is_some() {
            first(&["http_proxy", "all_proxy", "ALL_PROXY"])
        } else {
            first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
        };
        let excepted = variable("no_proxy").or_else(|| variable("NO_PROXY"));
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http,
            no_proxy: excepted.map_or_else(NoProxy::default, |list| NoProxy::parse(&list)),
        }
    }

    /// The proxy on the way to a URL, if there is one.
    ///
    /// # Errors
    ///
    /// Why the environment's proxy for it can't be used.
    pub(crate) fn of(&self, uri: &Uri) -> Result<Option<&ureq::Proxy>, &str> {
        match self.route(uri) {
            Route::Direct(_) => Ok(None),
            Route::Through(proxy) => Ok(Some(proxy)),
            Route::Barred(problem) => Err(problem),
        }
    }

    /// The way to a URL, and why it is this one.
    pub(crate) fn route(&self, uri: &Uri) -> Route<'_> {
        let way = self.way(uri);
        let (host, port) = host_and_port(uri);
        let exception = if is_loopback(&host) || host == METADATA_HOST {
            Some("what is next to this machine is always reached directly")
        } else if self.no_proxy.covers(&host, port) {
            Some("NO_PROXY excepts this host")
        } else {
            None
        };
        match (way, exception) {
            (Way::Direct, _) => Route::Direct("none is set"),
            (_, Some(reason)) => Route::Direct(reason),
            (Way::Through(proxy), None) => Route::Through(proxy),
            (Way::Barred(problem), None) => Route::Barred(problem),
        }
    }

    fn way(&self, uri: &Uri) -> &Way {
        if uri.scheme_str() == Some("http") {
            &self.http
        } else {
            &self.https
        }
    }
}

/// A proxy's host and port for an error's text: without its user name and password.
pub(crate) fn place(proxy: &ureq::Proxy) -> String {
    let host = proxy.host().trim_matches(['[', ']']);
    Fault::place(host, proxy.port())
}

/// The problem doesn't repeat the URL: a password may be in it.
fn parse(url: &str) -> Result<ureq::Proxy, &'static str> {
    let proxy = ureq::Proxy::new(url.trim()).ok();
    let Some(proxy) = proxy.filter(|proxy| is_whole(url, proxy.uri())) else {
        return Err(
            "is no URL like http://user:password@host:port; what is special in user name \
             and password must be percent-encoded, such as %40 for @",
        );
    };
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err("is a SOCKS proxy, which isn't supported: it must be http or https"),
    }
}

/// A `/`, `?` or `#` in a password ends the host early, and what was a user name is taken for it.
fn is_whole(url: &str, parsed: &Uri) -> bool {
    let Some(authority) = parsed.authority() else {
        return false;
    };
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    let port = place.strip_prefix(authority.host()).unwrap_or_default();
    !authority.host().is_empty()
        && (port.is_empty() || authority.port_u16().is_some())
        && matches!(parsed.path(), "" | "/")
        && !url.contains(['?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_environment(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[track_caller]
    fn way(proxies: &Proxies, url: &str) -> String {
        match proxies.of(&url.parse().unwrap()) {
            Ok(Some(proxy)) => place(proxy),
            Ok(None) => "direct".to_owned(),
            Err(problem) => problem.to_owned(),
        }
    }

    #[test]
    fn f25_each_scheme_has_its_variable_and_small_letters_go_first() {
        let proxies = of_environment(&[
            ("https_proxy", "http://small:1"),
            ("HTTPS_PROXY", "http://large:2"),
            ("HTTP_PROXY", "plain:3"),
            ("ALL_PROXY", "http://all:4"),
        ]);
        assert_eq!(way(&proxies, "https://a.example"), "small:1");
        assert_eq!(way(&proxies, "http://a.example"), "plain:3");
        let proxies = of_environment(&[("HTTP_PROXY", "http://plain:3")]);
        assert_eq!(way(&proxies, "https://a.example"), "direct");
        let proxies = of_environment(&[("all_proxy", "https://all")]);
        assert_eq!(way(&proxies, "https://a.example"), "all:443");
        assert_eq!(way(&proxies, "http://a.example"), "all:443");
    }

    #[test]
    fn f25_a_web_servers_variable_is_not_believed() {
        let proxies = of_environment(&[
            ("REQUEST_METHOD", "GET"),
            ("HTTP_PROXY", "http://attacker:3"),
        ]);
        assert_eq!(way(&proxies, "http://a.example"), "direct");
    }

    #[test]
    fn f25_some_hosts_are_always_reached_directly() {
        let proxies = of_environment(&[
            ("ALL_PROXY", "http://all:4"),
            ("NO_PROXY", "wrong"),
            ("no_proxy", "direct.example:443"),
        ]);
        for direct in [
            "http://localhost:1",
            "http://127.0.0.9",
            "http://[::1]:80",
            "http://169.254.169.254/openstack/latest/securitykey",
            "https://a.direct.example",
        ] {
            assert_eq!(way(&proxies, direct), "direct", "{direct}");
        }
        assert_eq!(way(&proxies, "http://direct.example"), "all:4");
        assert_eq!(way(&proxies, "https://wrong"), "all:4");
        let given = Proxies::new(&Proxy::url("http://given:5"), &Variables::default()).unwrap();
        assert_eq!(way(&given, "https://a.direct.example"), "given:5");
        assert_eq!(way(&given, "http://169.254.169.254/"), "direct");
        assert_eq!(way(&Proxies::none(), "https://a.example"), "direct");
    }

    #[test]
    fn f25_a_proxy_that_cannot_be_used_is_not_passed_by() {
        let proxies = of_environment(&[
            ("HTTPS_PROXY", "socks5://user:planted@socks:1080"),
            ("HTTP_PROXY", "http://user:planted#1@host:1"),
        ]);
        let https = way(&proxies, "https://a.example");
        assert!(https.contains("HTTPS_PROXY is a SOCKS proxy"), "{https}");
        let http = way(&proxies, "http://a.example");
        assert!(http.contains("HTTP_PROXY is no URL"), "{http}");
        assert!(!format!("{https}{http}").contains("planted"));
        assert_eq!(way(&proxies, "http://localhost"), "direct");
    }

    #[test]
    fn f25_names_and_passwords_are_decoded_once() {
        let proxy = parse("http://us%40er:p%3Aa:%2525@[::1]:3128").unwrap();
        assert_eq!(proxy.username(), Some("us@er"));
        assert_eq!(proxy.password(), Some("p:a:%25"));
        assert_eq!(place(&proxy), "[::1]:3128");
        for bad in [
            "",
            " ",
            "http://",
            "ftp://host",
            "http://:80",
            "http://a b",
            "http://user:1#2@host:80",
            "http://user:1?2@host:80",
            "http://user:1/2@host:80",
            "http://host:port",
            "http://host:99999",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for good in [
            "host",
            "host:80",
            "http://host/",
            "https://u@host:1/",
            "u:p@host",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
    }
}
